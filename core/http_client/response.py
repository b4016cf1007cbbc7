"""Reads one HTTP/1.1 response from a socket, with hard limits in time and in bytes.

Not http.client: it imports `email`, which takes a fifth of a cold start (benchmarks/cold_start.py). Anything that is not
plain HTTP/1.1 as of https://www.rfc-editor.org/rfc/rfc9112 is rejected.
"""

import re
import socket
import time
from collections.abc import Callable
from typing import NamedTuple

_LONGEST = 64 * 1024
"""Bytes, of the head or of the body. The longest parameter is 8 KB."""
_STATUS = re.compile(rb"HTTP/1\.([01]) ([2-5][0-9]{2})(?: [^\r\n]*)?")
_LENGTH = re.compile(rb"[0-9]{1,10}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?")


class Response(NamedTuple):
    """A response of any status."""

    status: int
    body: bytes
    keep_alive: bool
    """Whether the connection can be used for another request."""


class IncompleteResponse(ConnectionError):
    """The connection was closed before the end of the response."""


class InvalidResponse(ConnectionError):
    """The response is not HTTP/1.1."""


class ResponseTooLarge(Exception):
    """The response is over the size limit, and is not read to its end."""


class Reader:
    """Reads one response, which must be complete within `seconds`."""

    def __init__(self, sock: socket.socket, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._sock = sock
        self._monotonic = monotonic
        self._ends = monotonic() + seconds
        self._bytes = bytearray()
        self.begun = False
        """Whether a byte of the response has arrived."""

    def read_response(self) -> Response:
        """Read the response. Raises OSError (TimeoutError, IncompleteResponse, InvalidResponse) or ResponseTooLarge."""
        first, *lines = self._line(b"\r\n\r\n").split(b"\r\n")
        status = _STATUS.fullmatch(first)
        fields = {name.strip().lower(): value.strip().lower() for name, _, value in (x.partition(b":") for x in lines)}
        if status is None:
            raise InvalidResponse
        body, bounded = self._body(fields)
        keep_alive = bounded and status[1] == b"1" and fields.get(b"connection") != b"close" and not self._bytes
        return Response(int(status[2]), body, keep_alive)

    def seconds_left(self) -> float:
        """Return the remaining seconds. Raises TimeoutError at 0. A socket's own time-out restarts with each byte."""
        seconds = self._ends - self._monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    def _body(self, fields: dict[bytes, bytes]) -> tuple[bytes, bool]:
        """Return the body, and whether the response declared its length."""
        if b"transfer-encoding" in fields:
            if fields[b"transfer-encoding"] != b"chunked":
                raise InvalidResponse
            return self._chunks(), True
        if b"content-length" in fields:
            if not _LENGTH.fullmatch(fields[b"content-length"]):
                raise InvalidResponse
            return self._consume(int(fields[b"content-length"])), True
        while self._receive():
            pass
        return self._consume(len(self._bytes)), False

    def _chunks(self) -> bytes:
        body = b""
        while True:
            size = _CHUNK.fullmatch(self._line(b"\r\n"))
            if size is None:
                raise InvalidResponse
            chunk = self._consume(int(size[1], 16))
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
        """Return the bytes before `end`, and consume both."""
        while end not in self._bytes:
            self._fill()
        line = self._consume(self._bytes.index(end))
        del self._bytes[: len(end)]
        return line

    def _consume(self, count: int) -> bytes:
        if count > _LONGEST:
            raise ResponseTooLarge
        while len(self._bytes) < count:
            self._fill()
        taken = bytes(self._bytes[:count])
        del self._bytes[:count]
        return taken

    def _fill(self) -> None:
        if not self._receive():
            raise IncompleteResponse

    def _receive(self) -> bool:
        """Receive more bytes; return False if the other side has closed the connection."""
        if len(self._bytes) > _LONGEST:
            raise ResponseTooLarge
        self._sock.settimeout(self.seconds_left())
        data = self._sock.recv(16 * 1024)
        self._bytes += data
        self.begun |= bool(data)
        return bool(data)
