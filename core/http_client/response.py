"""One HTTP/1.1 answer, read from a socket with a hard end in time and in bytes.

Not http.client: with the whole of `email` behind it, its import is a fifth of a cold start (benchmarks/cold_start.py).
What is not plain HTTP/1.1 as https://www.rfc-editor.org/rfc/rfc9112 has it is refused, never guessed at.
"""

import re
import socket
import time
from typing import NamedTuple

_LONGEST = 64 * 1024
"""Bytes, of the head or of the body. The longest parameter is 8 KB."""
_STATUS = re.compile(rb"HTTP/1\.([01]) ([2-5][0-9]{2})(?: [^\r\n]*)?")
_LENGTH = re.compile(rb"[0-9]{1,10}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?")


class Response(NamedTuple):
    """What came back, whatever its status."""

    status: int
    body: bytes
    kept: bool
    """Whether the connection is good for another request."""


class IncompleteResponse(ConnectionError):
    """The connection ended before the answer did."""


class InvalidResponse(ConnectionError):
    """Something else speaks there."""


class ResponseTooLarge(Exception):
    """It is not read to its end."""


class Reader:
    """The bytes of one answer, which must be there in so many `seconds`."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock = sock
        self._ends = time.monotonic() + seconds
        self._bytes = bytearray()
        self.begun = False
        """Whether a byte of it has come."""

    def answer(self) -> Response:
        """All of it; raises OSError (TimeoutError, IncompleteResponse, InvalidResponse) or ResponseTooLarge."""
        first, *lines = self._line(b"\r\n\r\n").split(b"\r\n")
        status = _STATUS.fullmatch(first)
        fields = {name.strip().lower(): value.strip().lower() for name, _, value in (x.partition(b":") for x in lines)}
        if status is None:
            raise InvalidResponse
        body, bounded = self._body(fields)
        kept = bounded and status[1] == b"1" and fields.get(b"connection") != b"close" and not self._bytes
        return Response(int(status[2]), body, kept)

    def left(self) -> float:
        """Seconds; raises TimeoutError once there are none. A socket's own time-out begins anew with each byte."""
        seconds = self._ends - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    def _body(self, fields: dict[bytes, bytes]) -> tuple[bytes, bool]:
        """The body, and whether the answer said where it ends."""
        if b"transfer-encoding" in fields:
            if fields[b"transfer-encoding"] != b"chunked":
                raise InvalidResponse
            return self._chunks(), True
        if b"content-length" in fields:
            if not _LENGTH.fullmatch(fields[b"content-length"]):
                raise InvalidResponse
            return self._take(int(fields[b"content-length"])), True
        while self._more():
            pass
        return self._take(len(self._bytes)), False

    def _chunks(self) -> bytes:
        body = b""
        while True:
            size = _CHUNK.fullmatch(self._line(b"\r\n"))
            if size is None:
                raise InvalidResponse
            chunk = self._take(int(size[1], 16))
            if not chunk:
                break
            body += chunk
            if len(body) > _LONGEST:
                raise ResponseTooLarge
            if self._line(b"\r\n"):
                raise InvalidResponse
        while self._line(b"\r\n"):  # trailers
            pass
        return body

    def _line(self, end: bytes) -> bytes:
        """What comes before `end`, which goes with it."""
        while end not in self._bytes:
            self._need()
        line = self._take(self._bytes.index(end))
        del self._bytes[: len(end)]
        return line

    def _take(self, count: int) -> bytes:
        if count > _LONGEST:
            raise ResponseTooLarge
        while len(self._bytes) < count:
            self._need()
        taken = bytes(self._bytes[:count])
        del self._bytes[:count]
        return taken

    def _need(self) -> None:
        if not self._more():
            raise IncompleteResponse

    def _more(self) -> bool:
        """Whatever has come; False if the other side is done."""
        if len(self._bytes) > _LONGEST:
            raise ResponseTooLarge
        self._sock.settimeout(self.left())
        data = self._sock.recv(16 * 1024)
        self._bytes += data
        self.begun |= bool(data)
        return bool(data)
