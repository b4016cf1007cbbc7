"""HTTP/1.1 to one endpoint, on one kept connection per thread: the standard library only.

A cloud function is frozen between two requests, and its connections die meanwhile without a word. So one that rested
for long is not used again, and one that turns out dead before a byte of the answer came is replaced by a new one at
once. By then the request may have been taken: whoever posts must be able to bear it twice.
"""

import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

from core.errors import Unavailable
from core.http_client.response import Reader, Response, ResponseTooLarge
from core.url_security import problem

_ENDPOINT = re.compile(r"(https?)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?(/[!-~]*)?", re.ASCII)
_FIELD = re.compile(r"[ -~]*", re.ASCII)
_PORTS = {"http": 80, "https": 443}
_LONGEST_REST = 10.0
"""Seconds. A new connection costs some milliseconds; waiting in vain on one that a gateway forgot costs a time-out."""


class Timeouts(NamedTuple):
    """Seconds."""

    connect: float
    """For each address, and again for each step of the TLS handshake. Looking up the name has the system's limit."""
    answer: float
    """From the first byte of the request to the last of the answer."""


class HttpConnectionPool:
    """The connections to one endpoint, such as `https://ssm.eu-west-1.amazonaws.com`. Thread-safe.

    `clock` is in UNIX seconds: the monotonic clock may stand still while a function is frozen.
    """

    def __init__(self, endpoint: str, timeouts: Timeouts, clock: Callable[[], float] = time.time) -> None:
        parts = _ENDPOINT.fullmatch(endpoint)
        if parts is None:
            raise ValueError("an endpoint is http:// or https://, a host, and perhaps a port and a path")
        scheme, name, port, path = parts.groups()
        default = _PORTS[scheme]
        self._secure = scheme == "https"
        self._address = (name.strip("[]"), int(port or default))
        self.path: str = path or "/"
        """Of the endpoint; nearly always `/`."""
        self.host: str = name.lower() + ("" if self._address[1] == default else f":{self._address[1]}")
        """As the Host header has it."""
        self._timeouts = timeouts
        self._clock = clock
        self._threads = threading.local()

    def post(self, headers: Mapping[str, str], body: bytes) -> Response:
        """To the endpoint's own path; raises as `request` does."""
        return self.request("POST", self.path, {**headers, "content-length": str(len(body))}, body)

    def get(self, path: str, headers: Mapping[str, str]) -> Response:
        """`path` is quoted already, with its query; raises as `request` does."""
        return self.request("GET", path, {"host": self.host, **headers}, b"")

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Raises OSError (TimeoutError, ConnectionError), ResponseTooLarge, or ValueError for a header."""
        if not all(_FIELD.fullmatch(value) for value in headers.values()):
            raise ValueError("a header holds what no header can")
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        request = f"{method} {path} HTTP/1.1\r\n{fields}\r\n".encode() + body
        kept = self._kept()
        if kept is not None:
            try:
                return self._exchange(kept, request)
            except (ConnectionError, ssl.SSLError):
                if kept.answering:
                    raise
        return self._exchange(_Connection(self._open()), request)

    def close(self) -> None:
        """Close this thread's connection; the next request makes another."""
        kept = self._kept()
        if kept is not None:
            kept.close()

    def _kept(self) -> "_Connection | None":
        """This thread's, which is its own no more until it has brought a whole answer; None if it rested for long."""
        kept: _Connection | None = self._threads.__dict__.pop("connection", None)
        if kept is not None and not 0 <= self._clock() - kept.rested_since <= _LONGEST_REST:
            kept.close()
            return None
        return kept

    def _exchange(self, connection: "_Connection", request: bytes) -> Response:
        """The connection is kept only after a whole answer: nothing of one may be taken for the next."""
        try:
            answer = connection.exchange(request, self._timeouts.answer)
        except BaseException:
            connection.close()
            raise
        if answer.kept:
            connection.rested_since = self._clock()
            self._threads.connection = connection
        else:
            connection.close()
        return answer

    def _open(self) -> socket.socket:
        plain = socket.create_connection(self._address, self._timeouts.connect)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _tls().wrap_socket(plain, server_hostname=self._address[0]) if self._secure else plain


def make_poster(url: str) -> Callable[[Mapping[str, str], bytes], int]:
    """Return a function that posts to WEBHOOK_URL, and returns the response's status.

    It raises OSError, and Unavailable if the URL is one that no signed delivery may be sent to.
    """
    wrong = problem(url, localstack=True)
    there = HttpConnectionPool(url if wrong is None else "https://localhost", Timeouts(connect=3.0, answer=10.0))

    def post(headers: Mapping[str, str], body: bytes) -> int:
        if wrong is not None:
            raise Unavailable(f"WEBHOOK_URL: {wrong}")
        try:
            return there.post({"host": there.host, **headers}, body).status
        except ResponseTooLarge as error:
            raise ConnectionError("the answer is too long") from error

    return post


class _Connection:
    """One connection; it is closed with the thread that it belongs to."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.rested_since = 0.0
        self.answering = False
        """Whether the answer to the latest request had begun."""

    def exchange(self, request: bytes, seconds: float) -> Response:
        reader = Reader(self._sock, seconds)
        self.answering = False
        try:
            self._sock.settimeout(reader.left())
            self._sock.sendall(request)
            return reader.answer()
        finally:
            self.answering = reader.begun

    def close(self) -> None:
        self._sock.close()

    def __del__(self) -> None:
        self.close()


@cache
def _tls() -> ssl.SSLContext:
    """Made once: it reads every certificate of the system, which takes 25 ms."""
    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)
