"""The generated ingest on DuckDB makes the rows of `telemetry merge`; tests/engines runs it on the other engines."""

from collections.abc import Iterator

import pytest

from core.stores.landing import landing_file
from tests.builders import NOW
from tests.engines import landed_records, landed_world
from tests.engines.landed_records import SOURCE, DuckDB
from tests.integration.warehouse.answers import LATER
from warehouse.engines import landing_tables
from warehouse.engines.ingest_sql import Query, fact_queries, typed_queries
from warehouse.engines.json_duckdb import DUCKDB
from warehouse.engines.landing_tables import ENGINES
from warehouse.schema.metric_tables import tables

DESCRIBED = ENGINES["bigquery"]._replace(
    functions=DUCKDB,
    table="CREATE TABLE IF NOT EXISTS {name} ({columns})",
    replacements=("DELETE FROM {name} WHERE landed_day >= CAST({since} AS DATE)", "INSERT INTO {name} BY NAME {query}"),
    since="SELECT coalesce(CAST(CAST(max(landed_day) - INTERVAL 1 DAY AS DATE) AS VARCHAR), '{first_day}') FROM landing_refreshes",
)
"""DuckDB as one of the engines."""


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDB]:
    """Return an engine into which all batches and all bad lines have landed."""
    engine = DuckDB()
    engine.run("CREATE MACRO without_milliseconds(ms) AS make_timestamp_ms(ms // 1000 * 1000)")
    landed_records.load(
        engine, [*landed_world.lines(), *((line, "2026-11-24", "06") for line, _ in landed_world.hostile())]
    )
    landed_records.ingest(engine, DUCKDB, LATER)
    yield engine
    engine.connection.close()


@pytest.fixture(scope="module")
def expected() -> dict[str, list[object]]:
    """Return the rows of a merge."""
    return landed_records.merged_facts([*landed_world.batch_list(), landed_world.future()], DUCKDB, LATER)


def test_the_facts_of_landed_lines_are_those_of_a_merge(engine: DuckDB, expected: dict[str, list[object]]) -> None:
    found = landed_records.facts(engine, DUCKDB)
    assert found == expected
    assert all(found[name] for name in found)


def test_the_lines_are_those_that_a_worker_lands() -> None:
    first = landed_world.batch_list()[0]
    records = {path: content for path, content in first.items() if not path.startswith("spaces/")}
    landed = landing_file(records, "", NOW, None)
    assert landed is not None
    assert set(landed[1].decode().rstrip("\n").split("\n")) == {
        landed_records.line_of(*item) for item in records.items()
    }


def test_a_fact_table_has_the_columns_of_the_schema(engine: DuckDB) -> None:
    for table in tables().values():
        described = engine.rows(f"DESCRIBE {table.name}").rows
        expected = [(column.name, column.type.replace("JSON", "VARCHAR")) for column in table.columns]
        assert [(name, type.replace('"', "")) for name, type, *_ in described] == [
            (name, type.replace('"', "")) for name, type in expected
        ]


def test_a_line_that_is_no_record_is_a_reject_with_its_reason(engine: DuckDB) -> None:
    landed_records.make_facts(engine, DUCKDB, NOW)
    rejects = engine.rows("SELECT line, reason FROM landed_rejects WHERE day = '2026-11-24'").rows
    landed_records.make_facts(engine, DUCKDB, LATER)
    assert sorted(rejects) == landed_world.rejects({"nested too deeply": "not an object"})


@pytest.mark.parametrize(
    ("name", "right", "mistake"),
    [
        ("landed_workflow_job", "make_timestamp_ms(", "without_milliseconds("),
        ("landed_workflow_job", "BETWEEN 0 AND", "BETWEEN 1 AND"),
        ("landed_workflow_job", "'negative_duration'", "'negative'"),
        ("landed_check_suite", "'-', 2)", "'-', 3)"),
        ("commits_per_pr", "status = 'success' DESC", "status = 'success'"),
        ("workflow_job", "version DESC", "version"),
        ("review", "received_at DESC", "received_at"),
        ("deployment", '"schema" DESC', '"schema"'),
        ("release_versions", "PARTITION BY host, repository_key, identity", "PARTITION BY host, identity"),
        ("tooling_usage", "n.host = t.host", "n.host <> t.host"),
    ],
)
def test_a_planted_mistake_is_found(
    engine: DuckDB, expected: dict[str, list[object]], name: str, right: str, mistake: str
) -> None:
    queries = {
        query.name: query
        for query in [*typed_queries(DUCKDB, "''", SOURCE), *fact_queries(DUCKDB, "TIMESTAMP '2100-01-01'")]
    }
    sql = queries[name].sql
    changed = sql.replace(right, mistake)
    assert changed != sql
    table = name.removeprefix("landed_")
    landed_records.create(engine, Query(name, changed))
    landed_records.create(engine, Query(table, queries[table].sql if table != name else changed))
    found = landed_records.facts(engine, DUCKDB)[table]
    landed_records.create(engine, queries[name])
    landed_records.create(engine, queries[table])
    assert found != expected[table]


def test_a_refresh_reads_the_days_since_the_last_one_less_one() -> None:
    engine, batches = DuckDB(), landed_world.batch_list()
    for statement in list(landing_tables.definitions(DESCRIBED, "", ""))[1:]:
        engine.run(statement)
    rows, read = landed_world.lines(batches), []
    for count in (2, 2, 4, len(batches)):
        days = [f"2026-11-{10 + number}" for number in range(count)]
        landed_records.load(engine, [row for row in rows if row[1] in days])
        [(since,)] = engine.rows(landing_tables.since_query(DESCRIBED)).rows
        for statement in landing_tables.refresh(DESCRIBED, f"'{since}'", SOURCE):
            engine.run(statement)
        read.append(since)
    assert read == ["2026-01-01", "2026-11-10", "2026-11-10", "2026-11-12"]
    counts = engine.rows("SELECT count(*) FROM landed_review WHERE landed_day = '2026-11-10'").rows
    assert counts == [(sum(row[1] == "2026-11-10" and '"review"' in row[0] for row in rows),)]
    landed_records.make_facts(engine, DUCKDB, LATER)
    assert landed_records.facts(engine, DUCKDB) == landed_records.merged_facts(batches, DUCKDB, LATER)
