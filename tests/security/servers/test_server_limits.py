"""The dev server against the network: who is shown records and counts, and clients that send too much, too slowly or not at all.

Everything is sent to a server that really listens, by raw sockets.
"""

import json
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from urllib.parse import quote_plus

import pytest

from cli.samples import SAMPLE
from core.log import Log
from core.webhook import BODY_LIMIT, FORM_LIMIT, sign
from runtimes.local import http_server, server
from runtimes.local.health import Health
from runtimes.local.http_channel import Limits
from runtimes.local.live_dashboard import Look
from tests.builders import SECRET, receiving, settings
from tests.contract.runtime.harnesses import stop
from tests.e2e.server import wait_for
from tests.environment import PATIENCE

PAGE = b"<!doctype html><p>Records of a private repository"
SERVICE_PAGE = "a-0123456789abcdef.html"
PAGES = ["/", "/dashboard.html", f"/dashboard/{SERVICE_PAGE}"]
BODY = SAMPLE.read_bytes()
QUICK = Limits(connections=20, header=1.0, idle=1.0, body=1.5, response=1.0, linger=1.0)
FOREIGN = "203.0.113.9"


class Running:
    """A server in a thread, and its health."""

    def __init__(self, listening: Any, health: Health) -> None:
        self.listening = listening
        self.port = int(listening.effective_port)
        self.health = health

    @property
    def connections(self) -> int:
        return len(self.listening.active_channels)


@contextmanager
def running(limits: Limits | None = None, peer: str | None = None) -> Iterator[Running]:
    """A server that accepts into memory; `peer` is the address that every connection seems to come from."""
    health = Health()
    app = server.App(health, lambda: Look(PAGE, "", building=False), {SERVICE_PAGE: PAGE}.get)
    listening = server.listen(app, settings(host="127.0.0.1", port=0), *([limits] if limits else []))
    app.open(receiving()[0])
    if peer is not None:
        listening.fix_addr = lambda address: (peer, address[1])
    thread = threading.Thread(target=listening.run)
    thread.start()
    try:
        yield Running(listening, health)
    finally:
        listening.trigger.pull_trigger(partial(stop, listening))
        thread.join(PATIENCE)
        assert not thread.is_alive()


def connect(port: int, timeout: float = 30) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=timeout)


def head(*lines: str, path: str = "/telemetry", method: str = "POST", host: str = "127.0.0.1") -> bytes:
    return "\r\n".join((f"{method} {path} HTTP/1.1", f"Host: {host}", *lines, "", "")).encode()


def signed(*lines: str) -> bytes:
    return head("X-GitHub-Event: check_suite", f"X-Hub-Signature-256: {sign(BODY, SECRET)}", *lines)


def delivery() -> bytes:
    return signed("Connection: close", f"Content-Length: {len(BODY)}") + BODY


