"""Encode compact JSON with a string table: each text occurs once, and rows contain its index."""

import json
from typing import Any

from core.sanitize import sanitize_text

_MAX_LENGTH = 400
"""Maximum characters of a text; paths of records are shorter."""


def as_json(value: Any) -> str:
    """Encode without spaces and with `<` escaped, because HTML recognizes `</script` and `<!--` even in a string."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def clipped(text: str) -> str:
    """Return the text of a record without control characters and of limited length."""
    clean = sanitize_text(text)
    if len(clean) <= _MAX_LENGTH:
        return clean
    return f"{sanitize_text(clean[: _MAX_LENGTH - 1])}…"  # again, as a sequence may have been cut


def size(encoded: str) -> int:
    """Return the size in bytes, with the comma that follows."""
    return len(encoded.encode()) + 1


class StringTable:
    """The texts of a page, and the bytes that they and their rows may still use."""

    def __init__(self, budget: int) -> None:
        """Create an empty table; `budget` is in bytes."""
        self.budget = budget
        self._indexes: dict[str, int] = {}

    def encode(self, rows: list[tuple[Any, ...]]) -> list[str] | None:
        """Return the JSON of these rows with texts as indexes; None, without any change, if they exceed the budget."""
        new: dict[str, int] = {}
        encoded = [as_json([self._index(cell, new) for cell in row]) for row in rows]
        cost = sum(size(text) for text in (*encoded, *map(as_json, new)))
        if cost > self.budget:
            return None
        self.budget -= cost
        self._indexes |= new
        return encoded

    def all(self) -> list[str]:
        """Return the texts in the order of their indexes."""
        return list(self._indexes)

    def _index(self, cell: Any, new: dict[str, int]) -> Any:
        if not isinstance(cell, str):
            return cell
        text = clipped(cell)
        if text in self._indexes:
            return self._indexes[text]
        return new.setdefault(text, len(self._indexes) + len(new))
