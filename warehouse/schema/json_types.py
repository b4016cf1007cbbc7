"""What JSON stands in a field of a record, derived from its type hint; and what that is in the database.

Times (UNIX ms in a record) are TIMESTAMP, in UTC; durations are BIGINT, in ms; objects are STRUCT, lists are LIST.
"""

from types import NoneType, UnionType
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from warehouse.schema.columns import ANY, FLAG, TEXT, TIME, WHOLE, quote_identifier

JSON_NULL = "NULL"
"""What DuckDB's json_structure calls a null."""
MAX_TIMESTAMP_MS = 253_402_300_799_999
"""UNIX ms of the last millisecond of the year 9999: the latest time that has a date everywhere."""
_TIMES = frozenset({"deploy_time", "authored", "committed"})
_SCALARS = {int: WHOLE, str: TEXT, bool: FLAG}
_TOLD_AS = {WHOLE: {"UBIGINT", "BIGINT"}, TIME: {"UBIGINT", "BIGINT"}, TEXT: {"VARCHAR"}, FLAG: {"BOOLEAN"}}
"""What json_structure calls what may stand in a field: https://duckdb.org/docs/stable/data/json/json_functions."""
_IN_ENGLISH = {WHOLE: "a whole number", TIME: "a time (UNIX ms)", TEXT: "a string", FLAG: "a boolean"}


class JsonType(NamedTuple):
    """A scalar, an object of named shapes, or a list of one shape."""

    scalar: str = ""
    fields: tuple[tuple[str, "JsonType"], ...] = ()
    item: "JsonType | None" = None

    @property
    def type(self) -> str:
        """The column's type."""
        if self.item:
            return f"{self.item.type}[]"
        if self.fields:
            return f"STRUCT({', '.join(f'{quote_identifier(name)} {shape.type}' for name, shape in self.fields)})"
        return self.scalar

    @property
    def parsed(self) -> Any:
        """What DuckDB's from_json is told, in which a time is still a number."""
        if self.item:
            return [self.item.parsed]
        if self.fields:
            return {name: shape.parsed for name, shape in self.fields}
        return WHOLE if self.scalar == TIME else self.scalar

    @property
    def has_time(self) -> bool:
        """Whether a time stands anywhere in it."""
        if self.item:
            return self.item.has_time
        return self.scalar == TIME or any(shape.has_time for _, shape in self.fields)

    def converted(self, value: str, depth: int = 0) -> str:
        """The SQL that makes the column's value of what from_json gives."""
        if not self.has_time:
            return value
        if self.item:
            return f"list_transform({value}, lambda x{depth}: {self.item.converted(f'x{depth}', depth + 1)})"
        if self.fields:
            told = ((quote_identifier(name), shape) for name, shape in self.fields)
            inner = ", ".join(f"{name} := {shape.converted(f'{value}.{name}', depth)}" for name, shape in told)
            return f"CASE WHEN {value} IS NOT NULL THEN struct_pack({inner}) END"
        return f"CASE WHEN {value} BETWEEN 0 AND {MAX_TIMESTAMP_MS} THEN make_timestamp_ms({value}) END"

    def wrong(self, told: Any, name: str, *, many: bool = False) -> str | None:
        """What is wrong with a value of this structure, which json_structure told; None if nothing is.

        With `many` it is the structure of several values in one.
        """
        if told == JSON_NULL or self.scalar == ANY:
            return None
        if self.item:
            return (
                self.item.wrong(told[0], f"{name}[]", many=True)
                if isinstance(told, list)
                else f"{name}: expected a list"
            )
        if self.fields:
            return self._wrong_field(told, name, many=many)
        if isinstance(told, str) and told in _TOLD_AS[self.scalar]:
            return None
        return f"{name}: expected {_IN_ENGLISH[self.scalar]}"

    def _wrong_field(self, told: Any, name: str, *, many: bool) -> str | None:
        if told == ANY and not many:  # an object without any; of many, they may be of several types
            return None
        if not isinstance(told, dict):
            return f"{name}: expected an object{', with fields' if told == ANY else ''}"
        inner = f"{name}." if name else ""
        found = (shape.wrong(told[key], f"{inner}{key}", many=many) for key, shape in self.fields if key in told)
        return next((problem for problem in found if problem), None)


def shape_of(name: str, hint: Any) -> JsonType:
    """The shape of a hint: int, str, bool, a NamedTuple, a list of these, or one of these or None; else any JSON."""
    if get_origin(hint) is UnionType:
        kinds = [kind for kind in get_args(hint) if kind is not NoneType]
        return shape_of(name, kinds[0]) if len(kinds) == 1 else JsonType(ANY)
    if get_origin(hint) is list:
        return JsonType(item=shape_of(name, get_args(hint)[0]))
    if hasattr(hint, "_fields"):
        return JsonType(fields=tuple((key, shape_of(key, kind)) for key, kind in get_type_hints(hint).items()))
    if hint is int and (name.rpartition("_")[2] == "at" or name in _TIMES):
        return JsonType(TIME)
    return JsonType(_SCALARS.get(hint, ANY))
