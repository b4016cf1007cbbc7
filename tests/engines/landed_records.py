"""Run the generated ingest on an engine, and give its facts and rejects in the form of `telemetry merge`."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from tests.engines.rows import Rows
from tests.unit.warehouse.record_factory import Files
from warehouse.database import open_database
from warehouse.engines import ingest_sql
from warehouse.engines.json_functions import JsonFunctions
from warehouse.ingest.merge import merge
from warehouse.ingest.value_checks import MAX_CLOCK_SKEW_MS
from warehouse.schema.metric_tables import Table, tables

SOURCE = "s3://o'clock"
"""A quote is part of a literal."""
LANDED = pa.schema([("line", pa.string()), ("day", pa.string()), ("hour", pa.string())])
NO_LATER = "'2999-01-01'"


class Engine(Protocol):
    """The part of an engine that the ingest needs."""

    def load(self, name: str, table: pa.Table) -> None: ...
    def run(self, statement: str) -> None: ...
    def rows(self, query: str) -> Rows: ...


class DuckDB:
    """DuckDB as an engine."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(":memory:")
        self.connection.execute("SET TimeZone = 'America/St_Johns'")

    def load(self, name: str, table: pa.Table) -> None:
        self.connection.register("loaded", table)
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM loaded")
        self.connection.unregister("loaded")

    def run(self, statement: str) -> None:
        self.connection.execute(statement)

    def rows(self, query: str) -> Rows:
        found = self.connection.execute(query)
        return Rows(tuple(column[0] for column in found.description or ()), found.fetchall())


def line_of(path: str, content: bytes) -> str:
    """Return the line of a landing file: the record, with its path as the first field."""
    text = content.decode().rstrip("\n")
    return f'{{"path":{json.dumps(path)},{text[1:]}' if text.startswith('{"') else text


def landed(files: Mapping[str, bytes], day: str = "2026-11-24", hour: str = "06") -> list[tuple[str, str, str]]:
    """Return the rows of `landed` for record files that land within an hour."""
    return [(line_of(path, content), day, hour) for path, content in files.items()]


def load(engine: Engine, rows: Iterable[tuple[str, str, str]]) -> None:
    """Create the table `landed`."""
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    engine.load("landed", pa.table([pa.array(column, pa.string()) for column in columns], schema=LANDED))


def ingest(engine: Engine, sql: JsonFunctions, now: int) -> None:
    """Create the typed rows of all days, the facts and the rejects from `landed`; `now` is UNIX ms."""
    for query in ingest_sql.typed_queries(sql, "''", SOURCE):
        create(engine, query)
    make_facts(engine, sql, now)


def make_facts(engine: Engine, sql: JsonFunctions, now: int) -> None:
    """Create the facts and the rejects from the typed rows."""
    latest = sql.time.format(milliseconds=now + MAX_CLOCK_SKEW_MS)
    for query in ingest_sql.fact_queries(sql, f"({latest})"):
        create(engine, query)


def create(engine: Engine, query: ingest_sql.Query) -> None:
    """Create a table of a query."""
    engine.run(f"DROP TABLE IF EXISTS {query.name}")
    engine.run(f"CREATE TABLE {query.name} AS {query.sql}")


def facts(engine: Engine, sql: JsonFunctions) -> dict[str, list[Any]]:
    """Return the rows of all metrics' tables as dicts."""
    return {table.name: dicts(engine.rows(f"SELECT * FROM {table.name}"), table, sql) for table in tables().values()}


def merged_facts(batches: Iterable[Mapping[str, bytes]], sql: JsonFunctions, now: int) -> dict[str, list[Any]]:
    """Return the rows of all metrics' tables as `telemetry merge` makes them of these batches, one after another."""
    with open_database(":memory:") as connection:
        store = Files()
        for files in batches:
            store.put(files)
            result = merge(connection, store.source(name=SOURCE), now=lambda: now)
            assert not result.rejected, connection.execute("SELECT path, reason FROM rejects").fetchall()
        found: dict[str, list[Any]] = {}
        for table in tables().values():
            rows = connection.execute(f"SELECT * FROM {table.name}")
            names = tuple(column[0] for column in rows.description or ())
            found[table.name] = dicts(Rows(names, rows.fetchall()), table, sql)
        return found


def dicts(rows: Rows, table: Table, sql: JsonFunctions) -> list[Any]:
    """Return rows as dicts in an order of their own, as this engine would store them."""
    named = [dict(zip(rows.columns, map(_plain, row), strict=True)) for row in rows.rows]
    for row in named:
        row["anomalies"] = sorted(row["anomalies"])
    return sorted((_stored(row, table, sql) for row in named), key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _stored(row: dict[str, Any], table: Table, sql: JsonFunctions) -> dict[str, Any]:
    """Return a row without lists that are null, if the engine has none."""
    if sql.dialect != "bigquery":
        return row
    shapes = {field.column: field.shape for field in table.fields}
    return {name: _without_null_lists(value, shapes.get(name)) for name, value in row.items()}


def _without_null_lists(value: Any, shape: Any) -> Any:
    if shape is None:
        return value
    if shape.item:
        return [_without_null_lists(item, shape.item) for item in value or [] if item is not None]
    if shape.fields and value is not None:
        return {name: _without_null_lists(value[name], field) for name, field in shape.fields}
    return value
