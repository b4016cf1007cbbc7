from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from core.metrics.tooling_usage import Output as ToolingUsage
from tests.unit.warehouse.database_cache import Files
from tests.unit.warehouse.scenarios import (
    NOW,
    RecordSpec,
    at,
    commit,
    file,
    merged_database,
    success,
    suite,
    tag,
)
from warehouse import catalog, views
from warehouse.catalog import COLUMNS, Entry
from warehouse.database import open_database
from warehouse.evidence import evidence
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source
from warehouse.measures import CERTAINTY, LINKS, measure_sql, measures
from warehouse.measures import COLUMNS as EVIDENCE
from warehouse.services import DEFAULT_SERVICES, parsed
from warehouse.sql_files import FOLDERS, statements, view_statements

SHOP = success(1, at(2, "09:00"), "a", first=True)


def entries(*records: RecordSpec, **services: object) -> list[Entry]:
    with merged_database(*records) as connection:
        catalog.create(connection, parsed(services))
        return list(catalog.entries(connection))


def test_every_repository_with_records_has_its_settings() -> None:
    [lib, shop] = entries(
        SHOP,
        tag("v1.0.0", at(2), repo="octo-org/lib", repository_id=2),
        services={"store": {"repositories": ["*/shop"], "team": "many"}},
        teams={"many": {"size": 7}},
        repositories={
            "*/lib": {
                "deployments": "releases",
                "branch": "main",
                "hotfix_hours": 5,
                "failure_hours": 6,
                "lead_time_from": "opened",
            }
        },
    )
    assert shop == (
        "github.com", "1", "octo-org/shop", "store", "many", "statuses", None, None, None, 24, 72, "separate", "authored",
    )  # fmt: skip
    assert lib == (
        "github.com", "2", "octo-org/lib", "octo-org/lib", None, "releases", None, "main", None, 5, 6, "separate", "opened",
    )  # fmt: skip
    assert Entry._fields == tuple(column.name for column in COLUMNS)


def test_a_repository_is_called_as_its_newest_record_does() -> None:
    [entry] = entries(
        suite(1, at(3), "success")._replace(repo="octo-org/Shop", received_at=at(3)),
        suite(2, at(2), "success")._replace(repo="octo-cat/shop", received_at=at(2)),
    )
    assert entry.name == "octo-org/Shop"


def test_a_repository_without_an_id_is_known_by_its_name() -> None:
    [entry] = entries(RecordSpec("tooling-usage", "2026-11-02", ToolingUsage(None), repository_id=None))
    assert (entry.repository_key, entry.name) == ("octo-org/shop", "octo-org/shop")


def test_the_views_in_the_file_say_what_a_report_counts(tmp_path: Path) -> None:
    # a, b, a: one of three failed. Visible to any program that opens the file.
    with open_database(tmp_path / "test.duckdb") as connection:
        records = (
            SHOP,
            success(2, at(3), "b", commit("b", at(2, "20:00"))),
            success(3, at(3, "12:00"), "a", back=True),
        )
        merge(connection, Source(Files(dict(map(file, records))), "test"), now=lambda: NOW)
        views.create(connection, DEFAULT_SERVICES)
        in_file = {name: connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in every_name()}
        views.materialize(connection)
        remembered = {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in every_name()
        }
    assert in_file == remembered
    with duckdb.connect(str(tmp_path / "test.duckdb"), read_only=True) as alone:
        assert alone.execute("SELECT avg(value), count(*) FROM change_fail_rate").fetchall() == [(1 / 3, 3)]
        assert alone.execute("SELECT name, service FROM catalog").fetchall() == [("octo-org/shop", "octo-org/shop")]


def every_name() -> list[str]:
    return [name for name, _ in view_statements()]


def test_reopening_a_database_recreates_its_views(tmp_path: Path) -> None:
    path = tmp_path / "test.duckdb"
    for _ in range(2):
        with open_database(path) as connection:
            views.create(connection, DEFAULT_SERVICES)
            views.materialize(connection)
            views.create(connection, DEFAULT_SERVICES)
            assert list(evidence(connection)) == []


