"""A proxy before an emulator that loses responses: the caller cannot know that its request was performed."""

import http.client
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from runtimes.local.emulator.credentials import Credentials
from tests.environment import PATIENCE

_SCOPE = re.compile(r"Credential=[^/]+/[^/]+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_NOT_COPIED = {"authorization", "connection", "content-length", "host", "keep-alive", "transfer-encoding", "x-amz-date"}


class Request(NamedTuple):
    """One request that was performed."""

    service: str
    action: str
    """Of the JSON and query protocols; else method and path, such as `POST /2015-03-31/functions`."""
    invocation: str
    """`amz-sdk-invocation-id`: the same for all attempts of one call."""
    status: int
    """That the emulator answered."""

    @property
    def creates(self) -> bool:
        """Whether it created something; a repeated update or deletion is no conflict."""
        return self.status < 300 and re.match(r"(POST|PUT) |Create|Put|Add|Attach", self.action) is not None


class Response(NamedTuple):
    """What the emulator answered."""

    status: int
    headers: list[tuple[str, str]]
    content: bytes


class LossyProxy:
    """What answers at `url`, on behalf of an emulator and with its root credentials."""

    url = ""

    def __init__(self, behind: str, root: Credentials, loses: Callable[[Request], bool]) -> None:
        """`loses` a performed request's response; asked at the first attempt of each call only."""
        self.target = urlsplit(behind).netloc
        self.root = root
        self.loses = loses
        self.requests: list[Request] = []
        self.lost: list[Request] = []
        self._lock = threading.Lock()

    def is_lost(self, request: Request) -> bool:
        """Record a performed request; whether its response does not go back to the caller."""
        with self._lock:
            first = all(request.invocation != other.invocation for other in self.requests)
            self.requests.append(request)
            lost = bool(first and request.invocation and self.loses(request))
            if lost:
                self.lost.append(request)
            return lost

    def perform(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Sign the request for the emulator's own address, which its guard asks for, and send it on."""
        copied = {name: value for name, value in headers.items() if name.lower() not in _NOT_COPIED}
        request = AWSRequest(method, f"http://{self.target}{path}", copied, body)
        if scope := _SCOPE.search(headers.get("Authorization", "")):
            sign = S3SigV4Auth if scope["service"] == "s3" else SigV4Auth
            sign(BotoCredentials(*self.root), scope["service"], scope["region"]).add_auth(request)
        with closing(http.client.HTTPConnection(self.target, timeout=PATIENCE)) as connection:
            connection.request(method, path, body, dict(request.headers.items()))
            response = connection.getresponse()
            return Response(response.status, response.getheaders(), response.read())


@contextmanager
def lossy(behind: str, root: Credentials, loses: Callable[[Request], bool]) -> Iterator[LossyProxy]:
    proxy = LossyProxy(behind, root, loses)

    class Handler(_Handler):
        pass

    Handler.proxy = proxy
    server = _Server(("127.0.0.1", 0), Handler)
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A killed client's connection is reset."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    proxy: LossyProxy

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            response = self.proxy.perform(self.command, self.path, dict(self.headers.items()), body)
        except (OSError, http.client.HTTPException):
            self.close_connection = True
            return
        scope = _SCOPE.search(self.headers.get("Authorization", ""))
        invocation = self.headers.get("amz-sdk-invocation-id", "")
        request = Request(scope["service"] if scope else "", self._action(body), invocation, response.status)
        if self.proxy.is_lost(request):
            self.close_connection = True
            return
        self.send_response_only(response.status)
        for name, value in response.headers:
            if name.lower() not in _NOT_COPIED or (self.command == "HEAD" and name.lower() == "content-length"):
                self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(response.content)))
        self.end_headers()
        self.wfile.write(response.content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815 (http.server's own names)

    def _action(self, body: bytes) -> str:
        if named := self.headers.get("X-Amz-Target"):
            return str(named).rpartition(".")[2]
        form = self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
        action = parse_qs(body.decode()).get("Action") if form else None
        return action[0] if action else f"{self.command} {self.path}"

    def log_message(self, *_: object) -> None:
        return
