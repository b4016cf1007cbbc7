"""Define what the ingest needs of an engine's SQL: JSON functions, types, lists and times, as templates of `str.format`.

A value is an expression of JSON and the path of a key in it. If it is missing, it is SQL's NULL; a JSON null may be either. No
template may fail on a value of another type, because no engine promises to evaluate the branches of a CASE in order.
The templates of conditions read a value once: the code that Spark makes of a statement has a limit.
"""

from collections.abc import Sequence
from typing import NamedTuple

from warehouse.schema.columns import BOOLEAN, JSON, TIMESTAMP, VARCHAR
from warehouse.schema.json_types import JsonType


class Value(NamedTuple):
    """A value of JSON."""

    json: str
    """An expression."""
    path: str = "$"
    """The path of keys in it, of letters, digits and underscores."""

    def key(self, name: str) -> "Value":
        """Return the value of a key."""
        return self._replace(path=f"{self.path}.{name}")


class JsonFunctions(NamedTuple):
    """The SQL of one engine. `{json}` and `{path}` are those of a value, `{items}` and `{text}` are expressions, `{item}` is a name."""

    dialect: str
    """The engine's name in sqlglot."""
    types: dict[str, str]
    """The engine's types by DuckDB's; one of JSON is its text."""
    fact_time: str
    """The type of a time in a table of facts."""
    list_type: str
    """The type of a list of `{type}`."""
    struct_type: tuple[str, str]
    """The type of a struct of `{fields}`, and each of its fields, a `{name}` and a `{type}`."""
    identifier: str
    """A quoted `{name}`."""
    escapes: tuple[tuple[str, str], ...]
    """What is replaced in a literal between single quotes, in order."""
    parsed: str
    """The JSON of `{text}`; NULL if it is not one whole value."""
    is_null: str
    """Whether a value is missing or null: never NULL."""
    is_other: str
    """Whether a value is there, and none of `{kinds}`, which is an entry of `kinds`."""
    kinds: dict[str, str]
    """What `is_other` needs for `object`, `array`, and DuckDB's types; a whole number has at most 20 digits."""
    elements: str
    """The list of an array's values; NULL for another value."""
    first_of: str
    """The first `{value}` that is not NULL of an `{item}` of the list `{items}`; NULL if there is none."""
    converted: str
    """The list of `{value}` of each `{item}` of `{items}`."""
    integer: str
    """A whole number; NULL if it is larger than a signed one of 64 bits."""
    number: str
    """A whole number of at most 20 digits."""
    string: str
    boolean: str
    json_text: str
    """A value as JSON text; NULL for null."""
    struct: tuple[str, str]
    """A struct of `{fields}` of a `{type}`, and each of its fields: a `{name}`, the name as `{text}`, and a `{value}`."""
    time: str
    """The time in UTC, without a zone, of `{milliseconds}` since 1970, until the year 9999."""
    try_date: str
    """A `{text}`, YYYY-MM-DD, as a date; NULL if it is none."""
    a_day_ahead: str
    """The time in UTC, without a zone, of a day from now."""
    byte_length: str
    """The bytes of `{text}` in UTF-8."""
    part: str
    """The `{number}`th part of `{text}` between hyphens (`{offset}` is one less); NULL or empty if there is none."""
    try_integer: str
    """A `{text}` as a whole number; NULL if it is none."""
    list_of: str
    """A list of `{texts}`, which are separated by commas."""
    concatenation: tuple[str, str]
    """One list of `{lists}`, and what separates them."""
    contains: str
    """Whether the list `{items}` has `{text}`."""

    def fact_type_of(self, shape: JsonType) -> str:
        """Return the engine's type for a shape in a table of facts."""
        return self._replace(types={**self.types, TIMESTAMP: self.fact_time}).type_of(shape)

    def type_of(self, shape: JsonType) -> str:
        """Return the engine's type for a shape."""
        if shape.item:
            return self.list_type.format(type=self.type_of(shape.item))
        if not shape.fields:
            return self.types[shape.scalar]
        whole, each = self.struct_type
        fields = (each.format(name=self.quoted(name), type=self.type_of(field)) for name, field in shape.fields)
        return whole.format(fields=", ".join(fields))

    def quoted(self, name: str) -> str:
        """Return a name as an identifier."""
        return self.identifier.format(name=name)

    def literal(self, text: str) -> str:
        """Return a string as a literal."""
        for old, new in self.escapes:
            text = text.replace(old, new)
        return f"'{text}'"

    def is_missing(self, value: Value) -> str:
        """Return the condition that a value is missing or null."""
        return self.is_null.format(**value._asdict())

    def is_no(self, kind: str, value: Value) -> str:
        """Return the condition that a value is there and of another kind: one of `kinds`."""
        return self.is_other.format(kinds=self.kinds[kind], **value._asdict())

    def of(self, scalar: str, value: Value) -> str:
        """Return the SQL value of a scalar (DuckDB's type): a time as milliseconds, other JSON as text."""
        templates = {VARCHAR: self.string, BOOLEAN: self.boolean, JSON: self.json_text}
        return templates.get(scalar, self.integer).format(**value._asdict())

    def number_of(self, value: Value) -> str:
        """Return a whole number that may be larger than 64 bits."""
        return self.number.format(**value._asdict())

    def first_element(self, array: Value, item: str, value: str) -> str:
        """Return the first value that is not NULL of the items (their name) of an array."""
        return self.first_of.format(items=self.elements.format(**array._asdict()), item=item, value=value)

    def each_element(self, array: Value, item: str, value: str) -> str:
        """Return the list of a value of each item (its name) of an array."""
        return self.converted.format(items=self.elements.format(**array._asdict()), item=item, value=value)

    def struct_of(self, fields: Sequence[tuple[str, str]], shape: JsonType) -> str:
        """Return a struct of names and values."""
        whole, each = self.struct
        inner = (each.format(name=self.quoted(name), text=self.literal(name), value=value) for name, value in fields)
        return whole.format(fields=", ".join(inner), type=self.type_of(shape))

    def texts(self, *texts: str) -> str:
        """Return a list of texts."""
        return self.list_of.format(texts=", ".join(texts))

    def joined(self, *lists: str) -> str:
        """Return one list of the items of all lists."""
        whole, separator = self.concatenation
        return whole.format(lists=separator.join(lists)) if len(lists) > 1 else lists[0]

    def concat(self, *texts: str) -> str:
        """Return one text; a NULL is empty."""
        empty = self.literal("")
        return f"CONCAT({', '.join(f'COALESCE({text}, {empty})' for text in texts)})"
