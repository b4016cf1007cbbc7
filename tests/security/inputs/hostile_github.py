"""An HTTP server on 127.0.0.1 in GitHub's place whose answers do harm: too long, too slow, too deep, or untrue about their length."""

import gzip
import json
import ssl
import threading
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.unit.core.recording import NO_TIMELINE

MB = 1024 * 1024
_PIECE = 64 * 1024
_MOST = 64 * MB
"""Bytes that an endless answer has before the server gives up."""


class Request:
    """One request, and what is sent for it; a client that hangs up ends it."""

    def __init__(self, handler: BaseHTTPRequestHandler, server: "HostileGitHub") -> None:
        self.path = urlsplit(handler.path).path + _queried(handler)
        self.query = urlsplit(handler.path).query
        self.is_raw = "raw" in handler.headers["Accept"]
        self.server = server
        self._handler = handler

    def head(self, status: int = 200, **headers: object) -> None:
        """The status line and the headers."""
        fields = {
            "Content-Type": "application/json; charset=utf-8",
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.send(f"HTTP/1.1 {status} Whatever\r\n{lines}\r\n".encode())

    def send(self, data: bytes) -> None:
        """Some bytes, counted."""
        self._handler.wfile.write(data)
        self._handler.wfile.flush()
        self.server.sent[self.path] += len(data)

    def body(self, data: bytes, status: int = 200, **headers: object) -> None:
        """A whole answer."""
        self.head(status, Content_Length=len(data), **headers)
        self.send(data)

    def json(self, value: object, **headers: object) -> None:
        """A whole answer in JSON."""
        self.body(json.dumps(value).encode(), **headers)

    def hang(self) -> None:
        """Nothing further, until the server stops."""
        self.server.stopping.wait()

    def hang_up(self) -> None:
        """End the connection after this."""
        self._handler.close_connection = True

    def drip(self, byte: bytes = b" ", every: float = 0.05) -> None:
        """A byte at a time, without end."""
        while not self.server.stopping.wait(every):
            self.send(byte)


def _queried(handler: BaseHTTPRequestHandler) -> str:
    """Return the repository that a GraphQL query is about, as the end of its path; empty for any other request."""
    body = handler.rfile.read(int(handler.headers["Content-Length"] or 0))
    return f"/{json.loads(body)['variables']['repo']}" if body else ""


Act = Callable[[Request], object]


def large_answer(request: Request) -> None:
    """Forty megabytes of an honest list."""
    request.body(b"[" + b"{}," * (40 * MB // 3) + b"{}]")


def without_length(request: Request) -> None:
    """A body that ends when the connection does, which is not soon."""
    request.head(Connection="close")
    request.send(b"[")
    for _ in range(_MOST // _PIECE):
        request.send(b"{}, " * (_PIECE // 4))
    request.hang_up()


def endless_chunks(request: Request) -> None:
    """Chunks without end."""
    request.head(Transfer_Encoding="chunked")
    piece = b"[" + b" " * (_PIECE - 1)
    for _ in range(_MOST // _PIECE):
        request.send(b"%x\r\n%b\r\n" % (len(piece), piece))
    request.hang_up()


@cache
def _bomb() -> bytes:
    packed = zlib.compressobj(6, zlib.DEFLATED, 31)
    zeros = b"[" + b" " * (MB - 1)
    return b"".join(packed.compress(zeros) for _ in range(512)) + packed.flush()


def gzip_bomb(request: Request) -> None:
    """Half a gigabyte in half a megabyte."""
    request.body(_bomb(), Content_Encoding="gzip")


def nested_gzip(request: Request) -> None:
    """Compressed twice, which nobody asked for."""
    request.body(gzip.compress(gzip.compress(b"[" + b" " * 100 * MB)), Content_Encoding="gzip, gzip")


def gzip_of_nothing(request: Request) -> None:
    """Compressed data without end that expands to nothing."""
    request.head(Content_Encoding="gzip", Transfer_Encoding="chunked")
    empty = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = empty.compress(b"") + empty.flush(zlib.Z_FULL_FLUSH)
    for _ in range(_MOST // _PIECE):
        request.send(b"%x\r\n%b\r\n" % (len(piece), piece))
        piece = empty.flush(zlib.Z_FULL_FLUSH) or b"\x00\x00\x00\xff\xff" * (_PIECE // 5)
    request.hang_up()


def deep(request: Request) -> None:
    """Lists within lists, a hundred thousand of them."""
    request.body(b"[" * 100_000 + b"]" * 100_000)


def many_values(request: Request) -> None:
    """Below the limit of bytes, and a hundred megabytes of objects."""
    request.body(b"[" + b"{}," * 1_300_000 + b"{}]")


def emoji(request: Request) -> None:
    """Just below the limits, in one text of which one character makes each take four bytes."""
    request.body('[{{"x":"{}😀"}}]'.format("x" * (4 * MB - 100)).encode())


def wide(request: Request) -> None:
    """Just below the limits, in as many values as are taken, of those that need most memory."""
    request.body(b"[" + b'{"":{"":1}},' * 32_000 + b'{"x":"' + b"x" * 3_500_000 + '😀"}]'.encode())


def huge_number(request: Request) -> None:
    """A number of a million digits."""
    request.body(b'[{"id":' + b"9" * 1_000_000 + b"}]")


def slow_head(request: Request) -> None:
    """A header that comes a byte at a time."""
    request.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    request.drip(b"x")


def slow_body(request: Request) -> None:
    """A body that comes a byte at a time."""
    request.head(Content_Length=MB)
    request.drip()


def slow_chunks(request: Request) -> None:
    """Chunks of a byte each."""
    request.head(Transfer_Encoding="chunked")
    request.drip(b"1\r\n \r\n")


def longer_than_it_says(request: Request) -> None:
    """Ten bytes are promised, more come: what is beyond must be no part of the next answer."""
    request.head(Content_Length=2)
    request.send(b"[]" + b'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"x"')


def shorter_than_it_says(request: Request) -> None:
    """A megabyte is promised, and the connection ends before."""
    request.head(Content_Length=MB)
    request.send(b"[]")
    request.hang_up()


def redirect_with_a_body(request: Request) -> None:
    """An endless body beside a Location."""
    request.head(302, Location=f"{request.server.url}/elsewhere", Transfer_Encoding="chunked")
    for _ in range(_MOST // _PIECE):
        request.send(b"%x\r\n%b\r\n" % (_PIECE, b" " * _PIECE))
    request.hang_up()


def error_with_a_body(request: Request) -> None:
    """An endless page beside a 502."""
    request.head(502, Transfer_Encoding="chunked", Content_Type="text/html")
    for _ in range(_MOST // _PIECE):
        request.send(b"%x\r\n%b\r\n" % (_PIECE, b"<" * _PIECE))
    request.hang_up()


def endless_pages(request: Request) -> None:
    """Always another page."""
    number = request.server.requests[request.path]
    request.json([{}], Link=f'<{request.server.url}{request.path}?page={number}>; rel="next"')


def listed_large(request: Request) -> None:
    """A file of forty megabytes, as GitHub lists it; its raw content."""
    if request.is_raw:
        return large_answer(request)
    return request.json({"type": "file", "encoding": "none", "content": "", "size": 40 * MB})


def listed_small(request: Request) -> None:
    """A file whose size is not true."""
    if request.is_raw:
        return large_answer(request)
    return request.json({"type": "file", "encoding": "none", "content": "", "size": 1})


def many_values_in_a_file(request: Request) -> None:
    """A file of two megabytes with a hundred megabytes of objects."""
    if request.is_raw:
        return request.body(b'{"x":[' + b"{}," * 600_000 + b"{}]}")
    return request.json({"type": "file", "encoding": "none", "content": "", "size": 1_800_010})


def inline_large(request: Request) -> None:
    """A file whose content stands in the listing, forty megabytes of it."""
    request.body(b'{"type":"file","encoding":"base64","size":1,"content":"' + b"e30K" * (10 * MB) + b'"}')


class HostileGitHub:
    """`acts` by the end of the path, the longest first; everything else is an empty list, or an empty timeline."""

    def __init__(self, acts: dict[str, Act]) -> None:
        self.acts = acts
        self.sent: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self.stopping = threading.Event()
        self.url = ""

    def answer(self, request: Request) -> None:
        """Do to one request what its path says."""
        self.requests[request.path] += 1
        ends = sorted((end for end in self.acts if request.path.endswith(end)), key=len)
        if ends:
            self.acts[ends[-1]](request)
        else:
            request.json({"data": NO_TIMELINE} if request.path.startswith("/graphql/") else [])


@contextmanager
def serve(acts: dict[str, Act], tls: ssl.SSLContext | None = None) -> Iterator[HostileGitHub]:
    """The server, until the block ends."""
    github = HostileGitHub(acts)
    if gzip_bomb in acts.values():
        _bomb()  # before anybody waits for it

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            try:
                github.answer(Request(self, github))
            except OSError:
                self.close_connection = True

        do_POST = do_GET  # noqa: N815 (a name that http.server looks for)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: Any) -> None:
            """A worker that was killed is no error of this server."""

    server = Server(("127.0.0.1", 0), Handler)
    github.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield github
    finally:
        github.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()
