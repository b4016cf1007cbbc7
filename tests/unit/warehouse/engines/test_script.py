from functools import cache

import pytest
from sqlglot import ErrorLevel, exp, parse_one

from warehouse.engines import script
from warehouse.engines.script import CATALOG_TABLES, ENGINES, Target, catalog_statements, create_dataset
from warehouse.measures import measures
from warehouse.schema.metric_tables import tables
from warehouse.sql_files import model_names

LOCATION = {
    "bigquery": "gs://octo-telemetry/data",
    "athena": "s3://octo-telemetry/data",
    "spark": "s3a://octo-telemetry/data",
}
each_engine = pytest.mark.parametrize("engine", ENGINES)


def target(engine: str, dataset: str = "telemetry") -> Target:
    return Target(engine, dataset, LOCATION[engine], run="20261201T120000")


@cache
def creations(engine: str) -> list[exp.Create]:
    """Return the statements that create something, except the external tables, whose DDL is that of Hive on Athena."""
    aim = target(engine)
    texts = [text for text in script.script(aim) if text.startswith("CREATE") and "/catalog/" not in text]
    parsed = [parse_one(text, read=aim.dialect, error_level=ErrorLevel.RAISE) for text in texts]
    return [tree for tree in parsed if isinstance(tree, exp.Create) and tree.kind in ("TABLE", "VIEW")]


@each_engine
def test_models_are_tables_and_measures_views_in_order_of_dependency(engine: str) -> None:
    names = [(tree.kind, tree.this.name) for tree in creations(engine)]
    assert {name for kind, name in names if kind == "VIEW"} == {measure.name for measure in measures()}
    assert {name for kind, name in names if kind == "TABLE"} == model_names()
    chain = ("job_runs", "run_attempts", "attempts", "deployments", "listed_changes", "changes")
    assert [name for _, name in names if name in chain] == [*chain]


@each_engine
def test_each_statement_reads_what_was_created_before_it(engine: str) -> None:
    known = {*(table.name for table in tables().values()), *(table.name for table in CATALOG_TABLES)}
    for statement in creations(engine):
        queries = {query.alias for query in statement.find_all(exp.CTE)}
        own, *read = [table for table in statement.find_all(exp.Table) if table.name not in queries]
        assert {(table.db, table.name in known) for table in read} == {("telemetry", True)}, own.name
        assert own.db == "telemetry"
        known.add(own.name)


def test_a_table_is_replaced_as_each_engine_allows_it() -> None:
    assert [*target("bigquery").create_table("releases", "SELECT 1")] == [
        "CREATE OR REPLACE TABLE telemetry.releases AS\nSELECT 1"
    ]
    assert [*target("spark").create_table("releases", "SELECT 1")] == [
        "DROP TABLE IF EXISTS telemetry.releases",
        "CREATE TABLE telemetry.releases USING PARQUET AS\nSELECT 1",
    ]
    drop, create = target("athena").create_table("releases", "SELECT 1")
    assert drop == "DROP TABLE IF EXISTS telemetry.releases"
    location = "s3://octo-telemetry/data/analytics/models/20261201T120000/releases/"
    assert (
        create
        == f"CREATE TABLE telemetry.releases WITH (format = 'PARQUET', external_location = '{location}') AS\nSELECT 1"
    )


def test_athena_writes_each_table_of_each_run_to_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "translate", lambda *_: "SELECT 1")
    one, other = (
        {folder_of(text) for text in script.script(target("athena")._replace(run=run))} - {""} for run in "12"
    )
    assert len(one) == len(other) == len(model_names())
    assert not one & other


def folder_of(text: str) -> str:
    return text.partition("external_location = '")[2].partition("'")[0]


@pytest.mark.parametrize(
    ("engine", "type"),
    [("bigquery", "DATETIME"), ("athena", "TIMESTAMP"), ("spark", "TIMESTAMP_NTZ")],
)
def test_python_s_tables_are_external_and_their_columns_typed(engine: str, type: str) -> None:
    statements = [text for text in catalog_statements(target(engine)) if not text.startswith("DROP")]
    assert len(statements) == len(CATALOG_TABLES)
    periods = statements[-1]
    assert f"`starts_at` {type}," in periods
    assert f"{LOCATION[engine]}/analytics/catalog/periods/" in periods


def test_without_a_dataset_names_are_bare() -> None:
    bare = target("spark", "")
    assert [*create_dataset(bare)] == []
    assert bare.table("releases") == "releases"
    assert "CREATE DATABASE IF NOT EXISTS telemetry" in [*create_dataset(target("spark"))]
