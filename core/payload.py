"""Typed access to a webhook payload: what is not there is None, what is wrong says which field it is.

`event.fields("check_suite").integer("id")` is an int, or raises `Malformed("check_suite.id: …")`.
The `*_or_none` readers and `time` also accept null and absent: "GitHub did not tell".
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from core.errors import Malformed

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

Json = dict[str, Any]


def parse_json(text: str | bytes) -> Any:
    """JSON as its standard has it, without NaN; raises ValueError, also for what is nested too deeply."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def milliseconds(text: str) -> int:
    """An ISO 8601 time, with `Z` or an offset, as UNIX milliseconds; finer fractions are cut.

    Raises ValueError or OverflowError if it is no time. A time without a zone is UTC, GitHub's own.
    """
    when = datetime.fromisoformat(text)
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    return (when - _EPOCH) // _MILLISECOND


def day_of(time: int | None) -> str | None:
    """The UTC day, `YYYY-MM-DD`, of a time in UNIX milliseconds."""
    if time is None:
        return None
    return (_EPOCH + timedelta(milliseconds=time)).date().isoformat()


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")


class Fields:
    """One JSON object of a payload, and the dotted name by which an error calls it."""

    __slots__ = ("data", "name")

    def __init__(self, data: Json, name: str = "") -> None:
        self.data = data
        self.name = name

    def path(self, key: str) -> str:
        """The dotted name of one of its fields, for errors."""
        return f"{self.name}.{key}" if self.name else key

    def _wrong(self, key: str, expected: str) -> Malformed:
        found = _kind(self.data[key]) if key in self.data else "nothing"
        return Malformed(f"{self.path(key)}: expected {expected}, got {found}")

    def integer(self, key: str) -> int:
        """A whole number of any size."""
        value = self.data.get(key)
        if type(value) is not int:
            raise self._wrong(key, "a whole number")
        return value

    def integer_or_none(self, key: str) -> int | None:
        """A whole number, or None where GitHub did not tell."""
        return None if self.data.get(key) is None else self.integer(key)

    def text(self, key: str) -> str:
        """A string."""
        value = self.data.get(key)
        if type(value) is not str:
            raise self._wrong(key, "a string")
        return value

    def text_or_none(self, key: str) -> str | None:
        """A string, or None where GitHub did not tell."""
        return None if self.data.get(key) is None else self.text(key)

    def flag_or_none(self, key: str) -> bool | None:
        """A boolean, or None where GitHub did not tell."""
        value = self.data.get(key)
        if value is not None and type(value) is not bool:
            raise self._wrong(key, "a boolean")
        return value

    def time(self, key: str) -> int | None:
        """A time in UNIX milliseconds, or None where GitHub did not tell."""
        value = self.data.get(key)
        if value is None:
            return None
        try:
            return milliseconds(self.text(key))
        except (ValueError, OverflowError):
            raise Malformed(f"{self.path(key)}: expected an ISO 8601 time") from None

    def child(self, key: str) -> "Fields":
        """A JSON object."""
        value = self.data.get(key)
        if type(value) is not dict:
            raise self._wrong(key, "an object")
        return Fields(value, self.path(key))

    def child_or_none(self, key: str) -> "Fields | None":
        """A JSON object, or None where GitHub did not tell."""
        return None if self.data.get(key) is None else self.child(key)

    def children(self, key: str) -> "list[Fields]":
        """A list of JSON objects; null and absent are empty, and so is a null in it left out."""
        value = self.data.get(key)
        if value is None:
            return []
        if type(value) is not list:
            raise self._wrong(key, "a list")
        return [self._item(key, index, item) for index, item in enumerate(value) if item is not None]

    def _item(self, key: str, index: int, item: object) -> "Fields":
        name = f"{self.path(key)}[{index}]"
        if type(item) is not dict:
            raise Malformed(f"{name}: expected an object, got {_kind(item)}")
        return Fields(item, name)

    def count(self, key: str) -> int:
        """How many items a list has; null and absent are 0."""
        value = self.data.get(key)
        if value is not None and type(value) is not list:
            raise self._wrong(key, "a list")
        return len(value or ())
