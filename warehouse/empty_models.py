"""Derive from a SELECT statement which tables have to be empty so that it surely has no rows.

A model without rows is then created without planning its statement, which takes longer than most small models. The
derivation may miss that a statement has no rows; it never says so of one that may have some.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import reduce
from itertools import product
from typing import Any

from duckdb import DuckDBPyConnection

Condition = frozenset[frozenset[str]]
"""Sets of tables: a statement has no rows if all tables of one set are empty."""
Conditions = Mapping[str, Collection[Collection[str]]]
"""The condition of each statement, by the name of its model or measure, in order of what they read."""
NEVER: Condition = frozenset()
_MOST_SETS = 32
"""Sets that are kept of a condition: unions of joins have many, and each that is left out only costs time."""
_SCALAR = {
    "||",
    "+",
    "-",
    "*",
    "/",
    "!~~",
    "array_length",
    "array_to_string",
    "date_diff",
    "floor",
    "greatest",
    "least",
} | {*("length", "lower", "mod", "regexp_matches", "substr", "unnest")}
"""Functions of one row. Any other one may be an aggregate."""


def is_empty(condition: Iterable[Collection[str]], empty: Collection[str]) -> bool:
    """Return whether a statement with this condition surely has no rows, if these tables are empty."""
    return any(all(table in empty for table in tables) for tables in condition)


def without_rows(connection: DuckDBPyConnection, conditions: Conditions) -> set[str]:
    """Return which tables that conditions name have no rows, but for those that have a condition themselves."""
    tables = {
        table for condition in conditions.values() for tables in condition for table in tables
    } - conditions.keys()
    selections = (f"SELECT '{table}' WHERE NOT EXISTS (FROM {table})" for table in sorted(tables))
    sql = " UNION ALL ".join(selections)
    return {name for (name,) in connection.execute(sql).fetchall()} if sql else set()


def empty_when(node: Any, ctes: Mapping[str, Condition] | None = None) -> Condition:
    """Return the condition of a node of DuckDB's parse tree; `ctes` are those of the statements around it."""
    known = dict(ctes or {})
    for entry in (node.get("cte_map") or {}).get("map", ()):
        known[entry["key"].lower()] = empty_when(
            entry["value"].get("query_node") or entry["value"]["query"]["node"], known
        )
    kind = node["type"]
    if kind == "SELECT_NODE":
        return NEVER if _has_a_row_of_nothing(node) else _of_source(node["from_table"], known)
    if kind == "SET_OPERATION_NODE":
        parts = node.get("children") or [node["left"], node["right"]]
        conditions = [empty_when(part, known) for part in parts]
        if node["setop_type"] == "UNION":
            return reduce(_both, conditions)
        return conditions[0] if node["setop_type"] in ("EXCEPT", "INTERSECT") else NEVER
    return NEVER


def _has_a_row_of_nothing(node: Any) -> bool:
    """Return whether a SELECT may have a row without any row of its source: an aggregate of all rows has one."""
    if node.get("aggregate_handling") != "STANDARD_HANDLING":
        return True
    if sets := node.get("group_sets"):
        return not all(sets)
    return "group_expressions" in node or "having" in node or not _SCALAR.issuperset(_functions(node["select_list"]))


def _functions(tree: Any) -> Iterator[str]:
    """Yield the functions of expressions, without those over a window and those of a subquery: they aggregate no rows."""
    if isinstance(tree, list):
        for item in tree:
            yield from _functions(item)
    elif isinstance(tree, dict) and tree.get("class") != "SUBQUERY":
        if tree.get("class") == "FUNCTION":
            yield tree["function_name"].lower()
        for value in tree.values():
            if isinstance(value, (dict, list)):
                yield from _functions(value)


def _of_source(source: Any, ctes: Mapping[str, Condition]) -> Condition:
    """Return the condition of a FROM clause."""
    if source["type"] == "BASE_TABLE" and not {"schema_name", "catalog_name"} & source.keys():
        name = source["table_name"].lower()
        return ctes.get(name, frozenset({frozenset({name})}))
    if source["type"] == "SUBQUERY":
        return empty_when(source["subquery"]["node"], ctes)
    if source["type"] == "JOIN" and source["ref_type"] in ("REGULAR", "CROSS"):
        left, right = _of_source(source["left"], ctes), _of_source(source["right"], ctes)
        return {
            "INNER": _shortest(left | right),
            "SEMI": _shortest(left | right),
            "LEFT": left,
            "ANTI": left,
            "RIGHT": right,
            "FULL": _both(left, right),
        }.get(source["join_type"], NEVER)
    return NEVER


def _both(one: Condition, other: Condition) -> Condition:
    return _shortest(a | b for a, b in product(one, other))


def _shortest(sets: Iterable[frozenset[str]]) -> Condition:
    """Return the sets without those that contain another one."""
    kept: list[frozenset[str]] = []
    for tables in sorted({*sets}, key=lambda tables: (len(tables), sorted(tables))):
        if len(kept) < _MOST_SETS and not any(other <= tables for other in kept):
            kept.append(tables)
    return frozenset(kept)
