"""The models are built once for each state of the records and settings; whatever happens, no older number is shown."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from tests.integration.warehouse.ingest.test_ledger_files import PATH, WRITTEN
from tests.integration.warehouse.ingest.test_ledger_files import text as ledger
from tests.unit.warehouse.database_cache import Files
from tests.unit.warehouse.scenarios import (
    NOW,
    RecordSpec,
    at,
    commit,
    file,
    merged_database,
    pull_request,
    success,
)
from warehouse import model_state, views
from warehouse.database import open_database, open_read_only
from warehouse.evidence import evidence
from warehouse.ingest.merge import forget, merge
from warehouse.ingest.source import Source
from warehouse.query import run_query
from warehouse.report.build import build
from warehouse.report.model import Report
from warehouse.services import DEFAULT_SERVICES, Services, parsed
from warehouse.sql_files import model_names, ordered_files

ROOT = Path(__file__).parents[3]
FIRST = [success(1, at(2, "09:00"), "a", first=True), *pull_request(7, at(2), at(3), "b", [at(2, "12:00")])]
SECOND = success(2, at(4), "b", commit("b", at(3), number=7))
OTHER = parsed({"services": {"store": {"repositories": ["*/*"]}}})
FREQUENCY = "SELECT count(*) FROM deployment_frequency"


def merged(connection: DuckDBPyConnection, *records: RecordSpec, name: str = "test") -> None:
    merge(connection, Source(Files(dict(map(file, records))), name), now=lambda: NOW)


def ids(connection: DuckDBPyConnection) -> dict[str, int]:
    """Return DuckDB's internal id of each table that was built; one that is built again has a new id."""
    rows = connection.execute(
        "SELECT table_name, table_oid FROM duckdb_tables() WHERE schema_name = 'models'"
    ).fetchall()
    unnamed = (*model_state.NO_MODELS, model_state.OUTDATED)
    return {name: oid for name, oid in rows if not name.startswith(unnamed)}


def reported(connection: DuckDBPyConnection, services: Services = DEFAULT_SERVICES, now: int = NOW) -> Report:
    return build(connection, services=services, source="test", now=now)


def answer(path: Path, query: str = FREQUENCY) -> object:
    """Return what `telemetry sql` answers."""
    with open_read_only(path) as connection, run_query(connection, query) as (_, rows):
        return list(rows)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with the first records and their models, which is only copied."""
    target = tmp_path_factory.mktemp("first") / "test.duckdb"
    with open_database(target) as connection:
        merged(connection, *FIRST)
        reported(connection)
    return target


@pytest.fixture
def path(first: Path, tmp_path: Path) -> Path:
    """Return a database of the test's own with the first records and their models."""
    return shutil.copy(first, tmp_path / "test.duckdb")


def test_each_model_is_a_table_and_each_measure_a_view() -> None:
    with merged_database(FIRST) as connection:
        views.create(connection, DEFAULT_SERVICES)
        assert ids(connection).keys() == model_names()
        found = connection.execute("SELECT view_name FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal")
        assert {name for (name,) in found.fetchall()} == {file.name for file in ordered_files()}


def test_nothing_is_built_again_while_nothing_changes(path: Path) -> None:
    with open_database(path) as connection:
        before, first = ids(connection), reported(connection)
        merged(connection, *FIRST)  # the cursor says that nothing is new
        assert reported(connection) == first
        assert ids(connection) == before
    stored = {"numbers", "first_items", "periods", "unknown", "left_out", "counted"}
    assert {*before} == {*model_names(), *(f"report_{name}" for name in stored)}


@pytest.mark.parametrize("name", ["test", "a copy"])
def test_files_that_are_read_again_build_nothing(path: Path, name: str) -> None:
    with open_database(path) as connection:
        before = ids(connection)
        forget(connection, Source(Files({}), "test"))
        merged(connection, *(FIRST if name == "test" else FIRST[:0]), name=name)
        assert ids(connection) == before


def test_a_ledger_file_or_a_reject_builds_nothing(path: Path) -> None:
    with open_database(path) as connection:
        before = ids(connection)
        files = {PATH: ledger(WRITTEN), "octo-org/shop/review/2026-11-20/1.json": b"no JSON"}
        assert merge(connection, Source(Files(files), "other"), now=lambda: NOW).rejected == 1
        assert connection.execute("SELECT count(*) FROM ledger").fetchall() == [(1,)]
        assert ids(connection) == before


def test_a_new_fact_builds_all_models_again(path: Path) -> None:
    with open_database(path) as connection:
        before = ids(connection)
        merged(connection, SECOND, name="more")
        assert ids(connection) == {}
        reported(connection)
        assert len(list(evidence(connection, "deployment_frequency"))) == 2
        assert not {*before.values()} & {*ids(connection).values()}


def test_a_better_record_of_a_fact_builds_them_again(path: Path) -> None:
    with open_database(path) as connection:
        merged(connection, FIRST[0]._replace(received_at=NOW + 1), name="more")
        assert ids(connection) == {}


def test_a_worse_record_of_a_fact_builds_nothing(path: Path) -> None:
    with open_database(path) as connection:
        before = ids(connection)
        merged(connection, FIRST[0]._replace(received_at=NOW - 1), name="more")
        assert ids(connection) == before


