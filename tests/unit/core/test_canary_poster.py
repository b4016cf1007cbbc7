import http.client
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

import pytest

from core import canary_poster
from core.canary_poster import make_poster
from core.errors import Unavailable


class Connection:
    """Records one request, and answers with a status or an error."""

    def __init__(self, answer: int | Exception) -> None:
        self.answer = answer
        self.urls: list[SplitResult] = []
        self.requests: list[tuple[str, str, bytes, Mapping[str, str]]] = []
        self.status = 0
        self.closed = False

    def open(self, url: SplitResult) -> Any:
        self.urls.append(url)
        return self

    def request(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        self.requests.append((method, path, body, headers))

    def getresponse(self) -> "Connection":
        if isinstance(self.answer, Exception):
            raise self.answer
        self.status = self.answer
        return self

    def close(self) -> None:
        self.closed = True


def test_the_poster_returns_the_status() -> None:
    connection = Connection(202)
    post = make_poster("https://hooks.example/telemetry?a=b", connection.open)
    assert post({"x-github-event": "ping"}, b"{}") == 202
    assert connection.requests == [("POST", "/telemetry?a=b", b"{}", {"x-github-event": "ping"})]
    assert connection.urls == [urlsplit("https://hooks.example/telemetry?a=b")]
    assert connection.closed


def test_a_redirect_is_not_followed() -> None:
    connection = Connection(302)
    assert make_poster("https://hooks.example", connection.open)({}, b"{}") == 302
    assert [path for _, path, _, _ in connection.requests] == ["/"]


def test_nothing_is_sent_to_a_url_that_may_not_carry_a_secret() -> None:
    connection = Connection(202)
    post = make_poster("http://hooks.example/telemetry", connection.open)
    with pytest.raises(Unavailable, match=r"^WEBHOOK_URL: must begin with https://"):
        post({}, b"{}")
    assert connection.urls == []


@pytest.mark.parametrize("error", [http.client.BadStatusLine("x"), http.client.IncompleteRead(b"")])
def test_an_invalid_response_is_a_connection_error(error: Exception) -> None:
    connection = Connection(error)
    with pytest.raises(ConnectionError, match=type(error).__name__):
        make_poster("https://hooks.example", connection.open)({}, b"{}")
    assert connection.closed


def test_tls_verifies_the_name_and_the_certificate() -> None:
    connection = canary_poster._open(urlsplit("https://hooks.example:8443/telemetry"))
    assert isinstance(connection, http.client.HTTPSConnection)
    assert (connection.host, connection.port, connection.timeout) == ("hooks.example", 8443, 10.0)
    assert connection._context.check_hostname  # type: ignore[attr-defined]


def test_an_emulator_is_reached_without_tls() -> None:
    connection = canary_poster._open(urlsplit("http://127.0.0.1:4566/telemetry"))
    assert not isinstance(connection, http.client.HTTPSConnection)
    assert (connection.host, connection.port) == ("127.0.0.1", 4566)
