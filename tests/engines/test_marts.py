"""The reports side by side: of DuckDB's own database, and of marts that another engine made of the same facts and models.

Each engine writes the facts, `telemetry catalog` computes the catalog of them, and the engine makes the marts. The models of the
catalog are DuckDB's here: test_models.py compares these.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from duckdb import DuckDBPyConnection

from cli import atomic_write
from cli.publishing.parquet_tables import FolderTables
from tests.engines.conftest import ENGINES
from tests.engines.rows import Rows, normalized
from tests.integration.warehouse.report.test_recomputed import random_records
from warehouse.engines import catalog_files, exports, marts
from warehouse.engines.mart_database import open_marts
from warehouse.engines.parquet import ARROW_TYPES
from warehouse.engines.translation import translate
from warehouse.evidence import evidence
from warehouse.report import as_json, as_text
from warehouse.report.build import build
from warehouse.report.model import Evidence, Report
from warehouse.schema.metric_tables import tables as metric_tables
from warehouse.services import Services
from warehouse.sql_files import view_statements

DIALECTS = {"zetasql": "bigquery", "spark": "spark"}
Types = dict[str, pa.DataType]


class World(NamedTuple):
    """A report of a database, and the tables that it was made of."""

    report: Report
    items: list[Evidence]
    services: Services
    now: int
    facts: dict[str, pa.Table]
    models: dict[str, pa.Table]


WORLDS: dict[str, Callable[[], Any]] = {"busy": random_records}
"""One world of all kinds of records, because an engine takes minutes for each."""


@pytest.fixture(scope="module", params=WORLDS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("world"))
        with WORLDS[request.param]() as (connection, options):
            report = build(connection, source="test", **options)
            facts = [*(table.name for table in metric_tables().values()), "rejects"]
            names = [name for name, _ in view_statements()]
            return World(
                report,
                list(evidence(connection)),
                options["services"],
                options["now"],
                {name: rows_of(connection, name) for name in facts},
                {name: rows_of(connection, name) for name in names},
            )


def rows_of(connection: DuckDBPyConnection, name: str) -> pa.Table:
    return connection.sql(f"FROM {name}").to_arrow_table()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> tuple[str, Any]:
    return request.param, request.getfixturevalue(request.param)


def save(rows: Rows, folder: Path, types: Types) -> None:
    """Write rows as BigQuery does: ZetaSQL writes no files."""
    folder.mkdir(parents=True)
    columns = {
        name: pa.array([row[place] for row in rows.rows], types[name]) for place, name in enumerate(rows.columns)
    }
    pq.write_table(pa.table(columns), folder / "000000000000.parquet")


def write_facts(engine: tuple[str, Any], world: World, folder: Path) -> None:
    name, runner = engine
    if name == "spark":
        for statement in exports.export_facts(name, lambda query: translate(query, "spark"), str(folder), "1"):
            runner.run(statement)
        return
    texts = dict.fromkeys(("name", "version"), pa.string())
    for table, query in catalog_files.fact_statements().items():
        types = {field.name: field.type for field in world.facts[table].schema} if table in world.facts else {}
        save(
            runner.rows(translate(query, "bigquery")),
            folder / "facts" / table,
            types or {**texts, "row_count": pa.int64()},
        )


def write_marts(engine: tuple[str, Any], folder: Path) -> None:
    name, runner = engine
    for statement in marts.statements():
        query = translate(statement.sql, DIALECTS[name])
        kind = "VIEW" if statement.is_view and name == "spark" else "TABLE"
        runner.run(f"DROP {kind} IF EXISTS {statement.name}")
        runner.run(f"CREATE {kind} {statement.name} AS\n{query}")
    if name == "spark":
        for text in exports.export_marts(name, lambda query: translate(query, "spark"), str(folder), "1"):
            runner.run(text)
        return
    for place, table in marts.folders().items():
        columns = marts.mart_tables()[place].columns if place != "manifest" else marts.MANIFEST_COLUMNS
        types = {column: ARROW_TYPES[type] for column, type in (*columns, ("mart_run", "BIGINT"))}
        save(runner.rows(f"SELECT {', '.join(types)} FROM {table}"), folder / "marts" / place, types)


def made(engine: tuple[str, Any], world: World, folder: Path) -> tuple[Report, list[Evidence]]:
    """Return the report and the evidence of the marts that an engine made."""
    for name, rows in {**world.facts, **world.models}.items():
        engine[1].load(name, rows)
    write_facts(engine, world, folder)
    facts, catalog = FolderTables(folder / "facts"), folder / "catalog"
    catalog_files.write(
        facts, world.services, world.now, {}, lambda path, content: atomic_write.write(catalog / path, content)
    )
    for table in catalog_files.TABLES:
        engine[1].load(table.name, pq.read_table(catalog / table.name))
    write_marts(engine, folder)
    with open_marts(FolderTables(folder / "marts")) as opened:
        options: dict[str, Any] = {"services": opened.services, "now": opened.as_of, "periods": opened.periods}
        report = build(opened.connection, source="test", **options)
        opened.load_evidence()
        return report, list(evidence(opened.connection))


def rounded(report: Report) -> Any:
    """Return the report as JSON, rounded to 6 places."""
    return normalized(json.loads(as_json.render(report)))


def differences(ours: Report, theirs: Report) -> list[str]:
    """Return what differs between two reports, a line for each part of the JSON."""
    one, other = rounded(ours), rounded(theirs)
    return [f"{name}: {one[name]!s:.200} … {other[name]!s:.200}" for name in one if one[name] != other[name]]


def test_reports_of_all_engines_are_side_by_side_the_same(
    engine: tuple[str, Any], world: World, tmp_path: Path
) -> None:
    report, items = made(engine, world, tmp_path)
    assert differences(world.report, report) == []
    assert as_text.render(report, 120) == as_text.render(world.report, 120)
    assert [normalized(item) for item in items] == [normalized(item) for item in world.items]
    assert len(items) > 1_000 < len(report.numbers)
