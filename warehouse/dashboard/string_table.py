"""JSON as small as it goes, and texts that stand in it once: everything else names their place."""

import json
from typing import Any

from core.sanitize import sanitize_text

_LONGEST = 400
"""Characters of a text; paths of records are shorter."""


def as_json(value: Any) -> str:
    """Without spaces; `<` is escaped, as HTML would see `</script` and `<!--` even in a string."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def clipped(text: str) -> str:
    """Text of a record, without control characters and of bounded length."""
    told = sanitize_text(text)
    return told if len(told) <= _LONGEST else f"{sanitize_text(told[: _LONGEST - 1])}…"  # again: a sequence may be cut


def size(told: str) -> int:
    """In bytes, with the comma after it."""
    return len(told.encode()) + 1


class Texts:
    """The texts of a page, and how many bytes they and what refers to them may still take."""

    def __init__(self, room: int) -> None:
        """`room` is in bytes."""
        self.room = room
        self._places: dict[str, int] = {}

    def told(self, rows: list[tuple[Any, ...]]) -> list[str] | None:
        """The JSON of these rows, their texts as places; None, and nothing has changed, if there is no room for all."""
        new: dict[str, int] = {}
        told = [as_json([self._place(cell, new) for cell in row]) for row in rows]
        cost = sum(size(each) for each in (*told, *map(as_json, new)))
        if cost > self.room:
            return None
        self.room -= cost
        self._places |= new
        return told

    def all(self) -> list[str]:
        """In the order of their places."""
        return list(self._places)

    def _place(self, cell: Any, new: dict[str, int]) -> Any:
        if not isinstance(cell, str):
            return cell
        text = clipped(cell)
        if text in self._places:
            return self._places[text]
        return new.setdefault(text, len(self._places) + len(new))
