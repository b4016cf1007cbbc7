"""The pairs that services.toml needs, from records in a database."""

from typing import Any

from tests.builders import NOW
from tests.unit.warehouse.record_factory import Files, database, record, text
from warehouse.comparison_pairs import Pair, missing_pairs
from warehouse.services import DEFAULT_SERVICES, parsed

A, B, C = (letter * 40 for letter in "abc")
MINUTE = 60_000
EXCLUDE = {"repositories": {"octo-org/*": {"deployments": {"exclude": [{"task": "plan"}]}}}}


def status(number: int, sha: str, previous: str | None = None, **output: Any) -> dict[str, bytes]:
    """Return the file of a successful deployment, one a minute."""
    at = NOW - 60 * MINUTE + number * MINUTE
    stored = record("deployment-status", deployment__id=number, deployment_status__id=number)
    compared = {"previous": {"id": number - 1, "sha": previous, "created_at": at - MINUTE} if previous else None}
    changes = {"changes": {"commits": [], "truncated": False} if previous else None, "is_rollback": None}
    values = {"sha": sha, "created_at": at, "env": "production", **compared, **changes, **output}
    changed = {f"output__{name}": value for name, value in values.items()}
    return {f"octo-org/hello-world/deployment-status/2026-11-24/{number}-{number}.json": text(stored, **changed)}


def found(files: dict[str, bytes], toml: dict[str, Any] | None = None, since: int = 0) -> list[tuple[str, str]]:
    with database(Files(files)) as connection:
        pairs = missing_pairs(connection, parsed(toml) if toml else DEFAULT_SERVICES, since)
    return [(pair.base, pair.head) for pair in pairs]


def test_a_pair_that_a_status_compares_is_not_missing() -> None:
    files = status(1, A) | status(2, B, A) | status(3, C, B)
    assert found(files) == []
    assert found(files | status(3, C, A)) == [(B, C)]


def test_an_excluded_deployment_leaves_a_pair_that_nobody_compared() -> None:
    files = status(1, A, task="deploy") | status(2, B, A, task="plan") | status(3, C, B, task="deploy")
    assert found(files, EXCLUDE) == [(A, C)]
    assert found(files, EXCLUDE, since=NOW) == []


def test_a_pair_that_is_recorded_as_a_comparison_is_not_missing() -> None:
    files = status(1, A, task="deploy") | status(2, B, A, task="plan") | status(3, C, B, task="deploy")
    compared = text(record("comparison"), output__base=A, output__head=C, output__status=None, output__changes=None)
    assert found(files | {"octo-org/hello-world/comparison/x.json": compared}, EXCLUDE) == []


def test_a_pair_that_github_could_not_compare_is_not_asked_again() -> None:
    stored = status(1, A) | status(2, B, A, changes=None)
    assert found(stored) == [(A, B)]
    (path,) = status(2, B, A)
    gone = {path: stored[path].replace(b'"anomalies":[]', b'"anomalies":["no_comparison"]')}
    assert found(stored | gone) == []


def test_a_pair_names_its_repository_and_time() -> None:
    with database(Files(status(1, A) | status(2, B))) as connection:
        assert missing_pairs(connection, DEFAULT_SERVICES, 0) == [
            Pair("github.com", "octo-org", "hello-world", 186853002, A, B, NOW - 58 * MINUTE)
        ]
