"""Point 1 for `telemetry serve-gcp`: its fakes of Secret Manager and Pub/Sub, which hold the tokens, answer no web page."""

from collections.abc import Iterator, Mapping

import pytest
import requests

from fakes.google.http_transport import Answer, Request, serve_http
from tests.environment import PATIENCE


def readable(_: Request) -> Answer:
    return Answer(200, {"Content-Type": "text/plain"}, b"a token")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serve_http(readable, []) as url:
        yield url


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Host": "evil.example"},
        {"Host": "evil.example:PORT"},
        {"Host": "127.0.0.1.evil.example:PORT"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:1"},
    ],
)
def test_it_is_refused(address: str, method: str, headers: Mapping[str, str]) -> None:
    sent = {name: value.replace("PORT", address.partition(":")[2]) for name, value in headers.items()}
    answer = requests.request(method, f"http://{address}/", headers=sent, data=b"x", timeout=PATIENCE)
    assert (answer.status_code, "a token" in answer.text) == (403, False)
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST"])
def test_clients_are_answered(address: str, name: str) -> None:
    host = {"Host": f"{name}:{address.partition(':')[2]}"}
    assert requests.get(f"http://{address}/", headers=host, timeout=PATIENCE).text == "a token"


def test_a_preflight_is_refused(address: str) -> None:
    answer = requests.options(f"http://{address}/", headers={"Origin": "https://evil.example"}, timeout=PATIENCE)
    assert answer.status_code in (403, 501)
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
