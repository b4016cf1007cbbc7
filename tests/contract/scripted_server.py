"""An HTTP server on 127.0.0.1 that does to each request what a test wrote down, and counts connections and requests."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

LIMIT = 10.0
"""Seconds that anything in here may take."""

Act = Callable[[socket.socket], object]
"""What is done once a request has been read. The connection is kept for the next, unless it was shut down."""


def answer(status: int = 200, body: Any = None, *, head: str = "") -> Act:
    """A whole answer; a body that is no bytes is sent as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    text = f"HTTP/1.1 {status} Whatever\r\nContent-Type: application/x-amz-json-1.1\r\n{head}"
    length = "" if "transfer-encoding" in head.lower() else f"Content-Length: {len(data)}\r\n"
    return raw(f"{text}{length}\r\n".encode() + data)


def raw(data: bytes, *, then_cut: bool = False) -> Act:
    """These bytes."""

    def act(sock: socket.socket) -> None:
        sock.sendall(data)
        if then_cut:
            cut(sock)

    return act


def cut(sock: socket.socket) -> None:
    """End the connection."""
    sock.shutdown(socket.SHUT_RDWR)


def silence(_: socket.socket) -> None:
    """Answer nothing, and wait for whatever comes next."""


DRIP = 60.0
"""Seconds after which even an answer that drips ends: whoever waits for it has no time limit."""


def drip(sock: socket.socket) -> None:
    """An answer that never ends, a byte at a time."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(int(DRIP * 20)):
        sock.sendall(b"x")
        time.sleep(0.05)


class Scripted:
    """One list of acts for each connection, in the order in which they come."""

    def __init__(self, script: Sequence[Sequence[Act]], tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[tuple[int, dict[str, str], bytes]] = []
        """The number of the connection, the headers and the body of each request."""
        self._script = [list(acts) for acts in script]
        self._tls = tls
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(LIMIT)
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._listening.getsockname()[1]}"

    @property
    def connections(self) -> list[int]:
        """The number of the connection that each request came on."""
        return [number for number, _, _ in self.requests]

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        for sock in self._open:
            with _gone():
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(LIMIT)
        self._listening.close()

    def _accept(self) -> None:
        with _gone():
            for number, acts in enumerate(self._script):
                sock, _ = self._listening.accept()
                self._open.append(sock)
                thread = threading.Thread(target=self._serve, args=(number, acts, sock))
                self._threads.append(thread)
                thread.start()

    def _serve(self, number: int, acts: list[Act], plain: socket.socket) -> None:
        plain.settimeout(LIMIT)
        with plain, _gone():
            sock = self._tls.wrap_socket(plain, server_side=True) if self._tls else plain
            with sock, sock.makefile("rb") as stream:
                for act in acts:
                    if not stream.readline():
                        return
                    headers = dict(iter(lambda: _field(stream.readline()), ("", "")))
                    self.requests.append((number, headers, stream.read(int(headers["content-length"]))))
                    act(sock)
                stream.read(1)  # a kept connection stays open until one of both has enough


def _field(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode().strip().partition(": ")
    return name.lower(), value


@contextmanager
def _gone() -> Iterator[None]:
    """Whoever is here went away, which is their right."""
    try:
        yield
    except (OSError, KeyError):
        return
