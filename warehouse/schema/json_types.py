"""Derive from a field's type hint its JSON type in a record and its column type in the database.

Times (UNIX ms in a record) are TIMESTAMP, in UTC; durations are BIGINT, in ms; objects are STRUCT, lists are LIST.
"""

from collections.abc import Collection
from types import NoneType, UnionType
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from warehouse.schema.columns import BIGINT, BOOLEAN, JSON, TIMESTAMP, VARCHAR, quote_identifier

JSON_NULL = "NULL"
"""The name that DuckDB's json_structure gives to null."""
MAX_TIMESTAMP_MS = 253_402_300_799_999
"""UNIX ms of the last millisecond of the year 9999: the latest time that all engines support."""
_TIMES = frozenset({"deploy_time", "authored", "committed"})
_SCALARS = {int: BIGINT, str: VARCHAR, bool: BOOLEAN}
_STRUCTURE_NAMES = {
    BIGINT: {"UBIGINT", "BIGINT", "HUGEINT"},
    TIMESTAMP: {"UBIGINT", "BIGINT", "HUGEINT"},
    VARCHAR: {"VARCHAR"},
    BOOLEAN: {"BOOLEAN"},
}
"""The names that json_structure gives to valid values of a type; HUGEINT is a list of numbers of both signs: https://duckdb.org/docs/stable/data/json/json_functions."""
DESCRIPTIONS = {BIGINT: "a whole number", TIMESTAMP: "a time (UNIX ms)", VARCHAR: "a string", BOOLEAN: "a boolean"}
"""What a value of a scalar type is called in the reason of a reject."""


class JsonType(NamedTuple):
    """A scalar, an object of named types, or a list of one type."""

    scalar: str = ""
    fields: tuple[tuple[str, "JsonType"], ...] = ()
    item: "JsonType | None" = None

    @property
    def type(self) -> str:
        """Return the column's type in DuckDB."""
        if self.item:
            return f"{self.item.type}[]"
        if self.fields:
            return f"STRUCT({', '.join(f'{quote_identifier(name)} {shape.type}' for name, shape in self.fields)})"
        return self.scalar

    @property
    def duckdb_structure(self) -> Any:
        """Return the structure argument of DuckDB's from_json, in which a time is still a number."""
        if self.item:
            return [self.item.duckdb_structure]
        if self.fields:
            return {name: shape.duckdb_structure for name, shape in self.fields}
        return BIGINT if self.scalar == TIMESTAMP else self.scalar

    def without(self, paths: Collection[str], path: str = "") -> "JsonType":
        """Return the type without the fields at these paths, such as `changes.commits[].sha`."""
        if self.item:
            return self._replace(item=self.item.without(paths, f"{path}[]"))
        named = ((name, f"{path}.{name}" if path else name, shape) for name, shape in self.fields)
        kept = tuple((name, shape.without(paths, inner)) for name, inner, shape in named if inner not in paths)
        return self._replace(fields=kept)

    @property
    def has_time(self) -> bool:
        """Return whether the type contains a time at any depth."""
        if self.item:
            return self.item.has_time
        return self.scalar == TIMESTAMP or any(shape.has_time for _, shape in self.fields)

    def conversion_sql(self, value: str, depth: int = 0) -> str:
        """Return the SQL that converts the result of from_json to the column's type."""
        if not self.has_time:
            return value
        if self.item:
            return f"list_transform({value}, lambda x{depth}: {self.item.conversion_sql(f'x{depth}', depth + 1)})"
        if self.fields:
            quoted = ((quote_identifier(name), shape) for name, shape in self.fields)
            inner = ", ".join(f"{name} := {shape.conversion_sql(f'{value}.{name}', depth)}" for name, shape in quoted)
            return f"CASE WHEN {value} IS NOT NULL THEN struct_pack({inner}) END"
        return f"CASE WHEN {value} BETWEEN 0 AND {MAX_TIMESTAMP_MS} THEN make_timestamp_ms({value}) END"

    def type_error(self, structure: Any, name: str, *, many: bool = False) -> str | None:
        """Return the problem of a value with this structure, as json_structure returned it, or None.

        With `many` the structure combines several values.
        """
        if structure == JSON_NULL or self.scalar == JSON:
            return None
        if self.item:
            return (
                self.item.type_error(structure[0], f"{name}[]", many=True)
                if isinstance(structure, list)
                else f"{name}: expected a list"
            )
        if self.fields:
            return self._field_error(structure, name, many=many)
        if isinstance(structure, str) and structure in _STRUCTURE_NAMES[self.scalar]:
            return None
        return f"{name}: expected {DESCRIPTIONS[self.scalar]}"

    def _field_error(self, structure: Any, name: str, *, many: bool) -> str | None:
        if structure == JSON and not many:  # an object without fields; combined values may have several types
            return None
        if not isinstance(structure, dict):
            return f"{name}: expected an object{', with fields' if structure == JSON else ''}"
        inner = f"{name}." if name else ""
        problems = (
            shape.type_error(structure[key], f"{inner}{key}", many=many)
            for key, shape in self.fields
            if key in structure
        )
        return next((problem for problem in problems if problem), None)


def json_type_of(name: str, hint: Any) -> JsonType:
    """Return the JSON type of a hint: int, str, bool, a NamedTuple, a list of these, or one of these or None; else any JSON."""
    if get_origin(hint) is UnionType:
        kinds = [kind for kind in get_args(hint) if kind is not NoneType]
        return json_type_of(name, kinds[0]) if len(kinds) == 1 else JsonType(JSON)
    if get_origin(hint) is list:
        return JsonType(item=json_type_of(name, get_args(hint)[0]))
    if hasattr(hint, "_fields"):
        return JsonType(fields=tuple((key, json_type_of(key, kind)) for key, kind in get_type_hints(hint).items()))
    if hint is int and (name.rpartition("_")[2] == "at" or name in _TIMES):
        return JsonType(TIMESTAMP)
    return JsonType(_SCALARS.get(hint, JSON))
