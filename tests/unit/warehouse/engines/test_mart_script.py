import pytest
from sqlglot import ErrorLevel, exp, parse_one

from tests.unit.warehouse.engines.test_script import each_engine, target
from warehouse.engines import catalog_files
from warehouse.engines.mart_script import fact_statements, mart_statements
from warehouse.engines.marts import REJECTS_SQL, folders
from warehouse.measures import measures
from warehouse.schema.metric_tables import tables
from warehouse.sql_files import model_names


@each_engine
def test_each_mart_reads_what_was_created_before_it(engine: str) -> None:
    known = {table.name for table in (*catalog_files.TABLES, *tables().values())} | {"landed_rejects"}
    known |= model_names() | {measure.name for measure in measures()}
    texts = [text for text in mart_statements(target(engine)) if text.startswith("CREATE") and "/catalog/" not in text]
    for text in texts:
        statement = parse_one(text, read=target(engine).dialect, error_level=ErrorLevel.RAISE)
        queries = {query.alias for query in statement.find_all(exp.CTE)}
        own, *read = [table for table in statement.find_all(exp.Table) if table.name not in queries]
        assert {(table.db, table.name in known) for table in read} == {("telemetry", True)}, own.name
        known.add(own.name)
    assert {*folders().values()} <= known


@each_engine
def test_all_marts_are_written_after_they_are_made(engine: str) -> None:
    texts = list(mart_statements(target(engine)))
    written = [place for place, text in enumerate(texts) if "/marts/run=20261201T120000/" in text]
    assert written == list(range(len(texts) - len(folders()), len(texts)))
    assert "/manifest/" in texts[-1]


@each_engine
def test_the_facts_are_read_from_the_dataset(engine: str) -> None:
    texts = list(fact_statements(target(engine)))
    assert len(texts) == len(tables()) + 1
    assert all("telemetry." in text and "/facts/run=20261201T120000/" in text for text in texts)


@pytest.mark.parametrize("name", ["landed_rejects", "ledger_rejects"])
def test_rejects_are_those_of_landed_lines_and_of_the_ledger(name: str) -> None:
    assert name in REJECTS_SQL
