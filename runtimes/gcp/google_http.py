"""HTTP/1.1 to one of Google's endpoints with http.client, on one persistent connection per thread.

functions-framework has loaded http.client before a function runs, so that it costs a cold start nothing. What it lacks is
here: a limit on the time of a whole response, and a limit on its size.
"""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from core.persistent_connections import Connection, PersistentConnections, Timeouts

_LONGEST = 128 * 1024
"""Bytes of a body. The longest secret version has 64 KiB, which base64 makes 88 KiB:
https://cloud.google.com/secret-manager/quotas"""


class Response(NamedTuple):
    """A response of any status."""

    status: int
    body: bytes


class ResponseTooLarge(Exception):
    """The response is over the size limit, and is not read to its end."""


class HttpEndpoint:
    """The connections to one endpoint, such as `https://pubsub.googleapis.com`. Thread-safe.

    `clock` is in UNIX seconds: the monotonic clock may stand still while an instance is frozen.
    """

    def __init__(self, url: str, timeouts: Timeouts, clock: Callable[[], float] = time.time) -> None:
        self._url = url
        self._timeouts = timeouts
        self._connections: PersistentConnections[_Connection] = PersistentConnections(clock)

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        timeouts: Timeouts | None = None,
    ) -> Response:
        """Send a request, with its own time-outs or those of all requests; `path` is quoted already.

        Raises OSError (TimeoutError, ConnectionError), http.client.HTTPException for an invalid or incomplete response,
        ResponseTooLarge, or ValueError for a header, a path or an endpoint that cannot be sent.
        """
        connect, answer = timeouts or self._timeouts
        return self._connections.exchange(
            lambda: self._open(connect), lambda connection: connection.exchange(method, path, headers, body, answer)
        )

    def close(self) -> None:
        """Close this thread's connection; the next request opens another."""
        self._connections.close()

    def _open(self, seconds: float) -> "_Connection":
        parts = urlsplit(self._url)
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "https":
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=seconds, context=_tls()
            )
        else:
            connection = http.client.HTTPConnection(host, port, timeout=seconds)
        connection.connect()
        return _Connection(connection)


class _Connection(Connection):
    def __init__(self, connection: http.client.HTTPConnection) -> None:
        super().__init__()
        self._connection = connection

    def exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, seconds: float
    ) -> Response:
        reader = _LimitedReader(self._connection.sock, time.monotonic() + seconds)
        self._connection.response_class = reader.response  # type: ignore[assignment]  # called as the class is
        self.answering = False
        try:
            self._connection.sock.settimeout(seconds)
            self._connection.request(method, path, body, dict(headers))
            response = self._connection.getresponse()
            if reader.ended:  # http.client takes what it has for the whole head
                raise http.client.IncompleteRead(b"")
            content = response.read(_LONGEST + 1)
        finally:
            self.answering = reader.begun
        if len(content) > _LONGEST:
            raise ResponseTooLarge
        if response.length:
            raise http.client.IncompleteRead(content, response.length)
        self.is_open = self._connection.sock is not None  # http.client closes it after `Connection: close`
        return Response(response.status, content)

    def close(self) -> None:
        self._connection.close()


class _LimitedReader(io.RawIOBase):
    """Reads from a socket until a time of the monotonic clock. A socket's own time-out starts again with each byte."""

    def __init__(self, sock: socket.socket, ends: float) -> None:
        self._sock = sock
        self._file = sock.makefile("rb", buffering=0)  # keeps the socket open until the body is read
        self._ends = ends
        self.begun = False
        """Whether a byte of the response has arrived."""
        self.ended = False
        """Whether the other side has ended the connection."""

    def response(self, _: object, **options: Any) -> http.client.HTTPResponse:
        """Return a response that reads from here, as http.client makes one of a socket."""
        return http.client.HTTPResponse(self, **options)  # type: ignore[arg-type]  # it calls makefile and nothing else

    def makefile(self, _: str) -> io.BufferedReader:
        """Return a buffered reader of this one."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Receive some bytes. Raises TimeoutError at the end of the time."""
        seconds = self._ends - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        self._sock.settimeout(seconds)
        count = self._file.readinto(buffer) or 0
        self.begun |= count > 0
        self.ended |= count == 0
        return count

    def close(self) -> None:
        """Release the socket."""
        self._file.close()
        super().close()


@cache
def _tls() -> ssl.SSLContext:
    """Return the TLS context, created once: it reads every certificate of the system, which takes 25 ms."""
    return ssl.create_default_context()
