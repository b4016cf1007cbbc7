"""Two transports of the fake: an adapter for `requests` without sockets, and HTTP on 127.0.0.1."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from fakes.github.server import FakeGitHub, UnknownRequest


class FakeGitHubAdapter(BaseAdapter):
    """A transport adapter for `requests` that calls the fake without sockets. Mount it for every scheme."""

    def __init__(self, fake: FakeGitHub) -> None:
        super().__init__()
        self.fake = fake

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Return the fake's response; raises UnknownRequest for another host."""
        url = request.url or ""
        if not url.startswith((f"{self.fake.api_url}/", f"{self.fake.api_url.removesuffix('/v3')}/graphql")):
            raise UnknownRequest(f"{request.method} {url}")
        parts = urlsplit(url)
        try:
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            body = request.body.encode() if isinstance(request.body, str) else request.body or b""
            answer = self.fake.answer(request.method or "", parts.path, query, request.headers, body)
        except ConnectionResetError:
            raise requests.ConnectionError("cut") from None
        except TimeoutError:
            raise requests.ReadTimeout("timeout") from None
        response = requests.Response()
        response.status_code, response.url, response.request = answer.status, url, request
        response.headers = CaseInsensitiveDict(answer.headers)
        response.encoding = requests.utils.get_encoding_from_headers(response.headers)
        response.raw = BytesIO(answer.body)
        return response

    def close(self) -> None:
        """Do nothing: there are no connections."""


@contextmanager
def serve(fake: FakeGitHub, port: int = 0) -> Iterator[str]:
    """Serve the fake over HTTP on 127.0.0.1 until exit and yield its base URL; raises UnknownRequest on exit."""
    unknown: list[UnknownRequest] = []
    stopping = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # send head and body together: separate writes cost 40 ms
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            try:
                query = dict(parse_qsl(parts.query, keep_blank_values=True))
                content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, headers, body = fake.answer(self.command, parts.path, query, dict(self.headers), content)
            except UnknownRequest as error:
                unknown.append(error)
                return self.send_error(501)
            except (ConnectionResetError, TimeoutError) as fault:
                self.close_connection = True
                if isinstance(fault, TimeoutError):
                    stopping.wait()
                return None
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            return None

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 (http.server calls these names)

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    before, fake.api_url = fake.api_url, f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake.api_url
    finally:
        fake.api_url = before
        stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()
    if unknown:
        raise unknown[0]
