"""Serves a request handler over HTTP on 127.0.0.1."""

import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from requests.structures import CaseInsensitiveDict

from fakes.google.errors import Refused, UnknownRequest


class Request(NamedTuple):
    """An HTTP request."""

    method: str
    path: str
    """Unquoted."""
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = CaseInsensitiveDict[str]()
    body: bytes = b""


class Answer(NamedTuple):
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""


Answering = Callable[[Request], Answer]
"""Raises UnknownRequest for unsupported requests, and ConnectionError to cut the connection."""
JSON = {"Content-Type": "application/json; charset=UTF-8"}


@contextmanager
def serve_http(answering: Answering, unknown: list[UnknownRequest], port: int = 0) -> Iterator[str]:
    """Serve until exit and yield host:port, by default any free port; unsupported requests are added to `unknown`."""

    class Handler(_Handler):
        def answered(self, request: Request) -> Answer:
            if self.is_of_a_page():
                self.close_connection = True
                return Answer(403, JSON, Refused("PERMISSION_DENIED", "Requests of web pages are not answered.").body)
            try:
                if "Transfer-Encoding" in request.headers:  # the body was not read, so the connection is closed
                    self.close_connection = True
                    raise UnknownRequest(f"{request.method} {request.path} in chunks")  # noqa: TRY301
                return answering(request)
            except UnknownRequest as error:
                unknown.append(error)
                return Answer(501, JSON, Refused("UNIMPLEMENTED", f"The fake has no {error}.").body)

    server = _Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # with the default of 5, a burst waits a second to reconnect

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._open: set[socket.socket] = set()

    def get_request(self) -> tuple[socket.socket, Any]:
        sock, address = super().get_request()
        self._open.add(sock)
        return sock, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for sock in tuple(self._open):  # persistent connections would be answered forever
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # send head and body together: separate writes cost 40 ms
    disable_nagle_algorithm = True

    def answered(self, request: Request) -> Answer:
        raise NotImplementedError

    def is_of_a_page(self) -> bool:
        """Return whether a web page sent the request, including by DNS rebinding.

        A browser sends `Origin` or `Sec-Fetch-Site` (https://www.w3.org/TR/fetch-metadata/), or a Host that is not this address.
        """
        port = self.connection.getsockname()[1]
        own = [[f"{name}:{port}"] for name in ("127.0.0.1", "localhost", "[::1]")]
        hosts = [value.lower() for value in self.headers.get_all("Host", [])]
        return hosts not in own or any(name.lower().startswith(("origin", "sec-fetch-")) for name in self.headers)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        headers = CaseInsensitiveDict(self.headers.items())
        content = self.rfile.read(int(headers.get("Content-Length") or 0))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        try:
            status, response_headers, body = self.answered(
                Request(self.command, unquote(parts.path), query, headers, content)
            )
        except ConnectionError:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in {**response_headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 (http.server calls these names)

    def log_message(self, *_: Any) -> None:
        """Log nothing."""