def until_closed(connection: socket.socket) -> bytes:
    """All that the server sends, until it closes its side."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def until_json(connection: socket.socket) -> bytes:
    """One response, whose body is a JSON object, of a connection that stays open."""
    response = b""
    while not response.endswith(b"}"):
        part = connection.recv(65536)
        assert part, "the connection was closed"
        response += part
    return response


def parsed(response: bytes) -> tuple[int, dict[str, str], Any]:
    top, _, body = response.partition(b"\r\n\r\n")
    lines = top.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    is_json = headers.get("content-type") == "application/json"
    return int(lines[0].split()[1]), headers, json.loads(body) if is_json else body.decode()


def ask(port: int, *requests: bytes) -> tuple[int, dict[str, str], Any]:
    """The response to bytes that are sent one after the other."""
    with connect(port) as connection:
        for request in requests:
            connection.sendall(request)
        return parsed(until_closed(connection))


def get(port: int, path: str, *lines: str, host: str = "127.0.0.1") -> tuple[int, dict[str, str], Any]:
    return ask(port, head("Connection: close", *lines, path=path, method="GET", host=host))


LOCAL = ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "localhost"]
OTHERS = [FOREIGN, "192.168.1.5", "10.0.0.1", "fe80::1", "::ffff:203.0.113.9", "0.0.0.0", "::", "172.17.0.1", "", "x"]  # noqa: S104 (an address to be refused)


@pytest.mark.parametrize("peer", LOCAL)
def test_a_loopback_peer_sees_the_dashboard_and_the_counts(peer: str) -> None:
    with running(peer=peer) as it:
        assert [get(it.port, path)[2] for path in PAGES] == [PAGE.decode()] * 3
        assert get(it.port, "/health")[2]["accepted"] == 0


@pytest.mark.parametrize("peer", OTHERS)
def test_any_other_peer_sees_neither(peer: str) -> None:
    with running(peer=peer) as it:
        for path in PAGES:
            assert get(it.port, path)[::2] == (404, {"status": "error", "reason": "there is only POST /telemetry"})
        assert get(it.port, "/health")[::2] == (200, {"status": "ok"})
        assert ask(it.port, delivery())[0] == 202


CLAIMS = [
    "X-Forwarded-For: 127.0.0.1",
    "X-Forwarded-For: 127.0.0.1, 127.0.0.1",
    "Forwarded: for=127.0.0.1",
    "X-Real-IP: 127.0.0.1",
    "X-Forwarded-Host: localhost",
    "Remote-Addr: 127.0.0.1",
    "Remote_Addr: 127.0.0.1",
    "X-Client-IP: ::1",
]


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "[::1]"])
def test_no_header_makes_a_foreign_peer_a_local_one(claim: str, host: str) -> None:
    with running(peer=FOREIGN) as it:
        assert get(it.port, "/", claim, host=host)[0] == 404
        assert get(it.port, "/health", claim, host=host)[2] == {"status": "ok"}


TUNNELS = [
    "X-Forwarded-For: 203.0.113.7",
    "X-Forwarded-For:",
    "X-Forwarded-Host: abc.example",
    "X-Forwarded-Proto: https",
    "Forwarded: for=203.0.113.7",
    "X-Real-IP: 203.0.113.7",
    "CF-Connecting-IP: 203.0.113.7",
    "Via: 1.1 proxy",
]


@pytest.mark.parametrize("header", TUNNELS)
def test_a_tunnel_to_this_machine_sees_neither(header: str) -> None:
    with running() as it:
        status, _, body = get(it.port, "/", header)
        assert (status, "private repository" in body, "accepted" in body) == (403, False, False)
        assert get(it.port, "/health", header)[2] == {"status": "ok"}


def test_a_page_of_another_name_sees_no_counts() -> None:
    with running() as it:
        assert get(it.port, "/health", host="evil.example")[2] == {"status": "ok"}


def test_a_response_names_no_server() -> None:
    with running() as it:
        seen = [get(it.port, path) for path in ("/", "/health", "/x")] + [
            ask(it.port, delivery()),
            ask(it.port, b"x\r\n\r\n"),
        ]
        assert [name for _, headers, _ in seen for name in ("server", "via") if name in headers] == []


TOO_LARGE = {"status": "error", "reason": f"the body is over {BODY_LIMIT} bytes"}


@pytest.mark.parametrize("length", [BODY_LIMIT + 1, 10**12, 10**30])
def test_a_body_over_the_limit_is_refused_by_its_length_before_it_is_sent(length: int) -> None:
    with running() as it, connect(it.port) as connection:
        connection.sendall(signed(f"Content-Length: {length}"))
        status, headers, body = parsed(until_closed(connection))
        assert (status, headers["content-type"], headers["connection"], body) == (
            413,
            "application/json",
            "close",
            TOO_LARGE,
        )
        assert it.health.counts()["rejected"] == 1


def test_it_is_refused_instead_of_100_continue() -> None:
    with running() as it:
        assert ask(it.port, signed(f"Content-Length: {BODY_LIMIT + 1}", "Expect: 100-continue"))[::2] == (
            413,
            TOO_LARGE,
        )


def test_a_client_that_sends_it_all_first_still_reads_the_answer() -> None:
    with running() as it, connect(it.port) as connection:
        connection.sendall(signed(f"Content-Length: {BODY_LIMIT + 1}"))
        for _ in range(26):
            connection.sendall(bytes(1024 * 1024))
        assert parsed(until_closed(connection))[::2] == (413, TOO_LARGE)


FORM = "Content-Type: application/x-www-form-urlencoded"


def test_a_form_over_the_limit_of_json_is_accepted_if_its_json_is_not() -> None:
    suite = {**json.loads(BODY), "note": '"' * (BODY_LIMIT // 5)}
    body = b"payload=" + quote_plus(json.dumps(suite)).encode()
    assert len(body) > BODY_LIMIT
    lines = ("X-GitHub-Event: check_suite", f"X-Hub-Signature-256: {sign(body, SECRET)}", FORM, "Connection: close")
    with running() as it:
        assert ask(it.port, head(*lines, f"Content-Length: {len(body)}"), body)[0] == 202


def test_json_over_its_limit_is_refused_also_if_it_is_called_a_form() -> None:
    body = b" " * (BODY_LIMIT + 1)
    with running() as it:
        assert ask(it.port, signed(FORM, f"Content-Length: {len(body)}", "Connection: close"), body)[::2] == (
            413,
            TOO_LARGE,
        )


def test_a_form_over_every_limit_is_refused_before_it_is_sent() -> None:
    reason = f"the body is over {FORM_LIMIT} bytes"
    with running() as it:
        status, _, answer = ask(it.port, signed(FORM, f"Content-Length: {FORM_LIMIT + 1}"))
    assert (status, answer) == (413, {"status": "error", "reason": reason})


def test_each_413_of_the_server_is_one_line_of_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    with running() as it:
        ask(it.port, signed(f"Content-Length: {BODY_LIMIT + 1}"))
    app = server.App(Health())
    app({"REQUEST_METHOD": "POST", "REQUEST_URI": "/telemetry", "CONTENT_LENGTH": str(BODY_LIMIT + 1)}, lambda *_: None)
    logged = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["reason"] for line in logged if line.get("status") == 413] == [TOO_LARGE["reason"]] * 2
    assert all(len(json.dumps(line)) < 300 for line in logged)


def chunks(body: bytes, size: int) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)


def test_a_body_without_a_length_is_cut_at_the_limit() -> None:
    with running() as it, connect(it.port) as connection:
        connection.sendall(signed("Transfer-Encoding: chunked"))
        million = bytes(1000 * 1000)
        for _ in range(27):  # and never the last chunk
            connection.sendall(chunks(million, 500_000))
        assert parsed(until_closed(connection))[::2] == (413, TOO_LARGE)
        assert it.health.counts()["rejected"] == 1


def test_the_limit_is_the_bodys_own_and_not_that_of_its_chunks() -> None:
    body = BODY + b" " * (BODY_LIMIT - len(BODY))
    request = head(
        "X-GitHub-Event: check_suite",
        f"X-Hub-Signature-256: {sign(body, SECRET)}",
        "Transfer-Encoding: chunked",
        "Connection: close",
    )
    with running() as it:
        assert ask(it.port, request, chunks(body, 1000) + b"0\r\n\r\n")[0] == 202


def test_no_part_of_a_body_is_written_to_a_temporary_file(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda *_, **__: opened.append("TemporaryFile"))
    body = b" " * (2 * 1024 * 1024)
    with running() as it:
        assert ask(it.port, head("Connection: close", f"Content-Length: {len(body)}"), body)[0] == 401
    assert opened == []


MALFORMED = [
    pytest.param(("Transfer-Encoding: chunked",), b"zz\r\nab\r\n0\r\n\r\n", 400, id="size"),
    pytest.param(("Transfer-Encoding: chunked",), b"-1\r\nab\r\n0\r\n\r\n", 400, id="negative size"),
    pytest.param(("Transfer-Encoding: chunked",), b"0x2\r\nab\r\n0\r\n\r\n", 400, id="hex prefix"),
    pytest.param(("Transfer-Encoding: chunked",), b"1\r\nab\r\n0\r\n\r\n", 400, id="longer than its size"),
    pytest.param(("Transfer-Encoding: chunked",), b"2;\x00\r\nab\r\n0\r\n\r\n", 400, id="extension"),
    pytest.param(("Transfer-Encoding: chunked",), b"2;" + b"a" * 70_000, 400, id="endless extension"),
    pytest.param(("Transfer-Encoding: chunked",), b"1" * 70_000, 400, id="endless size"),
    pytest.param(("Transfer-Encoding: chunked",), b"0\r\n" + b"a: b\r\n" * 12_000, 400, id="endless trailers"),
    pytest.param(("Transfer-Encoding: chunked", "Content-Length: 2"), b"2\r\n{}\r\n0\r\n\r\n", 400, id="both lengths"),
    pytest.param(("Transfer-Encoding: gzip",), b"", 501, id="another coding"),
    pytest.param(("Content-Length: -1",), b"", 400, id="negative length"),
    pytest.param(("Content-Length: 1", "Content-Length: 2"), b"{}", 400, id="two lengths"),
    pytest.param(("no colon",), b"", 400, id="header"),
    pytest.param((f"X-Long: {'a' * 40_000}",), b"", 431, id="long header"),
]


@pytest.mark.parametrize(("lines", "body", "status"), MALFORMED)
def test_what_cannot_be_parsed_has_one_json_answer(
    lines: tuple[str, ...], body: bytes, status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with running() as it:
        got, headers, answer = ask(it.port, signed(*lines), body)
        assert (got, headers["content-type"], set(answer)) == (status, "application/json", {"status", "reason"})
        assert (answer["status"], "sha256" in str(answer)) == ("error", False)
        assert it.health.counts()["rejected"] == 1
        assert ask(it.port, delivery())[0] == 202
    text = "".join(capfd.readouterr())
    assert ("Traceback" in text, text.count(f'"status":{status}')) == (False, 1)


def test_a_body_that_is_cut_off_is_one_line_and_no_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    with running() as it:
        for start in (b"2\r\n{", b"5", b""):
            with connect(it.port) as connection:
                connection.sendall(signed("Transfer-Encoding: chunked") + start)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset
        wait_for(lambda: it.connections == 0, "the connections to be closed")
        assert ask(it.port, delivery())[0] == 202
    text = "".join(capfd.readouterr())
    assert ("Traceback" in text, text.count("the client left")) == (False, 1)


@contextmanager
def dripping(connection: socket.socket, data: bytes) -> Iterator[None]:
    """Sends one byte after the other, until the other side closes."""
    over = threading.Event()

    def drip() -> None:
        for byte in data:
            try:
                connection.sendall(bytes([byte]))
            except OSError:
                return
            if over.wait(0.1):
                return

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


SLOW = [
    pytest.param(b"", b"", id="silent"),
    pytest.param(b"POST /telemetry HTTP/1.1\r\n", b"", id="a request line and nothing more"),
    pytest.param(b"", head(f"X-Slow: {'a' * 3000}"), id="a header byte by byte"),
    pytest.param(signed("Content-Length: 100000"), b"", id="a body that never begins"),
    pytest.param(signed("Content-Length: 100000"), b" " * 3000, id="a body byte by byte"),
    pytest.param(signed("Transfer-Encoding: chunked"), chunks(b" " * 1000, 1), id="a body that never ends"),
    pytest.param(signed(f"Content-Length: {BODY_LIMIT + 1}"), b" " * 3000, id="after it was refused"),
    pytest.param(signed("Content-Length: 2") + b"{}", b"", id="idle after a request"),
]


def test_a_keep_alive_connection_may_be_idle_longer_than_a_new_one() -> None:
    with running(QUICK._replace(idle=300)) as it, connect(it.port) as idle, connect(it.port):
        request = signed(f"Content-Length: {len(BODY)}") + BODY
        idle.sendall(request)
        assert b" 202 " in until_json(idle)
        wait_for(lambda: it.connections == 1, "the silent one to be closed")
        idle.sendall(request)
        assert b" 202 " in until_json(idle)


@pytest.mark.parametrize(("start", "slowly"), SLOW)
def test_a_slow_or_half_open_connection_is_closed_in_time(start: bytes, slowly: bytes) -> None:
    with running(QUICK) as it, connect(it.port) as connection:
        connection.sendall(start)
        with dripping(connection, slowly):
            wait_for(lambda: it.connections == 1, "the connection")
            begun = time.monotonic()
            wait_for(lambda: it.connections == 0, "the connection to be closed")
            assert time.monotonic() - begun < 20
        assert ask(it.port, delivery())[0] == 202


def test_a_response_that_is_not_read_is_abandoned() -> None:
    health = Health()
    app = server.App(health, lambda: Look(b"x" * 8_000_000, "", building=False))
    listening = server.listen(app, settings(host="127.0.0.1", port=0), QUICK)
    thread = threading.Thread(target=listening.run)
    thread.start()
    try:
        with connect(listening.effective_port) as connection:
            connection.sendall(head(path="/", method="GET"))
            wait_for(lambda: listening.active_channels, "the connection")
            wait_for(lambda: not listening.active_channels, "the connection to be closed")
    finally:
        listening.trigger.pull_trigger(partial(stop, listening))
        thread.join(PATIENCE)


FLOODS: list[Any] = [
    pytest.param(b"", id="idle"),
    pytest.param(b"POST /telemetry HTTP/1.1\r\nHost: x\r\nX-A: ", id="half a header"),
    pytest.param(signed("Content-Length: 1000000") + b"{", id="half a body"),
]


@pytest.mark.parametrize("start", FLOODS)
def test_a_delivery_is_answered_in_time_while_others_hold_all_connections(start: bytes) -> None:
    patient = Limits(connections=20, header=300, body=300)  # it is not the deadlines that help
    with running(patient) as it, ExitStack() as open_ones:
        for _ in range(200):
            connection = open_ones.enter_context(connect(it.port))
            connection.sendall(start)
        for _ in range(5):
            begun = time.monotonic()
            assert ask(it.port, delivery())[0] == 202
            assert time.monotonic() - begun < 100  # long before a deadline could help
        with connect(it.port):
            wait_for(lambda: it.connections < 100, "the oldest to be closed")


def test_bodies_in_memory_have_a_limit_together() -> None:
    small = Limits(buffered=3_000_000)
    with running(small) as it, ExitStack() as open_ones:
        for _ in range(20):
            connection = open_ones.enter_context(connect(it.port))
            connection.sendall(signed("Content-Length: 2000000") + b" " * 900_000)
        assert ask(it.port, delivery())[0] == 202

        def total() -> int:
            return sum(channel.buffered for channel in [*it.listening.active_channels.values()])

        wait_for(lambda: 0 < total() <= small.buffered, "the slowest to be closed")


def test_a_burst_of_deliveries_over_the_limit_is_answered_whole() -> None:
    answers: list[int] = []
    with running(Limits(connections=16)) as it:
        workers = [threading.Thread(target=lambda: answers.append(ask(it.port, delivery())[0])) for _ in range(200)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(PATIENCE)
    assert answers == [202] * 200


def test_a_flood_of_dropped_connections_is_one_line_a_minute() -> None:
    lines: list[str] = []
    now = [0.0]
    drops = http_server.Drops(Log("info", lines.append), lambda: now[0])
    for second in range(121):
        now[0] = float(second)
        drops("there were too many")
    assert [json.loads(line)["count"] for line in lines] == [1, 60, 60]
