"""Describe the database tables for docs/DATABASE.md: DuckDB's columns and types, the metrics' meanings."""

import re
import sys
from collections.abc import Iterator

from core.metric import Metric
from warehouse import catalog
from warehouse.schema.columns import Column
from warehouse.schema.json_types import JsonType
from warehouse.schema.metric_tables import COMMON, Table, tables
from warehouse.schema.system_tables import SYSTEM_TABLES

Row = tuple[str, str, str]
HEAD = ("column", "type", "meaning")


def common() -> Iterator[Row]:
    """Yield the columns at the start of every metric table."""
    return map(_row, COMMON)


def own() -> Iterator[tuple[str, str, list[Row]]]:
    """Yield name, purpose and columns of each table that does not belong to a metric."""
    for table in (*SYSTEM_TABLES, *catalog.TABLES):
        key = ", ".join(f"`{name}`" for name in table.key)
        yield table.name, f"{table.about} One row per {key}.", [_row(column) for column in table.columns]


def of_metrics(meanings: dict[str, dict[str, str]]) -> Iterator[tuple[str, str, list[Row]]]:
    """Yield name, purpose and own columns of each metric table; `meanings` has the text of each field path by metric."""
    for table in sorted(tables().values(), key=lambda table: table.name):
        about = f"{_about(table.metric)} One row per {', '.join(f'`{name}`' for name in table.key)}."
        yield table.name, about, list(_columns(table, meanings[table.metric.name]))


def _columns(table: Table, meanings: dict[str, str]) -> Iterator[Row]:
    for field in table.fields:
        for path, shape in (("", field.shape), *_nested_fields(field.shape)):
            yield f"`{field.column}{path}`", _type(shape), _without_unit(meanings[f"`{field.name}{path}`"])


def _without_unit(meaning: str) -> str:
    """Remove the unit of a time, which is a number in the record only."""
    text = re.sub(r" \(UNIX ms\)|UNIX ms; ", "", meaning)
    return text[:1].upper() + text[1:]


def _nested_fields(shape: JsonType) -> Iterator[tuple[str, JsonType]]:
    """Yield the path and type of each field of an object, or of the objects of a list."""
    if shape.item:
        yield from ((f"[]{path}", inner) for path, inner in _nested_fields(shape.item))
    for name, inner in shape.fields:
        yield f".{name}", inner
        yield from ((f".{name}{path}", deeper) for path, deeper in _nested_fields(inner))


def _type(shape: JsonType) -> str:
    if shape.item:
        return f"{_type(shape.item)}[]"
    return "STRUCT" if shape.fields else shape.scalar


def _row(column: Column) -> Row:
    return f"`{column.name}`", column.type, column.meaning


def _about(metric: Metric) -> str:
    """Return what a metric measures: the first line of its module's docstring."""
    line = (sys.modules[metric.collect.__module__].__doc__ or "").splitlines()[0]
    name, _, text = line.partition(": ")
    return f"`{name}`: {text}"