@pytest.mark.parametrize(
    "settings",
    [
        {"services": {"store": {"repositories": ["*/*"]}}},
        {"minimum_team_size": 9},
        {"repositories": {"*/*": {"failure_hours": 5}}},
    ],
)
def test_other_settings_build_the_models_again(path: Path, settings: dict[str, object]) -> None:
    with open_database(path) as connection:
        before = ids(connection)
        reported(connection, parsed(settings))
        other = ids(connection)
        assert not {*before.values()} & {*other.values()}
        reported(connection, parsed(settings))
        assert ids(connection) == other


def test_another_version_builds_the_models_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_database(path) as connection:
        before = ids(connection)
        monkeypatch.setattr(model_state, "fingerprint", lambda: "another")
        assert not views.is_current(connection, DEFAULT_SERVICES)
        reported(connection)
        assert not {*before.values()} & {*ids(connection).values()}


def test_after_a_merge_without_a_build_sql_is_right(path: Path) -> None:
    with open_database(path) as connection:
        views.create(connection, OTHER)
        merged(connection, SECOND, name="more")  # and killed before the build
    assert answer(path) == [(2,)]
    assert answer(path, "SELECT service FROM catalog") == [("store",)]  # by the settings of the last build


def test_another_program_is_refused_rather_than_misled(path: Path) -> None:
    with duckdb.connect(str(path), read_only=True) as alone:
        assert alone.execute(FREQUENCY).fetchall() == [(1,)]
    with open_database(path) as connection:
        merged(connection, SECOND, name="more")
    with duckdb.connect(str(path), read_only=True) as alone, pytest.raises(duckdb.CatalogException):
        alone.execute(FREQUENCY)


def test_a_read_only_file_is_reported_from_temporary_tables(path: Path) -> None:
    with open_database(path) as connection:
        merged(connection, SECOND, name="more")
    content = path.read_bytes()
    copy = path.with_name("copy.duckdb")
    shutil.copy(path, copy)
    with open_database(copy) as connection:
        expected = reported(connection, OTHER), list(evidence(connection))
    with open_read_only(path) as connection:
        assert (reported(connection, OTHER), list(evidence(connection))) == expected
        assert reported(connection).repositories[0].service == "octo-org/shop"  # and not of the other settings
    assert path.read_bytes() == content


def test_several_processes_report_on_a_current_file(path: Path) -> None:
    with open_read_only(path) as one:
        done = subprocess.run(
            [sys.executable, "-c", REPORT, str(path)], env=environment(), capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout.strip()) == (0, str(len(reported(one).numbers))), done.stderr


def test_a_report_during_a_merge_is_refused(path: Path) -> None:
    with open_database(path):
        done = subprocess.run(
            [sys.executable, "-c", REPORT, str(path)], env=environment(), capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert "another process has it open" in done.stderr


@pytest.mark.parametrize("statement", [1, 2, 3, len(model_names()), len(model_names()) + 3])
def test_a_build_that_fails_midway_leaves_the_earlier_state(path: Path, statement: int) -> None:
    with open_database(path) as connection:
        merged(connection, SECOND, name="more")
        with pytest.raises(InterruptedError):
            views.create(Interrupted(connection, statement), OTHER)  # type: ignore[arg-type]
        assert ids(connection) == {}
        assert len(reported(connection).numbers) > 0
    assert answer(path) == [(2,)]


class Interrupted:
    """A connection that fails at a statement that creates something."""

    def __init__(self, connection: DuckDBPyConnection, statement: int) -> None:
        self._connection = connection
        self._left = statement

    def execute(self, query: str, parameters: object = None) -> DuckDBPyConnection:
        self._left -= query.startswith("CREATE")
        if not self._left:
            raise InterruptedError
        return self._connection.execute(query, parameters)

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)


def test_a_process_that_is_killed_during_a_build_loses_nothing(path: Path) -> None:
    with open_database(path) as connection:
        merged(connection, SECOND, name="more")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], env=environment(), check=False)
    assert done.returncode == -signal.SIGKILL
    assert answer(path) == [(2,)]
    with open_database(path) as connection:
        assert ids(connection) == {}
        assert len(reported(connection).numbers) > 0
    assert answer(path) == [(2,)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}


REPORT = """
import sys
from cli.publishing.session import ReportRequest, open_merged
from core.errors import TelemetryError
from core.settings import Settings
from tests.unit.warehouse.scenarios import NOW
try:
    with open_merged(ReportRequest(sys.argv[1]), Settings.model_construct()) as warehouse:
        print(len(warehouse.report(NOW).numbers))
except TelemetryError as error:
    sys.exit(str(error))
"""
KILLED = """
import os, signal, sys
from warehouse import catalog, model_state, views
from warehouse.database import open_database
from warehouse.services import DEFAULT_SERVICES
model_state.remember = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
with open_database(sys.argv[1]) as connection:
    views.create(connection, DEFAULT_SERVICES)
"""


def test_a_file_without_models_names_the_command(tmp_path: Path) -> None:
    with open_database(tmp_path / "test.duckdb") as connection:
        merged(connection, *FIRST)
    with pytest.raises(views.NotBuiltError, match="`telemetry merge` builds them"):
        answer(tmp_path / "test.duckdb")
    assert answer(tmp_path / "test.duckdb", "SELECT count(*) FROM deployment_status") == [(1,)]


def test_settings_of_another_version_name_the_command(path: Path) -> None:
    with open_database(path) as connection:
        merged(connection, SECOND, name="more")
        connection.execute("UPDATE models.build SET settings = '{\"unknown\": 1}'")
    with pytest.raises(views.NotBuiltError, match="another version built the models"):
        answer(path)
