"""A report of marts is the report of the database that they were made of, or one line that says what is wrong."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from cli.app import app
from cli.publishing import marts_source, parquet_tables
from cli.publishing.services_file import ServicesFile
from tests.integration.warehouse.mart_folders import Folder, make, put
from tests.integration.warehouse.report.test_build import SERVICES, busy
from tests.unit.warehouse.scenarios import NOW, merged_database
from warehouse.engines import catalog_files
from warehouse.engines.mart_database import MartsError, open_marts
from warehouse.engines.marts import folders, mart_tables
from warehouse.engines.parquet import ParquetError
from warehouse.evidence import evidence
from warehouse.report import as_json, as_text
from warehouse.report.build import build
from warehouse.report.model import Evidence, Report


class World(NamedTuple):
    """A report of a database with its evidence, and the folder of the marts that were made of the same facts."""

    report: Report
    items: list[Evidence]
    folder: Path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("engine")
    with merged_database(busy(7)) as connection:
        report = build(connection, services=SERVICES, source="test", now=NOW)
        return World(report, list(evidence(connection)), make(connection, SERVICES, NOW, folder))


@pytest.fixture
def marts(world: World, tmp_path: Path) -> Path:
    """A copy of the marts, to be changed."""
    return shutil.copytree(world.folder, tmp_path / "marts")


def test_a_report_of_marts_is_that_of_the_database(world: World) -> None:
    with open_marts(Folder(world.folder)) as opened:
        options: dict[str, Any] = {"services": opened.services, "now": opened.as_of, "periods": opened.periods}
        found = build(opened.connection, source="test", **options)
        assert as_text.render(found, 120) == as_text.render(world.report, 120)
        assert as_json.render(found) == as_json.render(world.report)
        opened.load_evidence()
        assert list(evidence(opened.connection)) == world.items
        assert len(world.report.numbers) > 1000 < len(world.items)


def changed(folder: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Change the rows of a table's only file."""
    [file] = folder.iterdir()
    pq.write_table(change(pq.read_table(file)), file)


def with_column(table: pa.Table, name: str, value: object) -> pa.Table:
    """Return a table with the same value in every row of a column."""
    place = table.column_names.index(name)
    return table.set_column(place, name, pa.array([value] * table.num_rows, table.schema.field(name).type))


