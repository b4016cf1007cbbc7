"""Encode compact JSON with a string table: each text occurs once, and rows contain its index."""

import hashlib
import json
from typing import Any

from core.sanitize import sanitize_text

_MAX_LENGTH = 400
"""Maximum characters of a text; paths of records are shorter."""
_DIGEST = 8


def as_json(value: Any) -> str:
    """Encode without spaces or line breaks; a lone surrogate, which UTF-8 cannot hold, never gets here (`clipped`)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def clipped(text: str, length: int = _MAX_LENGTH) -> str:
    """Return the text of a record without control characters and of limited length.

    A cut text ends with eight digits of its SHA-256: the page finds services by their names, so two must not become one.
    """
    clean = sanitize_text(text)
    if len(clean) <= length:
        return clean
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{sanitize_text(clean[: length - 1 - _DIGEST])}…{digest}"  # again, as a sequence may have been cut


class StringTable:
    """The texts of a piece of data, in the order in which they came."""

    def __init__(self) -> None:
        """Create an empty table."""
        self._indexes: dict[str, int] = {}
        self._known: dict[str, int] = {}

    def index(self, text: str | None) -> int | None:
        """Return the index of a text, which is added if it is new; None stays None."""
        if text is None:
            return None
        if text not in self._known:  # cleaning a text takes longer than looking it up
            self._known[text] = self._indexes.setdefault(clipped(text), len(self._indexes))
        return self._known[text]

    def all(self) -> list[str]:
        """Return the texts in the order of their indexes."""
        return list(self._indexes)
