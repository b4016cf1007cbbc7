"""Records of schema 1 and 2 in one database: which of them wins, and what a field that came later is."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from duckdb import DuckDBPyConnection

from core.events import Record
from tests.builders import NOW
from tests.unit.warehouse.record_factory import Files, database, one, record, rejects, text
from warehouse.export import export
from warehouse.ingest.merge import merge
from warehouse.schema.metric_tables import tables

LATER = NOW + 60_000
BOTH_WAYS = pytest.mark.parametrize("newer_first", [True, False])


def of_schema(stored: Record, schema: int, **changes: Any) -> dict[str, bytes]:
    """Return the record's file, in a folder of its schema: two files of one fact, as after a rename."""
    return {f"schema-{schema}/{stored.path}": text(stored, schema=schema, **changes)}


def pair(older: dict[str, bytes], newer: dict[str, bytes], *, newer_first: bool) -> list[dict[str, bytes]]:
    return [newer, older] if newer_first else [older, newer]


def merge_in_turn(connection: DuckDBPyConnection, stores: list[dict[str, bytes]]) -> None:
    """Merge the files of each in a transaction of its own."""
    for number, files in enumerate(stores):
        merge(connection, Files(files).source(name=str(number)), now=lambda: LATER)


@BOTH_WAYS
@pytest.mark.parametrize("metric", ["review", "deployment", "incident", "tooling-usage"])
def test_the_higher_schema_wins_before_the_later_receipt(metric: str, newer_first: bool) -> None:  # noqa: FBT001 (a table)
    older, newer = of_schema(record(metric, received_at=LATER), 1), of_schema(record(metric), 2)
    with database() as connection:
        merge_in_turn(connection, pair(older, newer, newer_first=newer_first))
        assert connection.table(tables()[metric].name).aggregate("count(*), max(schema)").fetchall() == [(1, 2)]


@BOTH_WAYS
def test_the_higher_schema_wins_in_one_transaction(newer_first: bool) -> None:  # noqa: FBT001 (a table)
    files = pair(
        of_schema(record("review", received_at=LATER), 1), of_schema(record("review"), 2), newer_first=newer_first
    )
    with database({**files[0], **files[1]}) as connection:
        assert one(connection, "SELECT count(*), max(schema) FROM review") == (1, 2)


@BOTH_WAYS
def test_the_higher_schema_wins_among_validated_records(newer_first: bool) -> None:  # noqa: FBT001 (a table)
    """An unknown field is not canonical, so both records are validated."""
    older = of_schema(record("review", received_at=LATER), 1, output__surplus=1)
    newer = of_schema(record("review"), 2, output__surplus=1)
    with database() as connection:
        merge_in_turn(connection, pair(older, newer, newer_first=newer_first))
        assert one(connection, "SELECT count(*), max(schema) FROM review") == (1, 2)


@BOTH_WAYS
def test_the_higher_schema_wins_among_unresolved_records(newer_first: bool) -> None:  # noqa: FBT001 (a table)
    older = of_schema(record("tooling-usage", received_at=LATER), 1, repository_id=None)
    newer = of_schema(record("tooling-usage"), 2, repository_id=None)
    with database() as connection:
        merge_in_turn(connection, pair(older, newer, newer_first=newer_first))
        assert one(connection, "SELECT count(*), max(schema) FROM tooling_usage") == (1, 2)


@BOTH_WAYS
def test_a_later_version_wins_before_the_higher_schema(newer_first: bool) -> None:  # noqa: FBT001 (a table)
    later = of_schema(record("check-suite", check_suite__updated_at="2026-11-21T09:38:47Z"), 1)
    earlier = of_schema(record("check-suite"), 2)
    with database() as connection:
        merge_in_turn(connection, pair(later, earlier, newer_first=newer_first))
        assert one(connection, "SELECT count(*), max(schema) FROM check_suite") == (1, 1)


@BOTH_WAYS
def test_a_success_wins_before_the_higher_schema(newer_first: bool) -> None:  # noqa: FBT001 (a table)
    success, partial = (
        of_schema(record("commits-per-pr"), 1),
        of_schema(record("commits-per-pr", status="networkError"), 2),
    )
    with database() as connection:
        merge_in_turn(connection, pair(success, partial, newer_first=newer_first))
        assert one(connection, "SELECT count(*), any_value(status), max(schema) FROM commits_per_pr") == (
            1,
            "success",
            1,
        )


def test_fields_that_a_record_lacks_are_null_at_every_depth() -> None:
    stored = record("commits-per-pr")
    timestamps = [{"authored": NOW - 1}, {}, {"authored": NOW, "committed": NOW}]
    commits = {"amount": 3, "commit_timestamps": timestamps}
    for schema in (1, 2):
        with database(
            {stored.path: text(stored, schema=schema, output__commits=commits, output__additions=...)}
        ) as merge:
            assert rejects(merge) == {}
            query = "SELECT additions, [x.committed IS NULL FOR x IN commits.commit_timestamps] FROM commits_per_pr"
            assert one(merge, query) == (None, [True, True, False])


def test_a_field_of_the_wrong_type_is_rejected_in_either_schema() -> None:
    for schema in (1, 2):
        stored = record("review")
        with database({stored.path: text(stored, schema=schema, output__id="x")}) as connection:
            assert list(rejects(connection).values()) == ["output.id: expected a whole number"]


def test_the_schema_is_exported(tmp_path: Path) -> None:
    with database(of_schema(record("review"), 1)) as connection:
        export(connection, tmp_path)
    (file,) = tmp_path.rglob("*.parquet")
    assert pq.read_table(file).column("schema").to_pylist() == [1]