def of_the_views(path: Path) -> list[int]:
    """Return DuckDB's internal ids of the views; a re-created view has a new one."""
    with duckdb.connect(str(path), read_only=True) as alone:
        return [
            oid
            for (oid,) in alone.execute(
                "SELECT view_oid FROM duckdb_views() WHERE NOT internal ORDER BY ALL"
            ).fetchall()
        ]


def test_current_views_stay_while_the_catalog_is_rebuilt(tmp_path: Path) -> None:
    path = tmp_path / "test.duckdb"
    with open_database(path) as connection:
        merge(connection, Source(Files(dict([file(SHOP)])), "test"), now=lambda: NOW)
        views.create(connection, DEFAULT_SERVICES)
    before = of_the_views(path)
    with open_database(path) as connection:
        views.create(connection, parsed({"services": {"store": {"repositories": ["*/*"]}}}))
        assert [entry.service for entry in catalog.entries(connection)] == ["store"]
    assert of_the_views(path) == before
    assert len(before) == len(every_name())


@pytest.mark.parametrize("spoil", ["COMMENT ON TABLE catalog IS 'of another version'", "DROP VIEW change_fail_rate"])
def test_outdated_or_missing_views_are_recreated(spoil: str) -> None:
    with merged_database(SHOP) as connection:
        views.create(connection, DEFAULT_SERVICES)
        connection.execute("CREATE OR REPLACE VIEW deployment_frequency AS SELECT 1 AS of_another_version")
        connection.execute(spoil)
        views.create(connection, DEFAULT_SERVICES)
        assert [item.service for item in evidence(connection, "deployment_frequency")] == ["octo-org/shop"]


def test_a_failed_creation_of_views_keeps_the_old_ones() -> None:
    with merged_database(SHOP) as connection:
        views.create(connection, DEFAULT_SERVICES)
        connection.execute("DROP VIEW rework; CREATE TABLE rework AS SELECT 1 AS somebody_s")
        with pytest.raises(duckdb.CatalogException):
            views.create(connection, parsed({"services": {"store": {"repositories": ["*/*"]}}}))
        assert [item.service for item in evidence(connection, "deployment_frequency")] == ["octo-org/shop"]


@pytest.fixture(scope="module")
def empty() -> Iterator[DuckDBPyConnection]:
    """Yield a database with the models of no records."""
    with merged_database() as connection:
        catalog.create(connection, DEFAULT_SERVICES)
        views.materialize(connection)
        yield connection


@pytest.mark.parametrize("measure", [measure.name for measure in measures()])
def test_a_measure_s_rows_have_the_columns_of_evidence(empty: DuckDBPyConnection, measure: str) -> None:
    description = empty.execute(measure_sql(measure)).description
    assert description is not None
    columns = [(name, str(kind)) for name, kind, *_ in description]
    assert columns[: len(EVIDENCE)] == list(zip(EVIDENCE, TYPES, strict=True))
    optional = dict(columns[len(EVIDENCE) :])
    assert list(optional) == [name for name in OPTIONAL if name in optional]
    assert optional == {name: OPTIONAL[name] for name in optional}


TYPES = ("VARCHAR", "VARCHAR", "VARCHAR", "TIMESTAMP", "VARCHAR", "DOUBLE", "VARCHAR", "VARCHAR", "VARCHAR")
OPTIONAL = dict.fromkeys((CERTAINTY, *LINKS), "VARCHAR") | {"assisted": "BOOLEAN", "number": "BIGINT"}


def test_every_sql_file_begins_with_what_it_is() -> None:
    for folder in (*FOLDERS, "."):
        for name, text in statements(folder):
            first = text.splitlines()[0]
            assert first.startswith((f"-- {name}: ", "-- title: ")), name
