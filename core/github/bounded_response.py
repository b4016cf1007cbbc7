"""The body of a response of GitHub, read with an end in bytes, in values and in time, also after decompression.

The arithmetic of a worker of 512 MB. Eight events are collected side by side, and the process itself takes about 120 MB. JSON of
MOST bytes becomes at most four times as many where a text has one character beyond U+FFFF, and MOST_VALUES values of at most 200
bytes each: 4 x 4 + 20 = 36 MB, and 4 MB for the body. Eight of them are 320 MB. The text of the whole body, again 16 MB, is there
for one response at a time (core/bounded_json.py). That is 120 + 320 + 16 = 456 MB, where all eight are as large as they may be.
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
"""Bytes of a response that is an error; what is beyond them is not read."""
_PIECE = 64 * 1024


class Limits(NamedTuple):
    """What is taken of one response."""

    size: int = MOST
    """Bytes, before and after decompression."""
    values: int = MOST_VALUES


USUAL = Limits()


class Unreadable(Exception):
    """The body is in an encoding that was not asked for, or is none."""


class CutShort(Unreadable):
    """The gzip has no end."""


def read_body(response: requests.Response, limits: Limits) -> None:
    """Read the body into the response, of an error no more than its beginning.

    Raises ResponseTooLarge, TimeoutError, Unreadable, OSError, urllib3's errors, and what a deadline raises.
    """
    if response.raw is None or response._content_consumed:  # type: ignore[attr-defined]  # noqa: SLF001 (of requests)
        return  # an adapter that is no HTTP, and has read it already
    most = limits.size if response.ok and not response.is_redirect else _MOST_REFUSAL
    body = bytearray()
    try:
        for piece in _decoded(response, _pieces(response, most)):
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
    response._content = bytes(body[:most])  # noqa: SLF001 (where requests itself keeps a body that it has read)
    response._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001 (likewise)


def _pieces(response: requests.Response, most: int) -> Iterator[bytes]:
    """What comes over the wire, still compressed, at most one buffer each."""
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


def _decoded(response: requests.Response, pieces: Iterator[bytes]) -> Iterator[bytes]:
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return pieces
    if encoding not in ("gzip", "x-gzip"):
        raise Unreadable("an encoding that was not asked for")
    return gunzipped(pieces)


def gunzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress gzip, in pieces of bounded size whatever it expands to; raises Unreadable where it is none, or is cut short."""
    unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)
    begun = False
    try:
        for piece in pieces:
            packed, begun = piece, True
            while packed and not unpacking.eof:
                yield unpacking.decompress(packed, _PIECE)
                packed = unpacking.unconsumed_tail
    except zlib.error:
        raise Unreadable("no gzip") from None
    while not unpacking.eof and (rest := unpacking.decompress(b"", _PIECE)):
        yield rest
    if begun and not unpacking.eof:
        raise CutShort("gzip that was cut short")


def _too_large(response: requests.Response, most: int) -> ResponseTooLarge:
    path = urllib3.util.parse_url(response.url).path
    return ResponseTooLarge(f"{response.request.method} {path}: the response is over {most:,} bytes")
