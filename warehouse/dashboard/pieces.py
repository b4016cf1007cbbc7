"""Compress the page's data in pieces: what a piece takes in a page is known before the pages are laid out.

A page's data is one stream: its pieces one after another, each a line of JSON, and an end. Each piece ends at a byte's end
and refers to no other (zlib's full flush, https://www.zlib.net/manual.html), so it is compressed once for all pages.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

from warehouse.dashboard.string_table import as_json

_Part = TypeVar("_Part")
_LEVEL, _RAW = 9, -15
_END = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW).flush()
"""An empty last block."""


Span = tuple[int, int]
"""When the oldest and the newest of some items happened."""


class Piece(NamedTuple):
    """Data of one service."""

    service: str
    rank: int
    """Pieces of a lower rank are placed first."""
    content: bytes
    numbers: int = 0
    items: int = 0
    span: Span | None = None
    """Of evidence with known times."""


def compress(kind: str, service: str, content: Any, span: Span | None = None) -> bytes:
    """Return a compressed line: its kind, its service and its span can be read without its content, which may be large."""
    cells = (kind, as_json(service), as_json(span), as_json(content))
    encoder = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    return encoder.compress("\t".join(cells).encode() + b"\n") + encoder.flush(zlib.Z_FULL_FLUSH)


def split(parts: list[_Part], piece: Callable[[list[_Part]], Piece], limit: int) -> Iterator[Piece]:
    """Yield one piece of all parts, or several in their order if one is larger than `limit` bytes."""
    whole = piece(parts)
    if len(whole.content) <= limit or len(parts) == 1:
        yield whole
        return
    middle = len(parts) // 2
    yield from split(parts[:middle], piece, limit)
    yield from split(parts[middle:], piece, limit)


def stream(contents: Iterable[bytes]) -> bytes:
    """Return compressed lines as one stream of raw DEFLATE (RFC 1951)."""
    return b"".join(contents) + _END
