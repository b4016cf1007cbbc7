"""Typed access to a webhook payload: an absent field is None, an error names its field.

`event.fields("check_suite").integer("id")` is an int, or raises `MalformedPayload("check_suite.id: …")`.
The `*_or_none` readers and `time` also accept null and absent fields, and return None for both; `time` also for a text
that is no possible time, so that one odd value costs only itself.
"""

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from core.errors import MalformedPayload

DAY = 86_400_000
"""Milliseconds."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END_OF_TIME = 253_402_300_800_000
"""UNIX ms of the year 10000, which no ISO 8601 time of four digits reaches."""

Json = dict[str, Any]


class NotFinite(ValueError):
    """A number that JSON can express and a double cannot, such as `1e999`: it could not be written as JSON again."""


def parse_json(text: str | bytes) -> Any:
    """Parse JSON as its standard defines it; of a duplicate key, the last one counts.

    Raises NotFinite, and ValueError also for NaN and Infinity, for nesting that is too deep, and for a whole number of
    more than 4,300 digits, Python's limit.
    """
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if number - number != 0:  # of an infinity this is NaN
        raise NotFinite("a number is not finite")
    return number


@lru_cache(maxsize=1024)  # a step begins when the one before it ends, and each metric of a job reads its times again
def milliseconds(text: str) -> int:
    """Convert an ISO 8601 time, with `Z` or an offset, to UNIX milliseconds; finer fractions are truncated.

    Raises ValueError or OverflowError if it is not a time. A time without a zone is UTC, as GitHub's are.
    """
    when = datetime.fromisoformat(text)
    if when.tzinfo is not UTC:
        when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    since = when - _EPOCH
    return since.days * DAY + since.seconds * 1000 + since.microseconds // 1000


def day_of(time: int | None) -> str | None:
    """Return the UTC day, `YYYY-MM-DD`, of a time in UNIX milliseconds."""
    if time is None:
        return None
    return (_EPOCH + timedelta(milliseconds=time)).date().isoformat()


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")


class Fields:
    """One JSON object of a payload, and its dotted name for errors.

    The name is built only when an error needs it: a job has dozens of steps, and nearly all are valid.
    """

    __slots__ = ("_key", "_within", "data")

    def __init__(self, data: Json, key: str | int = "", within: "Fields | None" = None) -> None:
        """Wrap an object; `key` is its key `within` another object, or its index in a list there."""
        self.data = data
        self._key = key
        self._within = within

    @property
    def name(self) -> str:
        """The dotted name; empty for the whole payload."""
        if type(self._key) is int:
            return f"{self._within.name if self._within else ''}[{self._key}]"
        return str(self._key) if self._within is None else self._within.path(str(self._key))

    def path(self, key: str) -> str:
        """Return the dotted name of a field, for errors."""
        name = self.name
        return f"{name}.{key}" if name else key

    def _wrong(self, key: str, expected: str) -> MalformedPayload:
        actual = _kind(self.data[key]) if key in self.data else "nothing"
        return MalformedPayload(f"{self.path(key)}: expected {expected}, got {actual}")

    def integer(self, key: str) -> int:
        """Return a whole number of any size. Raises MalformedPayload."""
        value = self.data.get(key)
        if type(value) is not int:
            raise self._wrong(key, "a whole number")
        return value

    def integer_or_none(self, key: str) -> int | None:
        """Return a whole number; None if it is null or absent. Raises MalformedPayload."""
        value = self.data.get(key)
        if value is not None and type(value) is not int:
            raise self._wrong(key, "a whole number")
        return value

    def text(self, key: str) -> str:
        """Return a string. Raises MalformedPayload."""
        value = self.data.get(key)
        if type(value) is not str:
            raise self._wrong(key, "a string")
        return value

    def text_or_none(self, key: str) -> str | None:
        """Return a string; None if it is null or absent. Raises MalformedPayload."""
        value = self.data.get(key)
        if value is not None and type(value) is not str:
            raise self._wrong(key, "a string")
        return value

    def flag_or_none(self, key: str) -> bool | None:
        """Return a boolean; None if it is null or absent. Raises MalformedPayload."""
        value = self.data.get(key)
        if value is not None and type(value) is not bool:
            raise self._wrong(key, "a boolean")
        return value

    def time(self, key: str) -> int | None:
        """Return a time in UNIX milliseconds; None if it is null, absent or impossible. Raises MalformedPayload.

        Impossible is text that is not a time, and a time before 1970 or after the year 9999: GitHub sends
        `0001-01-01T00:00:00Z` for a time that it does not have, and a commit has whatever date its author set.
        https://github.com/actions/actions-runner-controller/issues/4611, https://github.com/apache/devlake/issues/8536
        """
        value = self.data.get(key)
        if value is None:
            return None
        if type(value) is not str:
            raise self._wrong(key, "a string")
        try:
            time = milliseconds(value)
        except (ValueError, OverflowError):
            return None
        return time if 0 <= time < _END_OF_TIME else None

    def child(self, key: str) -> "Fields":
        """Return a JSON object. Raises MalformedPayload."""
        value = self.data.get(key)
        if type(value) is not dict:
            raise self._wrong(key, "an object")
        return Fields(value, key, self)

    def child_or_none(self, key: str) -> "Fields | None":
        """Return a JSON object; None if it is null or absent. Raises MalformedPayload."""
        value = self.data.get(key)
        if type(value) is dict:
            return Fields(value, key, self)
        if value is not None:
            raise self._wrong(key, "an object")
        return None

    def children(self, key: str) -> "list[Fields]":
        """Return a list of JSON objects, without its nulls; empty if it is null or absent. Raises MalformedPayload."""
        value = self.data.get(key)
        if value is None:
            return []
        if type(value) is not list:
            raise self._wrong(key, "a list")
        parent = Fields({}, key, self)
        for index, item in enumerate(value):
            if item is not None and type(item) is not dict:
                raise MalformedPayload(f"{self.path(key)}[{index}]: expected an object, got {_kind(item)}")
        return [Fields(item, index, parent) for index, item in enumerate(value) if item is not None]

    def count(self, key: str) -> int:
        """Return the number of items of a list; 0 if it is null or absent. Raises MalformedPayload."""
        value = self.data.get(key)
        if value is not None and type(value) is not list:
            raise self._wrong(key, "a list")
        return len(value or ())
