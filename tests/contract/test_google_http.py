"""Google's HTTP endpoint where the network fails: what is sent, when a connection is reused, and what has a limit."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from core.persistent_connections import Timeouts
from runtimes.gcp import google_http
from runtimes.gcp.google_http import HttpEndpoint, Response, ResponseTooLarge
from tests.conftest import free_port
from tests.contract.scripted_server import DRIP, Act, Scripted, answer, cut, drip, raw, silence

TIMEOUTS = Timeouts(connect=5.0, answer=5.0)
OK = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
HI = Response(200, b"hi")

Serve = Callable[..., Scripted]


class Clock:
    """UNIX seconds that stand still until a test moves them."""

    def __init__(self) -> None:
        self.now = 1_795_500_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[Scripted] = []

    def start(*script: Sequence[Act]) -> Scripted:
        servers.append(Scripted(script))
        return servers[-1]

    yield start
    for endpoint in ENDPOINTS:
        endpoint.close()
    ENDPOINTS.clear()
    for server in servers:
        server.close()


ENDPOINTS: list[HttpEndpoint] = []


def of(server: Scripted, timeouts: Timeouts = TIMEOUTS, clock: Clock | None = None) -> HttpEndpoint:
    ENDPOINTS.append(HttpEndpoint(server.url, timeouts, clock or Clock()))
    return ENDPOINTS[-1]


def post(endpoint: HttpEndpoint, body: bytes = b"{}", **headers: str) -> Response:
    return endpoint.request("POST", "/v1/x", headers, body)


def test_a_request_has_its_headers_its_length_and_its_body(serve: Serve) -> None:
    server = serve([OK])
    assert post(of(server), b"body", authorization="Bearer t") == HI
    [(_, headers, body)] = server.requests
    assert (body, headers["authorization"], headers["content-length"]) == (b"body", "Bearer t", "4")
    assert headers["host"] == server.url.removeprefix("http://")


def test_several_requests_share_one_connection_but_no_two_threads_do(serve: Serve) -> None:
    server = serve([OK] * 3, [OK])
    endpoint = of(server)
    assert [post(endpoint) for _ in range(3)] == [HI] * 3
    other = threading.Thread(target=post, args=(endpoint,))
    other.start()
    other.join(60)
    assert server.connections == [0, 0, 0, 1]


@pytest.mark.parametrize(("idle", "connections"), [(9.0, [0, 0]), (11.0, [0, 1]), (-1.0, [0, 1])])
def test_a_connection_that_was_idle_for_long_is_replaced(serve: Serve, idle: float, connections: list[int]) -> None:
    server, clock = serve([OK] * 2, [OK]), Clock()
    endpoint = of(server, clock=clock)
    post(endpoint)
    clock.now += idle
    post(endpoint)
    assert server.connections == connections


@pytest.mark.parametrize("broken", [cut, raw(b"", then_cut=True)])
def test_a_reused_connection_that_broke_is_replaced_once(serve: Serve, broken: Act) -> None:
    server = serve([OK, broken], [OK])
    endpoint = of(server)
    assert [post(endpoint), post(endpoint)] == [HI, HI]
    assert server.connections == [0, 0, 1]


def test_a_response_that_had_begun_is_not_asked_for_again(serve: Serve) -> None:
    server = serve([OK, raw(b"HTTP/1.1 200 OK\r\nContent-Le", then_cut=True)], [OK])
    endpoint = of(server)
    post(endpoint)
    with pytest.raises(http.client.HTTPException):
        post(endpoint)
    assert server.connections == [0, 0]


def test_a_new_connection_that_breaks_is_not_replaced(serve: Serve) -> None:
    server = serve([cut], [OK])
    with pytest.raises(ConnectionError):
        post(of(server))
    assert server.connections == [0]


@pytest.mark.parametrize(
    "closing",
    [
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"),
        raw(b"HTTP/1.1 200 OK\r\n\r\nhi", then_cut=True),
        raw(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
    ],
)
def test_a_response_that_ends_its_connection_is_read(serve: Serve, closing: Act) -> None:
    server = serve([closing], [OK])
    endpoint = of(server)
    assert [post(endpoint), post(endpoint)] == [HI, HI]
    assert server.connections == [0, 1]


def test_a_chunked_response_is_read(serve: Serve) -> None:
    server = serve([raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n"), OK])
    endpoint = of(server)
    assert [post(endpoint), post(endpoint)] == [HI, HI]
    assert server.connections == [0, 0]


@pytest.mark.parametrize("status", [204, 401, 503])
def test_every_status_is_a_response(serve: Serve, status: int) -> None:
    assert post(of(serve([answer(status, b"")]))) == Response(status, b"")


@pytest.mark.parametrize(
    "short",
    [
        raw(b"HTTP/1.1 200 OK\r\nContent-Le", then_cut=True),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", then_cut=True),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhi", then_cut=True),
        raw(b"nonsense\r\n\r\n", then_cut=True),
    ],
)
def test_an_incomplete_or_invalid_response_is_an_error(serve: Serve, short: Act) -> None:
    with pytest.raises(http.client.HTTPException):
        post(of(serve([short])))


@pytest.mark.parametrize("head", ["", "Transfer-Encoding: chunked\r\n"])
def test_a_response_over_the_size_limit_is_refused(serve: Serve, head: str) -> None:
    size = google_http._LONGEST + 1
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (size, b"x" * size) if head else b"x" * size
    server = serve([answer(200, body, head=head)], [OK])
    endpoint = of(server)
    with pytest.raises(ResponseTooLarge):
        post(endpoint)
    assert post(endpoint) == HI


@pytest.mark.parametrize("slow", [silence, drip])
def test_a_slow_response_ends_with_its_time(serve: Serve, slow: Act) -> None:
    endpoint = of(serve([slow]), Timeouts(connect=5.0, answer=0.3))
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        post(endpoint)
    assert time.monotonic() - begun < DRIP / 2


def test_nobody_listening_is_an_error() -> None:
    with pytest.raises(ConnectionRefusedError):
        post(HttpEndpoint(f"http://127.0.0.1:{free_port()}", TIMEOUTS))


@pytest.mark.parametrize("value", ["a\r\nx-other: b", "a\nb", "ä\u2028"])
def test_a_header_that_would_split_the_request_is_never_sent(serve: Serve, value: str) -> None:
    server = serve([OK])
    with pytest.raises(ValueError, match=r"header|codec"):
        post(of(server), authorization=value)
    assert server.requests == []
