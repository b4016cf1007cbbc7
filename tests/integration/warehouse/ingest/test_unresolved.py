"""Records without GitHub's ids: stored apart, and copied to their metric's table while no other record covers them."""

from collections.abc import Iterator
from typing import Any

import pytest
from duckdb import DuckDBPyConnection

from tests.builders import NOW
from tests.unit.warehouse.record_factory import original, record, text
from warehouse.database import open_database
from warehouse.ingest import unresolved
from warehouse.ingest.validation import validate_and_insert

COMMITS = record("commits-per-pr")
REVIEW = record("review")


@pytest.fixture
def connection() -> Iterator[DuckDBPyConnection]:
    with open_database(":memory:") as connection:
        yield connection


def insert(connection: DuckDBPyConnection, *contents: dict[str, bytes]) -> None:
    for files in contents:
        texts = {path: content.decode() for path, content in files.items()}
        assert validate_and_insert(connection, texts, "here", NOW) == {}


def rows(connection: DuckDBPyConnection, table: str, columns: str = "collected_by") -> list[Any]:
    return connection.execute(f"SELECT {columns} FROM {table} ORDER BY ALL").fetchall()


def current(stored: Any, **changes: Any) -> dict[str, bytes]:
    return {stored.path: text(stored, **changes)}


def test_an_unresolved_record_waits_apart_until_identities_are_resolved(connection: DuckDBPyConnection) -> None:
    insert(connection, original(COMMITS))
    assert (rows(connection, "commits_per_pr"), rows(connection, "aside.commits_per_pr")) == ([], [("original",)])
    unresolved.resolve_identities(connection)
    assert rows(connection, "commits_per_pr") == [("original",)]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_resolved_record_covers_the_unresolved_one(connection: DuckDBPyConnection, *, is_first: bool) -> None:
    files = [current(COMMITS), original(COMMITS)]
    for content in files if is_first else files[::-1]:
        insert(connection, content)
        unresolved.resolve_identities(connection)
    assert rows(connection, "commits_per_pr") == [("webhook",)]
    assert rows(connection, "aside.commits_per_pr") == [("original",)]


def test_resolving_again_changes_nothing(connection: DuckDBPyConnection) -> None:
    insert(connection, original(COMMITS), current(REVIEW))
    unresolved.resolve_identities(connection)
    before = rows(connection, "commits_per_pr", "*")
    unresolved.resolve_identities(connection)
    assert rows(connection, "commits_per_pr", "*") == before


def test_a_repository_s_name_is_resolved_to_its_id(connection: DuckDBPyConnection) -> None:
    insert(connection, current(REVIEW, repository_id=None))
    unresolved.resolve_identities(connection)
    assert rows(connection, "review", "repository_key") == [("octo-org/hello-world",)]
    insert(connection, current(COMMITS))
    unresolved.resolve_identities(connection)
    [(key,)] = rows(connection, "commits_per_pr", "CAST(repository_id AS VARCHAR)")
    assert rows(connection, "review", "repository_key") == [(key,)]


def test_a_name_is_that_of_its_newest_repository(connection: DuckDBPyConnection) -> None:
    older = current(COMMITS, repository_id=1, created_at=NOW - 2)
    newer = {"x/commits-per-pr/2.json": text(COMMITS, repository_id=2, created_at=NOW - 1, id=f"{COMMITS.event.id}0")}
    insert(connection, current(REVIEW, repository_id=None), newer, older)
    unresolved.resolve_identities(connection)
    assert rows(connection, "review", "repository_key") == [("2",)]


def test_the_tables_of_unresolved_records_are_created_empty(connection: DuckDBPyConnection) -> None:
    insert(connection, original(COMMITS))
    unresolved.create(connection)
    assert rows(connection, "aside.commits_per_pr") == []
