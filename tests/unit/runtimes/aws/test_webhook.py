import base64
import json
from typing import Any

import pytest

from core.webhook import sign
from runtimes.aws.webhook import respond
from tests.builders import SECRET, receiving
from tests.unit.core.recording import DELIVERY, check_suite

BODY = json.dumps(check_suite(note="é")).encode()


def gateway(
    body: object = BODY.decode(), *, encoded: bool = False, signed: bytes = BODY, **changes: Any
) -> dict[str, Any]:
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "check_suite",
        "x-github-DELIVERY": DELIVERY,
        "X-Hub-Signature-256": sign(signed, SECRET),
    }
    return {"version": "2.0", "headers": headers, "body": body, "isBase64Encoded": encoded, **changes}


def answered(event: dict[str, Any]) -> dict[str, Any]:
    return respond(event, receiving()[0])


ACCEPTED = {
    "statusCode": 202,
    "headers": {"Content-Type": "application/json"},
    "body": f'{{"status":"accepted","signature":"github::check_suite","delivery":"{DELIVERY}"}}',
    "isBase64Encoded": False,
}


def test_a_response_has_the_gateway_s_format_for_headers_of_any_case() -> None:
    assert answered(gateway()) == ACCEPTED


def test_a_base64_body_is_decoded_before_its_signature_is_checked() -> None:
    assert answered(gateway(base64.b64encode(BODY).decode(), encoded=True)) == ACCEPTED


def test_a_signature_over_the_base64_text_is_refused() -> None:
    text = base64.b64encode(BODY)
    assert answered(gateway(text.decode(), encoded=True, signed=text))["statusCode"] == 401


@pytest.mark.parametrize("body", ["é", "A", "====="])
def test_invalid_base64_is_unauthorized(body: str) -> None:
    assert answered(gateway(body, encoded=True))["statusCode"] == 401


@pytest.mark.parametrize("body", ["", None, ...])
def test_no_body_is_an_empty_one(body: object) -> None:
    event = gateway(body, signed=b"")
    if body is ...:
        del event["body"]
    answer = answered(event)
    assert (answer["statusCode"], answer["body"]) == (400, '{"status":"error","reason":"the body is empty"}')


@pytest.mark.parametrize("headers", [{}, None, ...])
def test_no_headers_are_an_unsigned_request(headers: object) -> None:
    event = gateway(headers=headers)
    if headers is ...:
        del event["headers"]
    assert answered(event)["statusCode"] == 401


def test_a_503_carries_its_retry_after() -> None:
    answer = respond(gateway(), receiving(secret="unset")[0])
    assert (answer["statusCode"], answer["headers"]) == (
        503,
        {"Content-Type": "application/json", "Retry-After": "60"},
    )


def from_address(address: str, networks: str) -> tuple[int, str]:
    services, _, _ = receiving(allowed_networks=networks)
    event = gateway(requestContext={"http": {"sourceIp": address}})
    answer = respond(event, services)
    return answer["statusCode"], answer["body"]


@pytest.mark.parametrize(
    ("address", "networks", "status"),
    [
        ("192.30.252.7", "192.30.252.0/22,10.0.0.0/8", 202),
        ("10.1.2.3", "192.30.252.0/22, 10.0.0.0/8", 202),
        ("2a0a:a440::1", "2a0a:a440::/29", 202),
        ("192.31.0.1", "192.30.252.0/22", 403),
        ("2a0b::1", "192.30.252.0/22", 403),
        ("192.30.252.7", "", 202),
        ("192.30.252.7", "everybody", 503),
        ("192.30.252.7", "192.30.252.7/8", 503),
        ("nobody", "192.30.252.0/22", 503),
    ],
)
def test_only_listed_networks_are_allowed_and_an_invalid_list_allows_none(
    address: str, networks: str, status: int
) -> None:
    assert from_address(address, networks)[0] == status


def test_a_list_without_a_source_address_allows_no_request() -> None:
    assert respond(gateway(), receiving(allowed_networks="10.0.0.0/8")[0])["statusCode"] == 503
