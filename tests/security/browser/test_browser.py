"""Point 1 in headless Chromium: a page of another origin reads nothing of the dev server or its emulator, and every request is refused.

The same page against a server that answers every origin shows that the attacks are real: there they read, and all of them arrive.
"""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cli.samples import SAMPLE
from runtimes.local import wiring
from tests.browser import Browser
from tests.e2e.server import Server, wait_for
from tests.environment import PATIENCE
from tests.security.dev_server import emulator_url, serving

pytestmark = [pytest.mark.emulator, pytest.mark.npm]

SCRIPT = Path(__file__).with_name("attacks.js")
EVIL, REBOUND = "evil.example", "rebound.example"
LEADS_HERE = f"--host-resolver-rules=MAP {EVIL} 127.0.0.1,MAP {REBOUND} 127.0.0.1"
NO_HELP = (
    "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights"
)
"""Newer Chromiums ask before a page of the internet reaches this machine; others do not, so neither does the test's."""

READABLE = {
    "fetch", "fetch without a referrer", "fetch kept alive", "fetch HEAD", "fetch POST of text", "fetch POST of an order", "fetch PUT",
    "fetch DELETE", "fetch by a redirect", "fetch of a sandbox", "XHR", "XHR POST of a form", "XHR POST of an order", "script", "module", "style sheet",
}  # fmt: skip
"""What a page reads or runs of a server that answers every origin with `Access-Control-Allow-Origin: *`, as MiniStack does."""
REACHED = READABLE | {
    "fetch with credentials", "fetch no-cors", "fetch POST no-cors", "form", "form of text", "form of parts", "iframe", "image",
    "beacon", "WebSocket", "event source",
}  # fmt: skip


class Pages(BaseHTTPRequestHandler):
    """The attacker's server, which is also the one that answers everybody."""

    server: "Attacker"

    def answer(self) -> None:
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if url.path == "/redirect":
            self.send_response(307)
            self.send_header("Location", query["to"][0])
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if "attack" in query and self.command != "OPTIONS":
            self.server.reached.add(query["attack"][0])
        page = f"<!doctype html><body><script>const REDIRECT = '/redirect?to=';{SCRIPT.read_text()}</script>"
        kind, body = ("text/html", page.encode()) if url.path == "/page" else ("text/javascript", b"null")
        self.send_response(200)
        for name, value in {"Origin": "*", "Methods": "*", "Headers": "*"}.items():
            self.send_header(f"Access-Control-Allow-{name}", value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if self.command != "HEAD" else b"")

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = answer  # noqa: N815 (names that http.server looks for)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Attacker(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Pages)
        self.reached: set[str] = set()


@pytest.fixture(scope="module")
def attacker() -> Iterator[Attacker]:
    server = Attacker()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(PATIENCE)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("chromium"), LEADS_HERE, NO_HELP)
    try:
        browser.start()
        yield browser
    finally:
        browser.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("attacked")) as started:
        assert started.post("check_suite", SAMPLE.read_bytes()).status_code == 202
        wait_for(started.records, "the record")
        yield started


def attacked(
    chromium: Browser, page: str, target: str, path: str, html: str = ""
) -> tuple[dict[str, str], dict[str, Any]]:
    """Open the attacker's page and let it attack; what it read, and what Chromium saw."""
    chromium.call("open", {})
    if html:
        chromium.call("fulfil", page, html)
    chromium.call("page.goto", page)
    read = chromium.run(f"attack({target!r}, {path!r})")
    return read, chromium.heard()


def refused(heard: dict[str, Any], target: str, page: str) -> list[tuple[str, int]]:
    """Return the answers of the target that are no refusal, but for the page itself."""
    return [
        (url, status) for url, status in heard["responses"] if url.startswith(target) and url != page and status < 400
    ]


