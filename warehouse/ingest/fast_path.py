"""The quick way of nearly all records: those that SQL would write just as they stand, and whose numbers are sound.

What is parsed by the type of its metric's record and, written again, is the same text, is right in every field; so it
takes no second look. Whatever is not goes the long way (warehouse/ingest/validation.py), where it is said what is wrong with it,
if anything is.
"""

import json
from functools import cache

from duckdb import DuckDBPyConnection

from core.events import SCHEMA, EnhancedTriggerEvent
from warehouse.ingest import unresolved
from warehouse.ingest.chunks import texts_table
from warehouse.ingest.row_sql import select_rows_sql
from warehouse.ingest.value_checks import MAX_CLOCK_SKEW_MS
from warehouse.schema.columns import TIME, WHOLE, quote_identifier
from warehouse.schema.json_types import MAX_TIMESTAMP_MS, JsonType, shape_of
from warehouse.schema.metric_tables import Table, tables


def insert_canonical(connection: DuckDBPyConnection, texts: dict[str, str], source: str, now: int) -> dict[str, str]:
    """The sound records of these texts into their tables; the texts that are left, by path. `now` is UNIX ms."""
    left: dict[str, str] = {}
    of_metrics: dict[str, dict[str, str]] = {}
    for path, text in texts.items():
        metric = _metric(path)
        (left if metric is None else of_metrics.setdefault(metric, {}))[path] = text
    for metric, told in of_metrics.items():
        left |= {path: told[path] for path in _insert(connection, tables()[metric], told, source, now)}
    return left


def _metric(path: str) -> str | None:
    """Which metric's folder a file is in, with or without one for the day."""
    folders = path.split("/")[-3:-1]
    return next((folder for folder in reversed(folders) if folder in tables()), None)


def _insert(connection: DuckDBPyConnection, table: Table, texts: dict[str, str], source: str, now: int) -> list[str]:
    """The paths of those that are not sound."""
    connection.register("given", texts_table(texts))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE made AS {_made(table)}", [source, now + MAX_CLOCK_SKEW_MS])
    connection.unregister("given")
    unresolved.insert(connection, table, "(SELECT * EXCLUDE (is_sound) FROM made WHERE is_sound)")
    return [path for (path,) in connection.execute("SELECT path FROM made WHERE NOT is_sound").fetchall()]


@cache
def _made(table: Table) -> str:
    """The query of all rows, sound or not; its parameters are the source, and what time lies too far ahead."""
    record = shape_of("", EnhancedTriggerEvent).fields
    parsed = {name: (table.output if name == "output" else shape).parsed for name, shape in record}
    told = f"SELECT path, content, TRY(from_json(content, '{json.dumps(parsed)}')) AS record FROM given"
    sound = f"SELECT *, coalesce({_is_sound(table)}, FALSE) AS is_sound FROM (SELECT record.*, * FROM ({told}))"
    return select_rows_sql(table, f"({sound})", beside=("is_sound",))


def _is_sound(table: Table) -> str:
    """Whether a record is as we write it, in SQL; null counts as not."""
    begins = f"concat(owner, '/', repo, '/{table.metric.name}/')"
    return " AND ".join(
        (
            "concat(to_json(record), chr(10)) = content",
            f"metric_signature = '{table.metric.name}'",
            "status IN ('success', 'networkError')",
            f"schema = {SCHEMA}",
            f"starts_with(id, {begins}) AND length(id) > length({begins})",
            "github_host IS NOT NULL AND delivery_id IS NOT NULL AND collected_by IS NOT NULL AND output IS NOT NULL",
            "created_at BETWEEN 0 AND $2",
            "coalesce(repository_id, 0) >= 0",
            *(_in_range(field.shape, f"output.{quote_identifier(field.name)}", "$2") for field in table.fields),
        )
    )


def _in_range(shape: JsonType, value: str, latest: str, depth: int = 0) -> str:
    """Whether no number is below zero, and no time too late: of a time within an object or a list, after the year 9999."""
    if shape.item:
        element = f"x{depth}"
        return f"len(list_filter({value}, lambda {element}: NOT ({_in_range(shape.item, element, str(MAX_TIMESTAMP_MS), depth + 1)}))) = 0"
    if shape.fields:
        inner = (
            _in_range(item, f"{value}.{quote_identifier(name)}", str(MAX_TIMESTAMP_MS), depth)
            for name, item in shape.fields
        )
        return " AND ".join(inner)
    if shape.scalar == TIME:
        return f"coalesce({value}, 0) BETWEEN 0 AND {latest}"
    return f"coalesce({value}, 0) >= 0" if shape.scalar == WHOLE else "TRUE"
