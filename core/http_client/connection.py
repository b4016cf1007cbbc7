"""HTTP/1.1 to one endpoint, on one persistent connection per thread, with the standard library only.

A frozen function's connections are closed silently, so one idle for more than 10 s is discarded, and a request that fails
on a reused connection before any response byte is retried once on a new one. Requests must therefore be idempotent: they
may be delivered twice.
"""

import encodings.idna  # noqa: F401 (getaddrinfo imports it with the first connection: a function should have it from INIT)
import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

from core.http_client.response import Reader, Response

_ENDPOINT = re.compile(r"(https?)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?(/[!-~]*)?", re.ASCII)
_FIELD = re.compile(r"[ -~]*", re.ASCII)
_PORTS = {"http": 80, "https": 443}
_LONGEST_REST = 10.0
"""Seconds. A new connection costs some milliseconds; waiting on one that a gateway has dropped costs a time-out."""


Connect = Callable[[tuple[str, int], float], socket.socket]
"""Opens a connection to a host and a port, within a time-out in seconds."""


class Timeouts(NamedTuple):
    """Time-outs in seconds."""

    connect: float
    """For each address, and again for each step of the TLS handshake. Looking up the name has the system's limit."""
    answer: float
    """From the first byte of the request to the last of the response."""


class HttpConnectionPool:
    """The connections to one endpoint, such as `https://ssm.eu-west-1.amazonaws.com`. Thread-safe.

    `clock` is in UNIX seconds: the monotonic clock may stand still while a function is frozen.
    """

    def __init__(
        self,
        endpoint: str,
        timeouts: Timeouts,
        clock: Callable[[], float] = time.time,
        connect: Connect = socket.create_connection,
    ) -> None:
        parts = _ENDPOINT.fullmatch(endpoint)
        if parts is None:
            raise ValueError("an endpoint is http:// or https://, a host, and perhaps a port and a path")
        scheme, name, port, path = parts.groups()
        default = _PORTS[scheme]
        self._secure = scheme == "https"
        self._address = (name.strip("[]"), int(port or default))
        self.path: str = path or "/"
        """The endpoint's path; nearly always `/`."""
        self.host: str = name.lower() + ("" if self._address[1] == default else f":{self._address[1]}")
        """The value of the Host header."""
        self._timeouts = timeouts
        self._clock = clock
        self._connect = connect
        self._threads = threading.local()

    def post(self, headers: Mapping[str, str], body: bytes) -> Response:
        """Post to the endpoint's own path. Raises as `request` does."""
        return self.request("POST", self.path, {**headers, "content-length": str(len(body))}, body)

    def get(self, path: str, headers: Mapping[str, str]) -> Response:
        """Get `path`, which is quoted already and includes the query. Raises as `request` does."""
        return self.request("GET", path, {"host": self.host, **headers}, b"")

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Send a request. Raises OSError (TimeoutError, ConnectionError), ResponseTooLarge, or ValueError for a header."""
        if not all(_FIELD.fullmatch(value) for value in headers.values()):
            raise ValueError("a header holds what no header can")
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        request = f"{method} {path} HTTP/1.1\r\n{fields}\r\n".encode() + body
        connection = self._reusable()
        if connection is not None:
            try:
                return self._exchange(connection, request)
            except (ConnectionError, ssl.SSLError):
                if connection.answering:
                    raise
        return self._exchange(_Connection(self._open()), request)

    def close(self) -> None:
        """Close this thread's connection; the next request opens another."""
        connection = self._reusable()
        if connection is not None:
            connection.close()

    def _reusable(self) -> "_Connection | None":
        """Take this thread's connection out of the pool; None if there is none, or if it was idle for too long."""
        connection: _Connection | None = self._threads.__dict__.pop("connection", None)
        if connection is not None and not 0 <= self._clock() - connection.rested_since <= _LONGEST_REST:
            connection.close()
            return None
        return connection

    def _exchange(self, connection: "_Connection", request: bytes) -> Response:
        """Send the request and return the response; reuse the connection only after a complete response."""
        try:
            response = connection.exchange(request, self._timeouts.answer)
        except BaseException:
            connection.close()
            raise
        if response.keep_alive:
            connection.rested_since = self._clock()
            self._threads.connection = connection
        else:
            connection.close()
        return response

    def _open(self) -> socket.socket:
        plain = self._connect(self._address, self._timeouts.connect)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _tls().wrap_socket(plain, server_hostname=self._address[0]) if self._secure else plain


class _Connection:
    """One connection; it is closed with its thread."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.rested_since = 0.0
        self.answering = False
        """Whether the response to the latest request had begun."""

    def exchange(self, request: bytes, seconds: float) -> Response:
        reader = Reader(self._sock, seconds)
        self.answering = False
        try:
            self._sock.settimeout(reader.seconds_left())
            self._sock.sendall(request)
            return reader.read_response()
        finally:
            self.answering = reader.begun

    def close(self) -> None:
        self._sock.close()

    def __del__(self) -> None:
        self.close()


@cache
def _tls() -> ssl.SSLContext:
    """Return the TLS context, created once: it reads every certificate of the system, which takes 25 ms."""
    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)
