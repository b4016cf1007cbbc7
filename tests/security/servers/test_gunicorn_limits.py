"""The functions of Google Cloud under gunicorn, as deployed, and behind the front end of `telemetry serve-gcp`."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core.log import Log
from core.webhook import BODY_LIMIT
from runtimes.local.gcp_functions import GoogleFunctions
from tests.builders import SECRET, settings
from tests.security.servers.test_server_limits import ask, chunks, connect, delivery, head, parsed, signed, until_closed

pytestmark = pytest.mark.emulator
CHUNKED = "Transfer-Encoding: chunked"
BROKEN = {
    "size": b"zz\r\nab\r\n0\r\n\r\n",
    "negative size": b"-1\r\nab\r\n0\r\n\r\n",
    "no size": b"\r\nab\r\n0\r\n\r\n",
    "longer than its size": b"1\r\nab\r\n0\r\n\r\n",
    "extension": b"2;\x00\r\nab\r\n0\r\n\r\n",
    "endless size line": b"1" * 70_000,
    "endless trailers": b"0\r\n" + b"a: b\r\n" * 250_000,
}
CUT_OFF = (b"5\r\nab", b"5", b"2\r\nab\r\n", b"0\r\n")
UNREADABLE = {"status": "error", "reason": "the body could not be read"}


@contextmanager
def functions(folder: Path, **options: object) -> Iterator[GoogleFunctions]:
    config = settings(
        host="127.0.0.1",
        port=0,
        store_directory=str(folder),
        github_webhook_secret=SECRET,
        log_level="info",
        **options,
    )
    with GoogleFunctions(config, Log("error")) as running:
        yield running


def port(url: str) -> int:
    return urlsplit(url).port or 0


@pytest.fixture
def running(tmp_path: Path) -> Iterator[GoogleFunctions]:
    with functions(tmp_path) as it:
        yield it


def test_a_bad_chunk_under_gunicorn_is_one_answer_and_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with functions(tmp_path) as running:
        gunicorn = port(running.internal["webhook"])
        got = {name: ask(gunicorn, signed(CHUNKED), body)[::2] for name, body in BROKEN.items()}
        assert got == dict.fromkeys(BROKEN, (400, UNREADABLE))
        for cut in CUT_OFF:
            with connect(gunicorn) as connection:
                connection.sendall(signed(CHUNKED) + cut)
                connection.shutdown(socket.SHUT_WR)
                assert parsed(until_closed(connection))[::2] == (400, UNREADABLE), cut
        status, _, answer = ask(gunicorn, signed(CHUNKED, "Content-Length: 2"), b"2\r\n{}\r\n0\r\n\r\n")
        assert (status, "Traceback" in str(answer)) == (400, False)
        assert ask(gunicorn, signed(CHUNKED, "Connection: close"), chunks(b"{}", 1) + b"0\r\n\r\n")[0] == 401
        assert ask(gunicorn, delivery())[0] == 202
    text = "".join(capfd.readouterr())
    assert ("Traceback" in text, text.count("the body could not be read (")) == (False, len(BROKEN) + len(CUT_OFF))


def test_a_body_without_a_length_is_cut_at_the_limit_under_gunicorn(running: GoogleFunctions) -> None:
    request = signed(CHUNKED, "Connection: close")
    assert (
        ask(port(running.internal["webhook"]), request, chunks(bytes(BODY_LIMIT + 1), 1_000_000) + b"0\r\n\r\n")[0]
        == 413
    )


def test_slow_clients_do_not_keep_a_delivery_waiting(running: GoogleFunctions) -> None:
    public = port(running.urls["webhook"])
    with ExitStack() as open_ones:
        for start in (b"", b"POST /telemetry HTTP/1.1\r\nHost: x\r\n", signed("Content-Length: 1000") + b"{"):
            for _ in range(100):
                open_ones.enter_context(connect(public)).sendall(start)
        begun = time.monotonic()
        assert ask(public, delivery())[0] == 202
        assert time.monotonic() - begun < 10  # what GitHub waits


def test_a_response_names_no_version(running: GoogleFunctions) -> None:
    for url in (running.internal["webhook"], running.urls["webhook"]):
        headers = ask(port(url), head("Connection: close", path="/", method="GET"))[1]
        assert "/" not in headers.get("server", "")


def test_only_the_webhook_is_opened_to_the_network(running: GoogleFunctions) -> None:
    own = {name: urlsplit(url).hostname for name, url in running.internal.items()}
    assert own == dict.fromkeys(("worker", "schedule", "webhook"), "127.0.0.1")
    assert running.urls["worker"] == running.internal["worker"]
    assert running.urls["webhook"] != running.internal["webhook"]


def test_an_address_that_a_client_claims_is_not_the_one_that_counts(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],  # noqa: ARG001 (its log)
) -> None:
    with functions(tmp_path, allowed_networks="192.30.252.0/22") as running:
        claimed = delivery().replace(b"Host:", b"X-Forwarded-For: 192.30.252.7\r\nHost:", 1)
        assert ask(port(running.urls["webhook"]), claimed)[0] == 403
