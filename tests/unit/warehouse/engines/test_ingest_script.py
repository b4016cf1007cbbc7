"""The statements of the ingest in each engine's SQL; tests/engines runs those of ZetaSQL and Spark."""

import pytest
import sqlglot
from sqlglot import exp

from cli.commands import models
from warehouse.engines import ingest_script
from warehouse.engines.landing_tables import ENGINES, FIRST_DAY
from warehouse.engines.script import Target
from warehouse.schema.metric_tables import tables

LOCATIONS = {"bigquery": "gs://bucket/data", "athena": "s3://bucket/data", "spark": "s3a://bucket/data"}
TYPED = {f"landed_{table.name}" for table in tables().values()} | {"landed_unknown"}


def target(engine: str) -> Target:
    """Return where the statements run."""
    return Target(engine, "telemetry", LOCATIONS[engine])


def parsed(engine: str) -> dict[str, str]:
    """Return the queries of the ingest by the beginning of their statement, each parsed in the engine's SQL."""
    texts = list(ingest_script.ingest_statements(target(engine), "2026-11-20"))
    queries = [
        text
        for text in texts
        if text.startswith(("INSERT", "CREATE OR REPLACE", "CREATE TABLE"))
        and "SELECT" in text
        and "TEMPORARY" not in text
    ]
    for text in queries:
        query = text[text.index("\n") + 1 :]
        assert isinstance(sqlglot.parse_one(query, read=ENGINES[engine].functions.dialect), exp.Query), text
    return {text.partition("\n")[0]: text for text in queries}


@pytest.mark.parametrize("engine", ENGINES)
def test_each_metric_has_a_statement_of_rows_and_one_of_facts(engine: str) -> None:
    found = parsed(engine)
    inserted = {
        next(word for word in first.split() if word.startswith("telemetry.")) for first in found if first[0] == "I"
    }
    assert inserted == {f"telemetry.{name}" for name in TYPED | {"landing_refreshes"}}
    created = {word for first in found for word in first.split() if word.startswith("telemetry.") and first[0] == "C"}
    facts = {table.name for table in tables().values()} | {"repository_names", "landed_rejects"}
    assert created >= {f"telemetry.{name}" for name in facts}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_refresh_reads_only_the_days_since_one_and_records_it_last(engine: str) -> None:
    texts = list(ingest_script.ingest_statements(target(engine), "2026-11-20"))
    typed = [text for text in texts if text.startswith("INSERT") and "AS record" in text]
    assert len(typed) == len(TYPED)
    assert all("WHERE day >= '2026-11-20'" in text for text in typed)
    last = max(number for number, text in enumerate(texts) if text in typed)
    [recorded] = [
        number for number, text in enumerate(texts) if text.startswith("INSERT INTO telemetry.landing_refreshes")
    ]
    assert recorded == last + 1


def test_athena_s_projection_begins_before_the_first_landing() -> None:
    [landed] = [text for text in ingest_script.ingest_statements(target("athena")) if "projection.enabled" in text]
    assert f"'projection.day.range' = '{FIRST_DAY},NOW+1DAY'" in landed
    assert FIRST_DAY < "2026-12-01", "no earlier version of the worker lands"
    assert FIRST_DAY == models.FIRST_DAY
    assert "'storage.location.template' = 's3://bucket/data/landing/day=${day}/hour=${hour}'" in landed
    assert "RegexSerDe" not in landed, "its dot does not match U+2028, so a line that has one would be lost"


@pytest.mark.parametrize("engine", ENGINES)
def test_every_table_is_named_with_its_dataset(engine: str) -> None:
    for text in ingest_script.ingest_statements(target(engine)):
        for name in TYPED | {"repository_names", "landing_refreshes"}:
            assert f" {name} " not in text.replace("\n", " "), text[:300]
    assert not any("/models/landed_" in text for text in ingest_script.ingest_statements(target(engine)))
    assert "telemetry.landing_refreshes" in ingest_script.since_query(target(engine))
