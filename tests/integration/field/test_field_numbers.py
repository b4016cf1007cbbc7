"""The records of the payloads from the field in the warehouse: none is rejected, and the numbers are right."""

from collections.abc import Iterator

import pytest
from duckdb import DuckDBPyConnection

from core.collect_metrics import collect_metrics
from core.events import plain
from core.record_file import to_json
from tests.builders import processing, signed
from tests.integration.field.cases import CASES, Case
from tests.integration.field.github import client, field_github
from tests.unit.warehouse.record_factory import Files, database, one, rejects
from warehouse import catalog, views
from warehouse.evidence import evidence
from warehouse.services import DEFAULT_SERVICES


def files(cases: list[Case]) -> dict[str, bytes]:
    """Return the content of the records by path; the last case of a path wins, as the last delivery does."""
    services = processing(None, client(field_github()))
    collected = [
        collect_metrics(signed(f"github::{case.event}", case.payload), services) for case in cases if case.records
    ]
    records = [record for item in collected for record in item.records]
    assert {item.failure for item in collected} == {None}
    return {record.path: (to_json(plain(record.event)) + "\n").encode() for record in records}


@pytest.fixture
def connection() -> Iterator[DuckDBPyConnection]:
    stored = files([case for case in CASES if "+" not in case.name])
    with database(Files(stored)) as opened:
        assert one(opened, "SELECT count(*) FROM rejects") == (0,)
        catalog.create(opened, DEFAULT_SERVICES)
        views.materialize(opened)
        yield opened


def test_every_variant_is_kept_by_the_warehouse() -> None:
    stored = files([*CASES])
    with database(Files(stored)) as opened:
        assert rejects(opened) == {}
        tables = ("check_suite", "deployment", "deployment_status", "incident", "release_versions", "workflow_job")
        counts = {table: one(opened, f"SELECT count(*) FROM {table}")[0] for table in tables}  # noqa: S608
    assert all(counts.values())


def test_the_second_attempt_took_twelve_minutes(connection: DuckDBPyConnection) -> None:
    durations = {item.item: item.value for item in evidence(connection, "ci_duration")}

    assert (durations["CI 95001#1"], durations["CI 95001#2"]) == (726_000 - 5_000, 720_000)


def test_the_copied_job_neither_queued_nor_ran_again(connection: DuckDBPyConnection) -> None:
    queued = {item.item: item.value for item in evidence(connection, "queue_time")}

    assert {id: queued[id] for id in ("91001", "91002", "91004")} == {"91001": 5000, "91002": 6000, "91004": 6000}
    assert "91003" not in queued


def test_the_transferred_incident_is_one(connection: DuckDBPyConnection) -> None:
    incidents = connection.execute("SELECT DISTINCT incident, repository_key, recovered_at FROM incidents").fetchall()

    assert incidents == [("20002", "5550002", None)]


def test_the_releases_of_each_prefix_are_a_line(connection: DuckDBPyConnection) -> None:
    lines = connection.execute("SELECT line, count(*) FROM releases GROUP BY line ORDER BY line").fetchall()

    assert lines == [("", 2), ("@acme/ferry@", 1), ("ferry-", 1), ("sub/mod/", 1)]
