"""Insert canonical records without validation: nearly all records take this path.

A record is canonical if it is parsed with the type of its metric, serialized to the same text again, and all its numbers
are in range: then every field is valid. One of schema 1 is canonical without the fields that came later. Other records go to warehouse/ingest/validation.py, which finds their problems.
"""

import json
from functools import cache

from duckdb import DuckDBPyConnection

from core.backfill.new_fields import NEW_FIELDS
from core.events import READABLE_SCHEMAS, EnhancedTriggerEvent
from warehouse.ingest import unresolved
from warehouse.ingest.chunks import contents_table
from warehouse.ingest.row_sql import select_rows_sql
from warehouse.ingest.value_checks import MAX_CLOCK_SKEW_MS
from warehouse.schema.columns import BIGINT, TIMESTAMP, quote_identifier
from warehouse.schema.json_types import MAX_TIMESTAMP_MS, JsonType, json_type_of
from warehouse.schema.metric_tables import Table, tables


def insert_canonical(connection: DuckDBPyConnection, texts: dict[str, str], source: str, now: int) -> dict[str, str]:
    """Insert the canonical records of these texts and return the other texts by path; `now` is UNIX ms."""
    others: dict[str, str] = {}
    by_metric: dict[str, dict[str, str]] = {}
    for path, text in texts.items():
        metric = metric_of(path)
        (others if metric is None else by_metric.setdefault(metric, {}))[path] = text
    for metric, contents in by_metric.items():
        others |= {path: contents[path] for path in _insert(connection, tables()[metric], contents, source, now)}
    return others


def metric_of(path: str) -> str | None:
    """Return the metric whose folder the file is in, with or without a folder for the day; None if there is none."""
    folders = path.split("/")[-3:-1]
    return next((folder for folder in reversed(folders) if folder in tables()), None)


def _insert(connection: DuckDBPyConnection, table: Table, texts: dict[str, str], source: str, now: int) -> list[str]:
    """Insert the canonical records and return the paths of the others."""
    connection.register("contents", contents_table(texts))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE parsed_rows AS {_rows_sql(table)}", [source, now + MAX_CLOCK_SKEW_MS]
    )
    connection.unregister("contents")
    unresolved.insert(connection, table, "(SELECT * EXCLUDE (is_canonical) FROM parsed_rows WHERE is_canonical)")
    return [path for (path,) in connection.execute("SELECT path FROM parsed_rows WHERE NOT is_canonical").fetchall()]


@cache
def _rows_sql(table: Table) -> str:
    """Return the query of all rows, canonical or not; its parameters are the source and the latest allowed time."""
    structure = _structure(table.output)
    records = f"SELECT path, content, TRY(from_json(content, '{structure}')) AS record FROM contents"
    checked = (
        f"SELECT *, coalesce({_is_canonical(table)}, FALSE) AS is_canonical FROM (SELECT record.*, * FROM ({records}))"
    )
    return select_rows_sql(table, f"({checked})", beside=("is_canonical",))


def _is_canonical(table: Table) -> str:
    """Return the SQL condition for a canonical record; null counts as false."""
    begins = f"concat(owner, '/', repo, '/{table.metric.name}/')"
    return " AND ".join(
        (
            f"concat({_text(table)}, chr(10)) = content",
            f"metric_signature = '{table.metric.name}'",
            "status IN ('success', 'networkError')",
            f"schema IN {READABLE_SCHEMAS}",
            f"starts_with(id, {begins}) AND length(id) > length({begins})",
            "github_host IS NOT NULL AND delivery_id IS NOT NULL AND collected_by IS NOT NULL AND output IS NOT NULL",
            "created_at BETWEEN 0 AND $2",
            "coalesce(repository_id, 0) >= 0",
            *(_in_range(field.shape, f"output.{quote_identifier(field.name)}", "$2") for field in table.fields),
        )
    )


def _text(table: Table) -> str:
    """Return the SQL of the text of a canonical record: one of schema 1 has no later fields, not even as null."""
    later = NEW_FIELDS.get(table.metric.name)
    if later is None:
        return "to_json(record)"
    older = _structure(table.output.without(later.names()))
    return f"CASE WHEN record.schema = 1 THEN to_json(TRY(from_json(content, '{older}'))) ELSE to_json(record) END"


def _structure(output: JsonType) -> str:
    """Return the structure of a record for from_json, as JSON."""
    record = json_type_of("", EnhancedTriggerEvent).fields
    return json.dumps({name: (output if name == "output" else shape).duckdb_structure for name, shape in record})


def _in_range(shape: JsonType, value: str, latest: str, depth: int = 0) -> str:
    """Return the SQL condition that no number is negative and no time is too late (nested times: after the year 9999)."""
    if shape.item:
        element = f"x{depth}"
        outside = f"NOT ({_in_range(shape.item, element, str(MAX_TIMESTAMP_MS), depth + 1)})"
        return f"coalesce(len(list_filter({value}, lambda {element}: {outside})), 0) = 0"
    if shape.fields:
        inner = (
            _in_range(item, f"{value}.{quote_identifier(name)}", str(MAX_TIMESTAMP_MS), depth)
            for name, item in shape.fields
        )
        return " AND ".join(inner)
    if shape.scalar == TIMESTAMP:
        return f"coalesce({value}, 0) BETWEEN 0 AND {latest}"
    return f"coalesce({value}, 0) >= 0" if shape.scalar == BIGINT else "TRUE"
