"""Tests of the guard's rules without a server; tests/security attacks a running one."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from runtimes.local.ministack.guard import HEALTH, OPERATIONS, Guard

HOST = (b"host", b"127.0.0.1:5")


def scope(method: str = "POST", path: str = "/", *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    names = {name for name, _ in headers}
    host = () if b"host" in names or b"no-host" in names else (HOST,)
    return {"type": "http", "http_version": "1.1", "method": method, "path": path, "headers": [*host, *headers]}


def target(name: str) -> tuple[bytes, bytes]:
    return b"x-amz-target", name.encode()


async def read() -> dict[str, Any]:
    return {"type": "http.request"}


async def never(*_: object) -> None:
    pytest.fail("the request was forwarded")


@pytest.mark.parametrize("name", [name for service in OPERATIONS.values() for name in service])
def test_operations_of_the_dev_server_are_allowed(name: str) -> None:
    assert Guard(never, 5, ["sqs", "ssm"]).refusal(scope("POST", "/", target(name))) == ""


def test_an_operation_of_an_unlisted_service_is_refused() -> None:
    guard = Guard(never, 5, ["sqs"])
    assert guard.refusal(scope("POST", "/", target("AmazonSQS.SendMessage"))) == ""
    assert guard.refusal(scope("POST", "/", target("AmazonSSM.GetParameter")))
    assert guard.refusal(scope("POST", "/queue", target("AmazonSQS.SendMessage")))
    assert guard.refusal(scope("GET", "/", target("AmazonSQS.SendMessage")))
    assert guard.refusal(scope("GET", HEALTH)) == ""


def test_with_every_service_open_only_pages_and_administration_are_refused() -> None:
    guard = Guard(never, 5)
    assert guard.refusal(scope("PUT", "/bucket/key")) == ""
    assert guard.refusal(scope("GET", "/_aws/execute-api/a/$default/telemetry")) == ""
    for path in ("/_ministack/reset", "/_MINISTACK/reset", "/_localstack/info", "http://evil.example/", ""):
        assert guard.refusal(scope("POST", path)), path


@pytest.mark.parametrize("host", [b"127.0.0.1:5", b"localhost:5", b"LocalHost:5", b"[::1]:5"])
def test_its_own_address_is_answered(host: bytes) -> None:
    assert Guard(never, 5).refusal(scope("GET", "/", (b"host", host))) == ""


@pytest.mark.parametrize(
    "headers",
    [
        [(b"no-host", b"")],
        [(b"host", b"evil.example:5")],
        [(b"host", b"127.0.0.1:6")],
        [(b"host", b"127.0.0.1")],
        [(b"host", b"127.0.0.1:5"), (b"host", b"evil.example")],
        [(b"host", b"127.0.0.1:5"), (b"Host", b"127.0.0.1:5")],
        [(b"origin", b"null")],
        [(b"ORIGIN", b"")],
        [(b"sec-fetch-mode", b"no-cors")],
        [(b"upgrade", b"websocket")],
    ],
)
def test_every_request_of_a_web_page_is_refused(headers: list[tuple[bytes, bytes]]) -> None:
    for guard in (Guard(never, 5), Guard(never, 5, ["sqs"])):
        for request in (scope("GET", HEALTH, *headers), scope("POST", "/", *headers, target("AmazonSQS.SendMessage"))):
            assert guard.refusal(request)


def test_port_80_is_omitted_from_a_host() -> None:
    assert Guard(never, 80).refusal(scope("GET", "/", (b"host", b"127.0.0.1"))) == ""


def test_only_cors_headers_are_removed_from_a_response() -> None:
    sent: list[MutableMapping[str, Any]] = []

    async def app(_: object, __: object, send: Any) -> None:
        headers = [(b"Access-Control-Allow-Origin", b"*"), (b"access-control-max-age", b"1"), (b"x", b"y")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"text"})

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(Guard(app, 5)(scope("GET", "/"), read, send))
    assert sent[0]["headers"] == [(b"x", b"y"), (b"cross-origin-resource-policy", b"same-origin")]
    assert sent[1]["body"] == b"text"


def test_a_refusal_is_what_aws_clients_understand() -> None:
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(Guard(never, 5)(scope("OPTIONS", "/"), read, send))
    assert sent[0]["status"] == 403
    assert b"AccessDeniedException" in sent[1]["body"]
