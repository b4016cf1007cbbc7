"""The pool of connections: what is sent, when a connection is reused, and when a request is sent a second time."""

import ssl
import threading
from typing import Any

import pytest

from core.http_client import connection
from core.http_client.connection import HttpConnectionPool
from core.http_client.response import IncompleteResponse, InvalidResponse, Response
from core.persistent_connections import Timeouts
from tests.unit.core.http_client.scripted_socket import ScriptedSocket

TIMEOUTS = Timeouts(connect=3.0, answer=10.0)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
HI = Response(200, b"hi", keep_alive=True)


class Network:
    """Opens the scripted sockets in order; fails when the pool wants more than there are."""

    def __init__(self, *sockets: ScriptedSocket) -> None:
        self.sockets = sockets
        self.opened: list[tuple[tuple[str, int], float]] = []
        self.now = 1_795_500_000.0

    def connect(self, address: tuple[str, int], seconds: float) -> Any:
        """Return the next socket."""
        self.opened.append((address, seconds))
        return self.sockets[len(self.opened) - 1]

    def pool(self, endpoint: str = "http://api.example:8080/path") -> HttpConnectionPool:
        """Return a pool of these sockets."""
        return HttpConnectionPool(endpoint, TIMEOUTS, lambda: self.now, self.connect)


def test_a_post_is_sent_with_its_length_to_the_path_of_the_endpoint() -> None:
    network = Network(ScriptedSocket(OK))
    pool = network.pool()
    assert pool.post({"host": pool.host, "x-name": "value"}, b"body") == HI
    assert network.sockets[0].sent == (
        b"POST /path HTTP/1.1\r\nhost: api.example:8080\r\nx-name: value\r\ncontent-length: 4\r\n\r\nbody"
    )
    assert network.opened == [(("api.example", 8080), 3.0)]


def test_a_get_is_sent_with_the_host_and_without_a_body() -> None:
    network = Network(ScriptedSocket(OK))
    assert network.pool("http://api.example").get("/v1/x?y=z", {"accept": "text"}) == HI
    assert network.sockets[0].sent == b"GET /v1/x?y=z HTTP/1.1\r\nhost: api.example\r\naccept: text\r\n\r\n"


@pytest.mark.parametrize(
    ("endpoint", "host", "address", "path"),
    [
        ("http://API.example", "api.example", ("API.example", 80), "/"),
        ("http://api.example:80/x", "api.example", ("api.example", 80), "/x"),
        ("http://api.example:443/", "api.example:443", ("api.example", 443), "/"),
        ("http://[::1]:9/a%20b", "[::1]:9", ("::1", 9), "/a%20b"),
    ],
)
def test_an_endpoint_is_split(endpoint: str, host: str, address: tuple[str, int], path: str) -> None:
    network = Network(ScriptedSocket(OK))
    pool = network.pool(endpoint)
    pool.post({}, b"")
    assert (pool.host, pool.path, network.opened[0][0]) == (host, path, address)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "api.example",
        "ftp://api.example",
        "http://",
        "http://user@api.example",
        "http://api.example:99999999",
        "http://api example",
        "http://api.example/ü",
        "http://api.example/\r\nx: y",
        "http://api.example?x",
    ],
)
def test_an_invalid_endpoint_is_rejected(endpoint: str) -> None:
    with pytest.raises(ValueError, match="an endpoint is http"):
        HttpConnectionPool(endpoint, TIMEOUTS)


@pytest.mark.parametrize("value", ["a\r\nx-other: b", "a\nb", "ü", "a\0", "\x7f"])
def test_a_header_that_would_split_the_request_is_never_sent(value: str) -> None:
    network = Network()
    with pytest.raises(ValueError, match="header"):
        network.pool().post({"x-name": value}, b"")
    assert network.opened == []


def test_one_connection_serves_the_requests_of_a_thread() -> None:
    network = Network(ScriptedSocket(OK, OK, OK))
    pool = network.pool()
    assert [pool.post({}, b"") for _ in range(3)] == [HI] * 3
    assert len(network.opened) == 1


