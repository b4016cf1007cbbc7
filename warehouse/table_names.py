"""Find the tables that a SELECT statement reads and the columns that it selects, with DuckDB's own parser: https://duckdb.org/docs/stable/data/json/sql_to_and_from_json.

DuckDB's `get_table_names` also binds the statement, which fails for a table that does not exist yet.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection


@cache
def tables_read(sql: str) -> frozenset[str]:
    """Return the tables of one SELECT statement in lower case, without its CTEs; raises ValueError with DuckDB's reason.

    A name with a schema is returned as `schema.table`.
    """
    return frozenset(_tables(_parsed(sql), frozenset()))


@cache
def columns_selected(sql: str) -> tuple[str, ...]:
    """Return the names of the columns of one SELECT statement without `*`; raises ValueError with DuckDB's reason."""
    [statement] = _parsed(sql)
    node = statement["node"]
    while node["type"] == "SET_OPERATION_NODE":  # its first SELECT names them; two have no list of children
        node = node["left"] or node["children"][0]
    return tuple(column["alias"] or column["column_names"][-1] for column in node["select_list"])


def _parsed(sql: str) -> Any:
    [(text,)] = _parser().execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
    parsed = json.loads(text)
    if parsed["error"]:
        raise ValueError(str(parsed["error_message"]).splitlines()[0])
    if len(parsed["statements"]) != 1:
        raise ValueError(f"holds {len(parsed['statements'])} statements instead of one")
    return parsed["statements"]


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
            name = ".".join(part.lower() for part in (node["schema_name"], node["table_name"]) if part)
            if name not in ctes:
                yield name
        for key, value in node.items():
            if key != "cte_map":
                yield from _tables(value, ctes)
