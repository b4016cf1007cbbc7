"""HTTP/1.1 to one endpoint, on one persistent connection per thread, with the standard library only."""

import encodings.idna  # noqa: F401 (getaddrinfo imports it with the first connection: a function should have it from INIT)
import os
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from functools import cache

from core.http_client.response import Reader, Response
from core.persistent_connections import Connection, PersistentConnections, Timeouts

_ENDPOINT = re.compile(r"(https?)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?(/[!-~]*)?", re.ASCII)
_FIELD = re.compile(r"[ -~]*", re.ASCII)
_PORTS = {"http": 80, "https": 443}

Connect = Callable[[tuple[str, int], float], socket.socket]
"""Opens a connection to a host and a port, within a time-out in seconds."""


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
        self._connect = connect
        self._connections: PersistentConnections[_Connection] = PersistentConnections(clock)

    def post(self, headers: Mapping[str, str], body: bytes, timeouts: Timeouts | None = None) -> Response:
        """Post to the endpoint's own path. Raises as `request` does."""
        return self.request("POST", self.path, {**headers, "content-length": str(len(body))}, body, timeouts)

    def get(self, path: str, headers: Mapping[str, str]) -> Response:
        """Get `path`, which is quoted already and includes the query. Raises as `request` does."""
        return self.request("GET", path, {"host": self.host, **headers}, b"")

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, timeouts: Timeouts | None = None
    ) -> Response:
        """Send a request, with its own time-outs or those of all requests.

        Raises OSError (TimeoutError, ConnectionError), ResponseTooLarge, or ValueError for a header.
        """
        if not all(_FIELD.fullmatch(value) for value in headers.values()):
            raise ValueError("a header holds a character that it must not contain")
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        request = f"{method} {path} HTTP/1.1\r\n{fields}\r\n".encode() + body
        connect, answer = timeouts or self._timeouts
        return self._connections.exchange(
            lambda: self._open(connect), lambda connection: connection.exchange(request, answer)
        )

    def close(self) -> None:
        """Close this thread's connection; the next request opens another."""
        self._connections.close()

    def _open(self, seconds: float) -> "_Connection":
        plain = self._connect(self._address, seconds)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _Connection(_tls().wrap_socket(plain, server_hostname=self._address[0]) if self._secure else plain)


class _Connection(Connection):
    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self._sock = sock

    def exchange(self, request: bytes, seconds: float) -> Response:
        reader = Reader(self._sock, seconds)
        self.answering = False
        try:
            self._sock.settimeout(reader.seconds_left())
            self._sock.sendall(request)
            response = reader.read_response()
        finally:
            self.answering = reader.begun
        self.is_open = response.keep_alive
        return response

    def close(self) -> None:
        self._sock.close()


@cache
def _tls() -> ssl.SSLContext:
    """Return the TLS context, created once: it reads every certificate of the system, which takes 25 ms."""
    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)