def test_two_threads_do_not_share_a_connection() -> None:
    network = Network(ScriptedSocket(OK), ScriptedSocket(OK))
    pool = network.pool()
    pool.post({}, b"")
    other = threading.Thread(target=pool.post, args=({}, b""))
    other.start()
    other.join(300)
    assert (len(network.opened), [sock.sent != b"" for sock in network.sockets]) == (2, [True, True])


@pytest.mark.parametrize(("idle", "opened"), [(0.0, 1), (10.0, 1), (10.1, 2), (-0.1, 2)])
def test_a_connection_that_was_idle_for_long_is_replaced(idle: float, opened: int) -> None:
    network = Network(ScriptedSocket(OK, OK), ScriptedSocket(OK))
    pool = network.pool()
    pool.post({}, b"")
    network.now += idle
    pool.post({}, b"")
    assert (len(network.opened), network.sockets[0].closed) == (opened, opened == 2)


def test_a_connection_is_closed_after_connection_close() -> None:
    closing = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
    network = Network(ScriptedSocket(closing), ScriptedSocket(OK))
    pool = network.pool()
    pool.post({}, b"")
    assert network.sockets[0].closed
    pool.post({}, b"")
    assert len(network.opened) == 2


def test_close_ends_the_idle_connection() -> None:
    network = Network(ScriptedSocket(OK), ScriptedSocket(OK))
    pool = network.pool()
    pool.close()
    pool.post({}, b"")
    pool.close()
    assert network.sockets[0].closed
    assert pool.post({}, b"") == HI


BROKEN = {"closed": (), "reset": (ConnectionResetError(),)}


@pytest.mark.parametrize("received", BROKEN.values(), ids=BROKEN)
def test_a_reused_connection_that_broke_is_replaced_once(received: tuple[Exception, ...]) -> None:
    network = Network(ScriptedSocket(OK, *received), ScriptedSocket(OK))
    pool = network.pool()
    pool.post({}, b"")
    assert pool.post({}, b"second") == HI
    assert [sock.sent.count(b"second") for sock in network.sockets] == [1, 1]
    assert network.sockets[0].closed


@pytest.mark.parametrize("received", BROKEN.values(), ids=BROKEN)
def test_a_new_connection_that_breaks_is_not_replaced(received: tuple[Exception, ...]) -> None:
    network = Network(ScriptedSocket(*received), ScriptedSocket(OK))
    with pytest.raises(ConnectionError):
        network.pool().post({}, b"")
    assert (len(network.opened), network.sockets[0].closed) == (1, True)


def test_the_second_connection_of_a_request_is_not_replaced() -> None:
    network = Network(ScriptedSocket(OK), ScriptedSocket(), ScriptedSocket(OK))
    pool = network.pool()
    pool.post({}, b"")
    with pytest.raises(IncompleteResponse):
        pool.post({}, b"")
    assert len(network.opened) == 2


ANSWERED = {"incomplete": b"HTTP/1.1 200 OK\r\nContent-Le", "invalid": b"HTTP/2 200\r\n\r\n"}


@pytest.mark.parametrize("begun", ANSWERED.values(), ids=ANSWERED)
def test_a_request_whose_response_began_is_not_sent_again(begun: bytes) -> None:
    network = Network(ScriptedSocket(OK, begun), ScriptedSocket(OK))
    pool = network.pool()
    pool.post({}, b"")
    with pytest.raises((IncompleteResponse, InvalidResponse)):
        pool.post({}, b"")
    assert (len(network.opened), network.sockets[0].closed) == (1, True)


def test_a_timeout_is_not_a_reason_to_send_again() -> None:
    network = Network(ScriptedSocket(OK, TimeoutError()), ScriptedSocket(OK))
    pool = network.pool()
    pool.post({}, b"")
    with pytest.raises(TimeoutError):
        pool.post({}, b"")
    assert len(network.opened) == 1


def test_a_request_that_cannot_be_sent_closes_the_connection() -> None:
    network = Network(ScriptedSocket(refuses=BrokenPipeError()))
    with pytest.raises(BrokenPipeError):
        network.pool().post({}, b"")
    assert network.sockets[0].closed


def test_tls_verifies_the_name_and_the_certificate() -> None:
    context = connection._tls()
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
