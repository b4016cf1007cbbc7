"""A database has the same rows whatever the time zone of the machine that merges into it or opens it."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.unit.warehouse.database_cache import Files
from tests.unit.warehouse.scenarios import NOW, RecordSpec, at, commit, file, success, tag
from warehouse import views
from warehouse.database import open_database
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source
from warehouse.services import DEFAULT_SERVICES

ZONES = ["Pacific/Auckland", "America/Los_Angeles"]
ROOT = Path(__file__).parents[3]
RECORDS: list[RecordSpec] = [
    success(1, at(1, "00:00"), "a", first=True),  # the month before, in Los Angeles
    success(2, at(1, "11:30"), "b", commit("b", at(1, "10:59"))),  # the day after, in Auckland
    success(3, at(30, "23:59"), "c", commit("c", at(30, "11:00"))),  # the month after, in Auckland
    tag("v1.0.0", at(3, "23:30")),
]
ROWS = """
import sys
from pathlib import Path
from tests.integration.warehouse.test_time_zones import rows_of_a_new_file
print(rows_of_a_new_file(Path(sys.argv[1])))
"""


VIEWS = (
    "changes",
    "change_lead_time",
    "deployment_frequency",
    "release_cadence",
)
"""Views with times, differences of times and days, from which the others are built."""


def rows(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the rows of each view, as the engine formats them."""
    return {name: str(connection.execute(f"SELECT v::VARCHAR FROM {name} v ORDER BY 1").fetchall()) for name in VIEWS}


def rows_of_a_new_file(path: Path) -> dict[str, str]:
    with open_database(path) as connection:
        merge(connection, Source(Files(dict(map(file, RECORDS))), "world"), now=lambda: NOW)
        views.create(connection, DEFAULT_SERVICES)
        return rows(connection)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    path = tmp_path_factory.mktemp("zones") / "world.duckdb"
    return path, rows_of_a_new_file(path)


@pytest.mark.parametrize("zone", ZONES)
def test_a_machine_of_any_zone_merges_to_the_same_rows(
    zone: str, expected: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ROWS, str(tmp_path / "world.duckdb")],
        env={**os.environ, "TZ": zone, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(expected[1])


@pytest.mark.parametrize("zone", ZONES)
def test_the_rows_are_the_same_in_any_time_zone(zone: str, expected: tuple[Path, dict[str, str]]) -> None:
    path, in_utc = expected
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute(f"SET TimeZone = '{zone}'")
        assert rows(connection) == in_utc


def test_no_column_has_a_type_that_depends_on_the_zone(expected: tuple[Path, dict[str, str]]) -> None:
    with duckdb.connect(str(expected[0]), read_only=True) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() "
            "WHERE NOT internal AND data_type LIKE '%WITH TIME ZONE%'"
        )
        assert columns.fetchall() == []


def test_each_view_has_rows(expected: tuple[Path, dict[str, str]]) -> None:
    assert [name for name, rows in expected[1].items() if rows == "[]"] == []