def test_a_server_that_answers_every_origin_is_read(chromium: Browser, attacker: Attacker) -> None:
    page = f"http://{EVIL}:{attacker.server_port}/page"
    read, _ = attacked(chromium, page, f"http://127.0.0.1:{attacker.server_port}", "/")
    assert {name for name, text in read.items() if text} == READABLE
    assert attacker.reached == REACHED == read.keys()


ORIGINS = [EVIL, "127.0.0.1", "localhost"]
"""A page of another site, and of another server on this machine."""


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize(
    "path", ["/", "/_ministack/health", "/_ministack/sqs/messages", "/?Action=CreateQueue&QueueName=evil"]
)
def test_a_page_reads_nothing_of_the_emulator(
    chromium: Browser, attacker: Attacker, server: Server, origin: str, path: str
) -> None:
    target, page = emulator_url(server), f"http://{origin}:{attacker.server_port}/page"
    read, heard = attacked(chromium, page, target, path)
    assert {name: text for name, text in read.items() if text} == {}
    assert read.keys() == REACHED
    assert any(url.startswith(target) for url, _ in heard["responses"])
    assert refused(heard, target, page) == []
    assert_nothing_happened(server)


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("path", ["/", "/health", "/telemetry"])
def test_a_page_reads_nothing_of_the_dev_server(
    chromium: Browser, attacker: Attacker, server: Server, origin: str, path: str
) -> None:
    page = f"http://{origin}:{attacker.server_port}/page"
    read, heard = attacked(chromium, page, server.url, path)
    assert {name: text for name, text in read.items() if text} == {}
    assert any(url.startswith(server.url) for url, _ in heard["responses"])
    assert refused(heard, server.url, page) == []
    assert_nothing_happened(server)


@pytest.mark.parametrize("path", ["/", "/_ministack/health", "/_ministack/sqs/messages"])
def test_dns_rebinding_to_the_emulator_is_refused(
    chromium: Browser, attacker: Attacker, server: Server, path: str
) -> None:
    """DNS rebinding: the page's own origin is the emulator's address under another name."""
    target = f"http://{REBOUND}:{urlsplit(emulator_url(server)).port}"
    read, heard = attacked(chromium, f"{target}/page", target, path, html(attacker))
    assert_only_refusals(read, "not answered", "own address", "administration")
    assert refused(heard, target, f"{target}/page") == []
    assert_nothing_happened(server)


@pytest.mark.parametrize("path", ["/", "/health", "/telemetry"])
def test_dns_rebinding_to_the_dev_server_is_refused(
    chromium: Browser, attacker: Attacker, server: Server, path: str
) -> None:
    target = f"http://{REBOUND}:{urlsplit(server.url).port}"
    read, heard = attacked(chromium, f"{target}/page", target, path, html(attacker))
    alive = '{"status":"ok"}'  # without counts: what a tunnel's owner may see too
    assert_only_refusals(
        read, "not answered", "does not verify", "there is only", "on the machine itself only", alive, "loaded"
    )
    assert {url for url, _ in refused(heard, target, f"{target}/page") if "/health?" not in url} == set()
    assert_nothing_happened(server)


def html(attacker: Attacker) -> str:
    redirect = f"http://{EVIL}:{attacker.server_port}/redirect?to="
    return f"<!doctype html><body><script>const REDIRECT = {redirect!r};{SCRIPT.read_text()}</script>"


def assert_only_refusals(read: dict[str, str], *reasons: str) -> None:
    """What a same-origin page can read of its own origin are the refusals."""
    assert read["fetch"]
    for name, text in read.items():
        headers_only = name == "fetch HEAD" and "check" not in text
        assert not text or headers_only or any(reason in text for reason in reasons), (name, text)
        assert "octo-org" not in text
        assert "QueueUrl" not in text


def assert_nothing_happened(server: Server) -> None:
    sqs = wiring.clients(emulator_url(server)).sqs
    assert [url for url in sqs.list_queues()["QueueUrls"] if "telemetry-local" not in url] == []
    health = server.health()
    assert (health["accepted"], health["records"]) == (1, 1)
