"""The generated ingest on DuckDB makes the rows of `telemetry merge`; tests/engines runs it on the other engines."""

from collections.abc import Iterator

import pytest

from tests.builders import NOW
from tests.engines import landed_records, landed_world
from tests.engines.landed_records import DuckDB
from tests.integration.warehouse.answers import LATER
from warehouse.engines.json_duckdb import DUCKDB
from warehouse.schema.metric_tables import tables


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDB]:
    engine = DuckDB()
    landed_records.load(engine, landed_world.lines())
    landed_records.ingest(engine, DUCKDB, LATER)
    yield engine
    engine.connection.close()


def test_the_facts_of_landed_lines_are_those_of_a_merge(engine: DuckDB) -> None:
    found = landed_records.facts(engine, DUCKDB)
    assert found == landed_records.merged_facts(landed_world.batch_list(), DUCKDB, LATER)
    assert all(found[name] for name in found)
    assert engine.rows("SELECT * FROM landed_rejects").rows == []


def test_a_fact_table_has_the_columns_of_the_schema(engine: DuckDB) -> None:
    for table in tables().values():
        described = engine.rows(f"DESCRIBE {table.name}").rows
        expected = [(column.name, column.type.replace("JSON", "VARCHAR")) for column in table.columns]
        assert [(name, type.replace('"', "")) for name, type, *_ in described] == [
            (name, type.replace('"', "")) for name, type in expected
        ]


def test_a_line_that_is_no_record_is_a_reject_with_its_reason() -> None:
    engine = DuckDB()
    landed_records.load(engine, [(line, "2026-11-24", "06") for line, _ in landed_world.hostile()])
    landed_records.ingest(engine, DUCKDB, NOW)
    rejects = engine.rows("SELECT line, reason FROM landed_rejects").rows
    assert sorted(rejects) == landed_world.rejects({"nested too deeply": "not an object"})
    assert not any(landed_records.facts(engine, DUCKDB).values())
    landed_records.make_facts(engine, DUCKDB, LATER)
    assert len(landed_records.facts(engine, DUCKDB)["review"]) == 1, "its time has passed"
