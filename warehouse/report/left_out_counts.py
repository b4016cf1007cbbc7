"""Count the deployments that are in no number, and those that count although they may deploy nothing.

The database aggregates each question. The answers that depend only on the models and the periods are stored with the numbers
(STORED); the others are cheap, or depend on the time of the report. All require the models.
"""

from collections.abc import Iterable, Iterator

from duckdb import DuckDBPyConnection

from warehouse.report.left_out_model import WholeRuns, WithoutEnd
from warehouse.report.model import Period

_MAY_RUN_MS = 24 * 3_600_000
"""How long a deployment without an end is taken as one that still runs or waits for an approval."""
_LEFT_OUT = """
WITH successes AS (
  SELECT DISTINCT host, repository_key, service, TRUE AS is_excluded, name, deployment, deployed_at AS at
  FROM part_attempts WHERE is_left_out AND deployed_at IS NOT NULL
  UNION ALL
  SELECT s.host, s.repository_key, CASE WHEN p.host IS NULL THEN c.service ELSE c.name END, FALSE, e.environment,
    CAST(s.deployment_id AS VARCHAR), min(COALESCE(s.created_at, s.updated_at, s.deployment_created_at))
  FROM deployment_status AS s
  JOIN catalog AS c USING (host, repository_key)
  JOIN environments AS e
    ON e.host = s.host AND e.repository_key = s.repository_key AND e.name = s.env
    AND e.production_environment IS NOT DISTINCT FROM s.production_environment
    AND e.transient_environment IS NOT DISTINCT FROM s.transient_environment
  LEFT JOIN (SELECT DISTINCT host, repository_key FROM parts) AS p
    ON p.host = s.host AND p.repository_key = s.repository_key
  WHERE c.deployments = 'statuses' AND s.state = 'success' AND NOT e.is_production
  GROUP BY ALL
)
SELECT s.service, c.name, p.kind, p.name, count(*) FILTER (s.is_excluded), count(*) FILTER (NOT s.is_excluded)
FROM successes AS s
JOIN catalog AS c USING (host, repository_key)
JOIN periods AS p ON s.at >= p.starts_at AND s.at < p.ends_at
GROUP BY ALL
"""
_COUNTED = """
SELECT c.name, a.kind, COALESCE(a.is_scheduled, FALSE), COALESCE(a.workflow_name, ''), COALESCE(s.check_run.name, ''),
  count(DISTINCT (a.name, a.deployment))
FROM part_attempts AS a
JOIN catalog AS c USING (host, repository_key)
LEFT JOIN deployment_status AS s ON s.host = a.host AND s.record_id = a.record_id
WHERE NOT a.is_excluded AND a.is_counted AND a.kind IN ('statuses', 'workflow') AND a.deployed_at >= (SELECT min(starts_at) FROM periods)
GROUP BY ALL
"""
LEFT_OUT, COUNTED = "report_left_out", "report_counted"
STORED = {
    LEFT_OUT: (
        "service VARCHAR, repository VARCHAR, kind VARCHAR, period VARCHAR, excluded BIGINT, not_production BIGINT",
        _LEFT_OUT,
    ),
    COUNTED: (
        "repository VARCHAR, kind VARCHAR, is_scheduled BOOLEAN, workflow VARCHAR, job VARCHAR, deployments BIGINT",
        _COUNTED,
    ),
}
"""The columns of each table that is stored with the numbers, and the statement of its rows, which reads the table `periods`."""
_WHOLE_RUNS = """
SELECT DISTINCT c.name, d.workflow_name FROM deploying_jobs AS d JOIN catalog AS c USING (host, repository_key)
WHERE d.is_whole ORDER BY ALL
"""
# ids of deployments are unique at a host; an old record may know its repository by name alone
_WITHOUT_END = """
SELECT c.name, e.environment, count(*) FILTER (s.deployment_id IS NULL) AS without_end, count(*) AS requested
FROM deployment AS d
JOIN catalog AS c USING (host, repository_key)
JOIN environments AS e
  ON e.host = d.host AND e.repository_key = d.repository_key AND e.name = d.env
  AND e.production_environment IS NOT DISTINCT FROM d.production_environment
  AND e.transient_environment IS NOT DISTINCT FROM d.transient_environment
LEFT JOIN (SELECT DISTINCT host, deployment_id FROM deployment_status) AS s
  ON s.host = d.host AND s.deployment_id = d.id
WHERE c.deployments = 'statuses' AND e.is_production AND d.id IS NOT NULL
  AND d.deploy_time >= make_timestamp_ms(?) AND d.deploy_time < make_timestamp_ms(?)
GROUP BY ALL HAVING without_end > 0 ORDER BY ALL
"""


def whole_runs(connection: DuckDBPyConnection) -> Iterator[WholeRuns]:
    """Yield the workflows whose attempts all jobs decide together."""
    return (WholeRuns(*row) for row in connection.execute(_WHOLE_RUNS).fetchall())


def without_end(connection: DuckDBPyConnection, periods: Iterable[Period], now: int) -> Iterator[WithoutEnd]:
    """Yield the environments of production with deployments that got no final status within a day before `now` (UNIX ms)."""
    first = min((period.starts_at for period in periods), default=0)
    rows = connection.execute(_WITHOUT_END, [first, now - _MAY_RUN_MS]).fetchall()
    return (WithoutEnd(*row) for row in rows)
