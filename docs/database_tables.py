"""The tables of the database, for docs/DATABASE.md: columns and types as DuckDB has them, meanings as the metrics tell them."""

import re
import sys
from collections.abc import Iterator

from core.metric import Metric
from warehouse import catalog
from warehouse.schema.columns import Column
from warehouse.schema.json_types import JsonType
from warehouse.schema.metric_tables import COMMON, Table, tables
from warehouse.schema.system_tables import OWN_TABLES

Row = tuple[str, str, str]
HEAD = ("column", "type", "meaning")


def common() -> Iterator[Row]:
    """What every metric's table begins with."""
    return map(_row, COMMON)


def own() -> Iterator[tuple[str, str, list[Row]]]:
    """Name, purpose and columns of each table that is no metric's."""
    for table in (*OWN_TABLES, catalog.TABLE):
        key = ", ".join(f"`{name}`" for name in table.key)
        yield table.name, f"{table.about} A row for each {key}.", [_row(column) for column in table.columns]


def of_metrics(meanings: dict[str, dict[str, str]]) -> Iterator[tuple[str, str, list[Row]]]:
    """Name, purpose and own columns of each metric's table; `meanings` are of a metric's fields, by their paths."""
    for table in sorted(tables().values(), key=lambda each: each.name):
        about = f"{_about(table.metric)} A row for each {', '.join(f'`{name}`' for name in table.key)}."
        yield table.name, about, list(_columns(table, meanings[table.metric.name]))


def _columns(table: Table, meanings: dict[str, str]) -> Iterator[Row]:
    for field in table.fields:
        for path, shape in (("", field.shape), *_within(field.shape)):
            yield f"`{field.column}{path}`", _type(shape), _here(meanings[f"`{field.name}{path}`"])


def _here(meaning: str) -> str:
    """Of a time that is a number in the record."""
    told = re.sub(r" \(UNIX ms\)|UNIX ms; ", "", meaning)
    return told[:1].upper() + told[1:]


def _within(shape: JsonType) -> Iterator[tuple[str, JsonType]]:
    """The fields of an object, or of the objects of a list, by the way to them."""
    if shape.item:
        yield from ((f"[]{path}", inner) for path, inner in _within(shape.item))
    for name, inner in shape.fields:
        yield f".{name}", inner
        yield from ((f".{name}{path}", deeper) for path, deeper in _within(inner))


def _type(shape: JsonType) -> str:
    if shape.item:
        return f"{_type(shape.item)}[]"
    return "STRUCT" if shape.fields else shape.scalar


def _row(column: Column) -> Row:
    return f"`{column.name}`", column.type, column.meaning


def _about(metric: Metric) -> str:
    """The first line of its module says what it measures."""
    line = (sys.modules[metric.collect.__module__].__doc__ or "").splitlines()[0]
    name, _, text = line.partition(": ")
    return f"`{name}`: {text}"
