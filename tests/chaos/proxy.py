"""An HTTP proxy that does to requests what networks and busy servers do, by a seed, and counts what it did."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import formatdate
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from tests.chaos.lists import Lists
from tests.chaos.odd_github import NOT_FOUND, SHORT, shorten

_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "host", "content-length", "date", "server"})
"""Not passed on: https://www.rfc-editor.org/rfc/rfc9110#field.connection"""


class Refusal(NamedTuple):
    """An answer of the proxy's own."""

    status: int
    headers: Mapping[str, str]
    body: bytes


_TOO_MANY = b'{"message":"You have exceeded a secondary rate limit"}'
REFUSALS = {
    "500": Refusal(500, {}, b'{"message":"Server Error"}'),
    "502 as HTML": Refusal(502, {"Content-Type": "text/html"}, b"<html>Unicorn!</html>"),
    "429": Refusal(429, {"Retry-After": "1"}, _TOO_MANY),
    "403 rate limit": Refusal(403, {"Retry-After": "1"}, _TOO_MANY),
    "409": Refusal(409, {}, b'{"message":"Conflict"}'),
    NOT_FOUND: Refusal(404, {}, b'{"message":"Not Found"}'),
    "422": Refusal(422, {}, b'{"message":"Reference update failed"}'),
}
QUERY = "GraphQL"
"""In place of the method of a GraphQL query."""
DELAY, DROP, LOST, TWICE, CUT = "delayed", "cut before", "cut after", "sent twice", "JSON cut"
"""CUT: the answer of a success ends in the middle, and its Content-Length is right for what is there."""


class Plan(NamedTuple):
    """How often what happens, of all requests."""

    chances: Mapping[str, float]
    writes_only: frozenset[str] = frozenset({"409", "422"})
    reads_only: frozenset[str] = frozenset({NOT_FOUND})

    def excluded(self, method: str) -> frozenset[str]:
        """Return what happens to no request of the method: a query of GraphQL has none of the errors of REST."""
        if method == QUERY:
            return self.writes_only | self.reads_only
        return self.writes_only if method == "GET" else self.reads_only


FRONT = Plan({DELAY: 0.05, DROP: 0.02, LOST: 0.03, TWICE: 0.03, "500": 0.02, "502 as HTML": 0.01})
QUEUE = Plan({DELAY: 0.03, DROP: 0.02, LOST: 0.02, TWICE: 0.02, CUT: 0.01, "500": 0.02})
GITHUB = Plan(
    {
        DELAY: 0.05,
        DROP: 0.03,
        LOST: 0.03,
        CUT: 0.015,
        "500": 0.03,
        "502 as HTML": 0.01,
        "429": 0.005,
        "403 rate limit": 0.005,
        "409": 0.03,
        "422": 0.03,
        NOT_FOUND: 0.05,
    }
)
LISTS = Plan({})
"""To GitHub, for the jobs: its lists have faults of their own."""


class Chaos:
    """What one proxy does; it stops doing it when it is told to rest."""

    def __init__(self, name: str, plan: Plan, seed: int, *, lists: Lists | None = None) -> None:
        """`lists`: what it does to lists, also while it rests."""
        self.name = name
        self.lists = lists
        self.clock: Callable[[], float] = time.time
        """What the Date of its answers says (UNIX s)."""
        self.resting = False
        self.done: Counter[str] = Counter()
        self._plan = plan
        self._seed = seed
        self._chance = random.Random(f"{seed} {name}")
        self._lock = threading.Lock()

    def cut(self, body: bytes) -> bytes:
        """Return the beginning of a JSON object or list: never valid JSON."""
        with self._lock:
            return body[: self._chance.randrange(1, len(body.rstrip()))] if len(body.rstrip()) > 1 else body

    def path(self, path: str) -> str:
        """Return the path to request, of some lists for shorter pages, also while it rests."""
        shorter = shorten(path, self._seed)
        self.done[SHORT] += shorter != path
        return shorter

    def next(self, method: str) -> str | None:
        """What happens to the next request."""
        with self._lock:
            if self.resting:
                return None
            drawn = self._chance.random()
            for name, share in self._plan.chances.items():
                drawn -= share
                if drawn < 0:
                    if name in self._plan.excluded(method):
                        return None
                    self.done[name] += 1
                    return name
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, upstream: str, chaos: Chaos) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream, self.chaos = upstream, chaos


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 60

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.chaos.next(QUERY if self.path.endswith("/graphql") else self.command)
        if fault == DELAY:
            time.sleep(0.15)
        if fault == DROP:
            self.close_connection = True
        elif fault in REFUSALS:
            self._tell(*REFUSALS[fault])
        else:
            self._pass(body, fault)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 (names that http.server looks for)

    def _pass(self, body: bytes, fault: str | None) -> None:
        path = self.server.chaos.path(self.path)
        try:
            answer = _passed(self.server.upstream, self.command, path, self.headers, body)
            if fault == TWICE:
                answer = _passed(self.server.upstream, self.command, path, self.headers, body)
        except (OSError, HTTPException):
            answer = Refusal(502, {"Content-Type": "text/html"}, b"<html>nobody is there</html>")
        answer = self._changed(answer, fault)
        if fault == LOST:
            self.close_connection = True
        else:
            self._tell(*answer)

    def _changed(self, answer: Refusal, fault: str | None) -> Refusal:
        chaos, body = self.server.chaos, answer.body
        if answer.status // 100 != 2 or "json" not in answer.headers.get("Content-Type", ""):
            return answer
        link = answer.headers.get("Link", "")
        if chaos.lists is not None and self.command == "GET":
            body = chaos.lists.change(self.path, body, has_next='rel="next"' in link)
        if fault == CUT:
            body = chaos.cut(body)
        here = f"http://127.0.0.1:{self.server.server_port}"
        links = {"Link": link.replace(f"http://{self.server.upstream}", here)} if link else {}
        return Refusal(answer.status, {**answer.headers, **links}, body)

    def _tell(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response_only(status)
        own = {"Content-Length": str(len(body)), "Date": formatdate(self.server.chaos.clock(), usegmt=True)}
        for name, value in {**headers, **own}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def finish(self) -> None:
        with suppress(OSError):  # whoever asked was killed
            super().finish()

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:  # whoever asked was killed
            self.close_connection = True


@contextmanager
def between(upstream: str, chaos: Chaos) -> Iterator[str]:
    """A proxy before an address such as 127.0.0.1:80; its own address."""
    server = _Server(upstream, chaos)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _passed(upstream: str, method: str, path: str, headers: Any, body: bytes) -> Refusal:
    forwarded = {name: value for name, value in headers.items() if name.lower() not in _HOP}
    connection = HTTPConnection(upstream, timeout=30)
    try:
        connection.request(method, path, body or None, {**forwarded, "Host": upstream})
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    passed = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
    return Refusal(answer.status, passed, content)