DAMAGES: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "not written yet": ("manifest", shutil.rmtree, "has no manifest"),
    "another version": ("manifest", lambda f: changed(f, lambda t: with_column(t, "version", "x")), "another version"),
    "no such mart": ("manifest", lambda f: changed(f, lambda t: t.slice(1)), "manifest lacks numbers"),
    "two manifests": ("manifest", lambda f: shutil.copy(f / "part-0.parquet", f / "part-1.parquet"), "several runs"),
    "a file is missing": ("numbers", shutil.rmtree, "numbers has no Parquet files"),
    "a row is missing": ("numbers", lambda f: changed(f, lambda t: t.slice(1)), "numbers is of another run"),
    "another run": ("numbers", lambda f: changed(f, lambda t: with_column(t, "mart_run", 1)), "is of another run"),
    "no Parquet": ("numbers", lambda f: (f / "part-0.parquet").write_bytes(b"PAR1"), "cannot be read as Parquet"),
    "no column": ("numbers", lambda f: changed(f, lambda t: t.drop_columns(["p95"])), "has no column p95"),
    "no number": (
        "numbers",
        lambda f: changed(
            f, lambda t: with_column(t.set_column(7, "known", pc.cast(t["known"], "string")), "known", "x")
        ),
        "numbers is of another form",
    ),
    "other settings": (
        "settings",
        lambda f: changed(f, lambda t: with_column(t, "settings", "{}{")),
        "holds no settings",
    ),
    "no service": (
        "numbers",
        lambda f: changed(f, lambda t: with_column(t, "service", None)),
        "numbers lacks values of",
    ),
    "another period": (
        "numbers",
        lambda f: changed(f, lambda t: with_column(t, "period", "2020-01")),
        "periods are not those of the numbers",
    ),
    "no time": (
        "settings",
        lambda f: changed(f, lambda t: with_column(t, "as_of", 10**18)),
        "a time that no calendar has",
    ),
    "another catalog": (
        "settings",
        lambda f: changed(f, lambda t: with_column(t, "version", "x")),
        "a catalog of another",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_marts_are_one_line_and_no_report(name: str, marts: Path) -> None:
    table, damage, message = DAMAGES[name]
    damage(marts / table)
    with pytest.raises(MartsError, match=message) as raised, open_marts(Folder(marts)):
        pass
    assert "\n" not in str(raised.value)


def test_evidence_of_another_run_is_not_listed(marts: Path) -> None:
    changed(marts / "evidence_queue_time", lambda table: with_column(table, "mart_run", 1))
    with open_marts(Folder(marts)) as opened:
        opened.load_evidence("release_cadence")
        with pytest.raises(MartsError, match="evidence_queue_time is of another run"):
            opened.load_evidence("queue_time")


def test_a_table_without_rows_may_have_no_file(marts: Path) -> None:
    shutil.rmtree(marts / "ledger_missing")
    with open_marts(Folder(marts)) as opened:
        assert opened.connection.execute("FROM mart_ledger_missing").fetchall() == []


def test_the_manifest_is_the_last_and_counts_every_mart() -> None:
    assert list(folders())[-1] == "manifest"
    assert [*folders()][:-1] == [*mart_tables()]


def write_catalog(facts: Path, target: Path, ledgers: dict[str, str] | None = None) -> dict[str, int]:
    return catalog_files.write(Folder(facts), SERVICES, NOW, ledgers or {}, lambda *file: put(target, *file))


def test_the_ledger_is_in_the_catalog(world: World, tmp_path: Path) -> None:
    missing = {"delivery_id": 1, "guid": "a", "event": "push", "status_code": 502, "reason": "no receipt"}
    counts = dict.fromkeys(("sent", "ignored", "accepted", "stored", "recovered", "failed"), 3)
    text = json.dumps({"day": "2026-11-24", "owner": "octo-org", **counts, "missing": [missing]})
    ledgers = {"_system/ledger/2026-11-24/1.json": text, "_system/ledger/2026-11-24/2.json": "{}"}
    written = write_catalog(world.folder.parent / "facts", tmp_path, ledgers)
    assert (written["ledger"], written["ledger_missing"], written["ledger_rejects"]) == (1, 1, 1)
    assert pq.read_table(tmp_path / "ledger").to_pylist()[0]["owner"] == "octo-org"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda facts: shutil.rmtree(facts / "manifest"), "has no manifest"),
        (lambda facts: changed(facts / "manifest", lambda t: with_column(t, "version", "x")), "another version"),
        (lambda facts: changed(facts / "manifest", lambda t: t.slice(1)), "manifest lacks"),
        (lambda facts: changed(facts / "incident", lambda t: t.slice(1)), "incident has .* rows, and its manifest"),
        (lambda facts: shutil.rmtree(facts / "deployment_status"), "deployment_status has no Parquet files"),
        (lambda facts: changed(facts / "incident", lambda t: t.drop_columns(["labels"])), "no column labels"),
    ],
)
def test_incomplete_facts_make_no_catalog(
    damage: Callable[[Path], object], message: str, world: World, tmp_path: Path
) -> None:
    copied = shutil.copytree(world.folder.parent / "facts", tmp_path / "facts")
    damage(copied)
    with pytest.raises(ParquetError, match=message):
        write_catalog(copied, tmp_path / "catalog")
    assert not (tmp_path / "catalog").exists()


def ran(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*map(str, words)])
    return result.exit_code, result.output


def test_commands_report_and_list_evidence_of_a_folder_of_marts(world: World) -> None:
    code, text = ran("report", world.folder, "--format", "json", "--called", "test")
    assert code == 0
    assert json.loads(text) == json.loads(as_json.render(world.report))
    code, text = ran("report", world.folder, "--evidence", "queue_time", "--format", "json")
    assert len(json.loads(text)["evidence"]) == len([item for item in world.items if item.measure == "queue_time"]) > 0
    assert ran("dashboard", world.folder)[0] == 0
    assert Path("dashboard.html").stat().st_size > 100_000


def test_marts_of_another_services_toml_are_refused(world: World) -> None:
    Path("services.toml").write_text('time_zone = "Europe/Berlin"\n')
    code, text = ran("report", world.folder)
    assert code == 1
    assert "was made with another services.toml than services.toml: name the one" in " ".join(text.split())


def test_the_targets_of_a_services_toml_here_apply(world: World, tmp_path: Path) -> None:
    services = SERVICES.model_copy(update={"targets": {"change_lead_time": "1 d"}})
    with parquet_tables.open_tables(str(world.folder)) as tables, open_marts(tables) as opened:
        assert opened.services.of_models == services.of_models
    with marts_source.open_report(str(world.folder), services, ServicesFile(tmp_path), lambda _: None) as warehouse:
        assert [target.text for target in warehouse.report(0, of_repositories=False).targets] == ["1 d"]


def test_the_command_writes_the_catalog_of_facts(world: World) -> None:
    code, text = ran("catalog", world.folder.parent / "facts", "--to", "catalog")
    assert (code, f"catalog/{catalog_files.TABLES[0].name}/" in text) == (0, True)
    assert {path.parent.name for path in Path("catalog").rglob("*.parquet")} == {of.name for of in catalog_files.TABLES}
    assert ran("catalog", "nowhere", "--to", "catalog") == (1, "nowhere: no such folder\n")
