"""Reads the body of GitHub's responses with limits in bytes, values and time, also after decompression.

The memory of a worker of 512 MB: eight events are collected concurrently, and the process itself takes about 120 MB. JSON of
MOST bytes takes at most four times as many if a text has one character beyond U+FFFF, and MOST_VALUES values take at most 200
bytes each: 4 x 4 + 20 = 36 MB, and 4 MB for the body. Eight of them are 320 MB. The text of the complete body, 16 MB, is in
memory for one response at a time (core/bounded_json.py). That is 120 + 320 + 16 = 456 MB if all eight are at the limit.
"""

import time
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import requests
import urllib3

from core import deadline
from core.bounded_json import MOST_VALUES
from core.errors import ResponseTooLarge
from core.github.session import LONGEST_RESPONSE

MOST = 4 * 1024 * 1024
"""Bytes of a response. GitHub's own limits for a diff, 1 MB in all, keep a page of a hundred files below it.
https://docs.github.com/en/repositories/creating-and-managing-repositories/repository-limits"""
MOST_FILE = 2 * 1024 * 1024
"""Bytes of a file in a source repository. GitHub lists files of up to 100 MB; a package.json has some kilobytes."""
_MOST_REFUSAL = 64 * 1024
"""Bytes of an error response; the rest is not read."""
_PIECE = 64 * 1024


class Limits(NamedTuple):
    """The limits of one response."""

    size: int = MOST
    """Bytes, before and after decompression."""
    values: int = MOST_VALUES


USUAL = Limits()


class Unreadable(Exception):
    """The body is in an encoding that was not requested, or is not in its encoding."""


class CutShort(Unreadable):
    """The gzip is truncated."""


def read_body(response: requests.Response, limits: Limits) -> None:
    """Read the body into the response; of an error response only the beginning.

    Raises ResponseTooLarge, TimeoutError, Unreadable, OSError, urllib3's errors, and the error of a deadline.
    """
    if response.raw is None or response._content_consumed:  # type: ignore[attr-defined]  # noqa: SLF001 (no public API in requests)
        return  # an adapter other than HTTP has read it already
    most = limits.size if response.ok and not response.is_redirect else _MOST_REFUSAL
    body = bytearray()
    try:
        for piece in _decode(response, _pieces(response, most)):
            body += piece
            if len(body) > most:
                break
    except BaseException:
        response.close()
        raise
    if len(body) > most:
        response.close()
        if most != _MOST_REFUSAL:
            raise _too_large(response, most)
    response._content = bytes(body[:most])  # noqa: SLF001 (where requests itself stores a body that it has read)
    response._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001 (no public API in requests)


def _pieces(response: requests.Response, most: int) -> Iterator[bytes]:
    """Yield the compressed bytes as received, at most one buffer at a time."""
    ends = time.monotonic() + LONGEST_RESPONSE
    raw, size = response.raw, 0
    read: Callable[[int], bytes] = getattr(raw, "read1", raw.read)
    while piece := read(_PIECE):
        yield piece
        size += len(piece)
        if size > most + _PIECE:
            raise _too_large(response, most)
        deadline.check(f"{response.request.method} a response of {size} bytes so far")
        if time.monotonic() > ends:
            raise TimeoutError


def _decode(response: requests.Response, pieces: Iterator[bytes]) -> Iterator[bytes]:
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return pieces
    if encoding not in ("gzip", "x-gzip"):
        raise Unreadable("an encoding that was not requested")
    return gunzip(pieces)


def gunzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress gzip in pieces of bounded size. Raises Unreadable if it is not gzip, and CutShort if it is truncated."""
    unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)
    begun = False
    try:
        for piece in pieces:
            packed, begun = piece, True
            while packed and not unpacking.eof:
                yield unpacking.decompress(packed, _PIECE)
                packed = unpacking.unconsumed_tail
    except zlib.error:
        raise Unreadable("not gzip") from None
    while not unpacking.eof and (rest := unpacking.decompress(b"", _PIECE)):
        yield rest
    if begun and not unpacking.eof:
        raise CutShort("truncated gzip")


def _too_large(response: requests.Response, most: int) -> ResponseTooLarge:
    path = urllib3.util.parse_url(response.url).path
    return ResponseTooLarge(f"{response.request.method} {path}: the response is over {most:,} bytes")
