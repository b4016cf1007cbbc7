"""Parses third-party JSON only if the number of its values is limited, so that it cannot exhaust the memory of a process.

Three bytes of JSON (`{},`) become 72 bytes of memory, so a limit in bytes alone would have to be very low.
"""

import re
import threading
from typing import Any

from core.errors import ResponseTooLarge
from core.payload import parse_json

MOST_VALUES = 100_000
"""A page of a hundred pull requests has some 40,000."""
_SMALL = 128 * 1024
"""Bytes whose values need not be counted: they take at most 4 MB."""
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_PARSING = threading.Lock()
"""Held while parsing, so that the text of only one response is in memory at a time."""


def bounded_json(body: bytes, most_values: int = MOST_VALUES) -> Any:
    """Parse JSON in UTF-8. Raises ValueError if it is not JSON, and ResponseTooLarge if it has more values."""
    if len(body) > _SMALL and _has_more_values(body, most_values):
        raise ResponseTooLarge(f"more than {most_values:,} values")
    with _PARSING:
        return parse_json(body.decode("utf-8-sig"))


def _has_more_values(body: bytes, most: int) -> bool:
    """Return whether JSON has more than `most` values, by counting separators before the values take any memory."""
    if _separators(body, 0, len(body)) <= most:  # even with those within strings
        return False
    count = position = 0
    for number, string in enumerate(_STRING.finditer(body)):
        count += _separators(body, position, string.start())
        position = string.end()
        if count > most or number > 4 * most:  # no JSON has more than a key and a value for each
            return True
    return count + _separators(body, position, len(body)) > most


def _separators(body: bytes, start: int, end: int) -> int:
    if end - start < 3:  # the `":` after a key costs no call
        return sum(byte in b",[{" for byte in body[start:end])
    return body.count(b",", start, end) + body.count(b"[", start, end) + body.count(b"{", start, end)
