"""Section 0: a value is known, inferred or unknown. Unknown is never zero."""

from collections.abc import Iterable
from typing import NamedTuple

KNOWN, INFERRED, UNKNOWN = "known", "inferred", "unknown"
ORDER = (KNOWN, INFERRED, UNKNOWN)
HOUR = 3_600_000

Key = tuple[str, str, str]
"""Service, environment (empty: the whole service), item."""


class Item(NamedTuple):
    """One item of a measure. Durations are milliseconds, shares 0 or 1."""

    value: float | None
    """None: unknown."""
    certainty: str
    reason: str = ""


def known(value: float, reason: str = "") -> Item:
    """Return a known item."""
    return Item(value, KNOWN, reason)


def unknown(reason: str) -> Item:
    """Return an item without a value."""
    return Item(None, UNKNOWN, reason)


def item(value: float, certainty: str, reason: str = "") -> Item:
    """Return an item; of an unknown certainty it has no value."""
    return Item(None if certainty == UNKNOWN else value, certainty, reason)


def worst(certainties: Iterable[str]) -> str:
    """Return the least certain one; known if there is none."""
    return max(certainties, key=ORDER.index, default=KNOWN)


def best(certainties: Iterable[str]) -> str:
    """Return the most certain one: one known sign is enough."""
    return min(certainties, key=ORDER.index)
