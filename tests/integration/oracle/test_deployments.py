"""The SQL's deployments against the oracle's, on random histories: which count, go back, and what each of them brings."""

from typing import Any, NamedTuple

from tests.histories.random_histories import combined
from tests.integration.oracle.sql_comparison import comparable
from tests.integration.warehouse.answers import merged
from tests.oracle.measures import find
from tests.oracle.model import Attempt
from warehouse import catalog, views
from warehouse.services import parsed

HISTORIES = 60
_DEPLOYMENTS = """
SELECT e.service, e.name, d.deployment, d.is_counted, d.is_rollback, d.missing, list_sort(list(l.sha) FILTER (l.sha IS NOT NULL))
FROM deployments AS d
JOIN service_environments AS e USING (host, repository_key, environment)
LEFT JOIN listed_changes AS l USING (host, repository_key, environment, deployment)
WHERE d.kind = 'statuses' AND NOT e.has_code GROUP BY ALL
"""


class Deployment(NamedTuple):
    """What is known of a deployment."""

    is_counted: bool | None
    is_rollback: bool | None
    missing: str
    commits: tuple[str, ...]


def _of_oracle(attempt: Attempt) -> Deployment:
    commits = tuple(sorted({commit.sha or "" for commit in attempt.commits}))
    return Deployment(attempt.counts, attempt.is_rollback, attempt.missing, commits)


def test_each_deployment_brings_what_the_oracle_says() -> None:
    histories = [one for one in comparable(HISTORIES) if not _has_code(one.services)]
    expected = {
        (service.name, attempt.environment, attempt.item): _of_oracle(attempt)
        for one in histories
        for service in find(one.records, one.services).services
        for history in service.histories
        for attempt in history.successes
        if attempt.kind == "statuses"
    }
    together = combined(histories)
    with merged(together.records) as connection:
        catalog.create(connection, parsed(together.services))
        views.materialize(connection)
        rows = connection.execute(_DEPLOYMENTS).fetchall()
    found = {
        tuple(key): Deployment(True if is_counted else None, is_rollback, missing or "", tuple(commits or ()))
        for *key, is_counted, is_rollback, missing, commits in rows
    }
    assert len(expected) > 600
    assert any("exclude" in str(one.services) for one in histories)
    assert found == expected


def _has_code(services: dict[str, Any]) -> bool:
    return any("code" in service for service in services.get("services", {}).values())
