"""Count what the reasons of empty numbers and the totals need: records by repository, and services that share deployments."""

from collections.abc import Iterator

from duckdb import DuckDBPyConnection

from warehouse.report.settings_model import RecordCount
from warehouse.schema.metric_tables import tables

METRICS = (
    "deployment",
    "deployment-status",
    "release-versions",
    "code-review-involvement",
    "workflow-job",
    "incident",
)
"""What deployments, changes and failures are made of."""
_SHARED = """
WITH own AS (
  SELECT DISTINCT host, repository_key, name, deployment, service
  FROM part_attempts SEMI JOIN parts USING (host, repository_key)
  WHERE NOT is_excluded
),
several AS (
  SELECT host, repository_key, name, deployment FROM own GROUP BY ALL HAVING count(*) > 1
)
SELECT DISTINCT one.service, other.service
FROM own AS one
JOIN several USING (host, repository_key, name, deployment)
JOIN own AS other USING (host, repository_key, name, deployment)
WHERE one.service < other.service
ORDER BY ALL
"""


def record_counts(connection: DuckDBPyConnection) -> Iterator[RecordCount]:
    """Yield the number of records of each repository and metric. Requires the models."""
    names = tables()
    for metric in METRICS:
        rows = connection.execute(
            f"SELECT c.name, count(*) FROM {names[metric].name} JOIN catalog AS c USING (host, repository_key) "
            "GROUP BY ALL ORDER BY ALL"
        )
        yield from (RecordCount(name, metric, count) for name, count in rows.fetchall())


def shared_deployments(connection: DuckDBPyConnection) -> list[tuple[str, str]]:
    """Return the pairs of services that have deployments in common. Requires the models."""
    return [(one, other) for one, other in connection.execute(_SHARED).fetchall()]
