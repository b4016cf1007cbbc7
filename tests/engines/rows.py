"""Rows of a query in one form for every engine, so that two engines' rows can be compared."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

PLACES = 6
"""Decimal places to which floats must be equal: engines add in another order."""


class Rows(NamedTuple):
    """The rows of a query: times are naive datetimes in UTC, lists are lists, structs are dicts."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def normalized(self) -> list[tuple[Any, ...]]:
        """Return the rows rounded and in an order of their own, as no statement promises one."""
        return sorted((tuple(map(normalized, row)) for row in self.rows), key=_sort_key)


def normalized(value: Any) -> Any:
    """Return a value as all engines have it: floats and decimals rounded, times without a zone, structs as dicts."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        rounded = round(value, PLACES)
        return int(rounded) if rounded == int(rounded) else rounded
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, dict):
        return {name: normalized(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [normalized(item) for item in value]
    return value


def difference(expected: Rows, found: Rows) -> str:
    """Return how the rows differ, in a few lines; nothing if they are equal."""
    if [name.lower() for name in expected.columns] != [name.lower() for name in found.columns]:
        return f"columns {found.columns}, expected {expected.columns}"
    ours, theirs = (Counter(map(repr, rows.normalized())) for rows in (expected, found))
    missing, surplus = sorted((ours - theirs).elements()), sorted((theirs - ours).elements())
    if not missing and not surplus:
        return ""
    lines = [
        f"{len(found.rows)} rows, expected {len(expected.rows)}; {len(missing)} are missing, {len(surplus)} are not expected"
    ]
    lines += [f"- {row}" for row in missing[:3]] + [f"+ {row}" for row in surplus[:3]]
    return "\n".join(lines)


def _sort_key(row: tuple[Any, ...]) -> list[tuple[bool, str]]:
    return [(value is not None, repr(value)) for value in row]
