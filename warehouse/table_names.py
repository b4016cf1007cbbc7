"""Find the tables that a SELECT statement reads and the columns that it selects, with DuckDB's own parser: https://duckdb.org/docs/stable/data/json/sql_to_and_from_json.

DuckDB's `get_table_names` also binds the statement, which fails for a table that does not exist yet.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

import duckdb
from duckdb import DuckDBPyConnection

from warehouse import empty_models
from warehouse.empty_models import Condition

_OMITTED = "skip_null := true, skip_empty := true, skip_default := true"
"""What the tree leaves out: most of its nodes have no alias, no schema and no modifiers."""


class _Statement(NamedTuple):
    tables: frozenset[str]
    columns: tuple[str, ...]
    empty_when: Condition


def tables_read(sql: str) -> frozenset[str]:
    """Return the tables of one SELECT statement in lower case, without its CTEs; raises ValueError with DuckDB's reason.

    A name with a schema is returned as `schema.table`.
    """
    return _read(sql).tables


def columns_selected(sql: str) -> tuple[str, ...]:
    """Return the names of the columns of one SELECT statement; raises ValueError with DuckDB's reason.

    `*` and an expression without a name have an empty one.
    """
    return _read(sql).columns


def empty_when(sql: str) -> Condition:
    """Return which tables have to be empty so that one SELECT statement has no rows; raises ValueError."""
    return _read(sql).empty_when


def parse(statements: Iterable[str]) -> None:
    """Parse many statements at once, which takes half the time; the other functions find them then."""
    new = sorted({*statements} - _results.keys())
    rows = _parser().execute(
        f"SELECT json_serialize_sql(sql, {_OMITTED}) FROM (SELECT unnest(?::VARCHAR[]) AS sql)", [new]
    )
    for sql in new:
        [text] = rows.fetchone() or [""]
        _results[sql] = _result(json.loads(text))  # one tree at a time, because each takes much memory


_results: dict[str, _Statement | ValueError] = {}
"""What was found of each statement, or why it is invalid."""


def _read(sql: str) -> _Statement:
    """Return what was found of a statement, which is parsed once for all of it."""
    if sql not in _results:
        parse([sql])
    result = _results[sql]
    if isinstance(result, ValueError):
        raise result
    return result


def _result(parsed: Any) -> _Statement | ValueError:
    if parsed["error"]:
        return ValueError(str(parsed["error_message"]).splitlines()[0])
    statements = parsed.get("statements", ())
    if len(statements) != 1:
        return ValueError(f"holds {len(statements)} statements instead of one")
    node = statements[0]["node"]
    return _Statement(frozenset(_tables(statements, frozenset())), tuple(_columns(node)), empty_models.empty_when(node))


def _columns(node: Any) -> Iterator[str]:
    while node["type"] == "SET_OPERATION_NODE":  # its first SELECT names them; two have no list of children
        node = node.get("left") or node["children"][0]
    for column in node["select_list"]:
        yield column.get("alias") or (column.get("column_names") or [""])[-1]


@cache
def _parser() -> DuckDBPyConnection:
    return duckdb.connect(":memory:")


def _tables(node: Any, ctes: frozenset[str]) -> Iterator[str]:
    """Yield the tables below a node of the parse tree; `ctes` are the names that a WITH around it defines.

    A CTE sees the CTEs before it, and itself only in WITH RECURSIVE: a CTE may replace a table of its own name.
    """
    if isinstance(node, list):
        for item in node:
            yield from _tables(item, ctes)
    elif isinstance(node, dict):
        if node.get("type") == "RECURSIVE_CTE_NODE":
            ctes |= {node["cte_name"].lower()}
        for entry in (node.get("cte_map") or {}).get("map", ()):
            yield from _tables(entry["value"], ctes)
            ctes |= {entry["key"].lower()}
        if node.get("type") == "BASE_TABLE":
            name = ".".join(part.lower() for part in (node.get("schema_name"), node["table_name"]) if part)
            if name not in ctes:
                yield name
        for key, value in node.items():
            if isinstance(value, (dict, list)) and key != "cte_map":
                yield from _tables(value, ctes)
