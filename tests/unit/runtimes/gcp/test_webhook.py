import json
from typing import Any

import flask
import pytest

from core.webhook import BODY_LIMIT, FORM_LIMIT, sign
from runtimes.gcp import webhook
from tests.builders import SECRET, Lines, receiving
from tests.builders import webhook as payload

BODY = json.dumps(payload("check_suite")).encode()
HEADERS = {"X-GitHub-Event": "check_suite", "X-Hub-Signature-256": sign(BODY, SECRET), "X-GitHub-Delivery": "d"}


def respond(
    services: Any, path: str = "/telemetry", method: str = "POST", length: int = len(BODY), **headers: str
) -> tuple[Any, int, dict[str, str]]:
    request_headers = {**HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    app = flask.Flask("functions")
    environ = {"RAW_URI": path, "CONTENT_LENGTH": str(length)}
    with app.test_request_context(path, method=method, headers=request_headers, data=BODY, environ_overrides=environ):
        body, status, response_headers = webhook.respond(flask.request, services)
    return json.loads(body), status, response_headers


def test_a_signed_delivery_is_accepted_and_queued() -> None:
    services, queue, _ = receiving()
    accepted = {"status": "accepted", "signature": "github::check_suite", "delivery": "d"}
    assert respond(services) == (accepted, 202, {"Content-Type": "application/json"})
    assert len(queue) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/telemetry"), ("POST", "/"), ("POST", "//telemetry"), ("POST", "/telemetry/"), ("POST", "/%74elemetry")],
)
def test_any_other_request_is_a_404(method: str, path: str) -> None:
    body, status, _ = respond(receiving()[0], path, method)
    assert (body, status) == ({"status": "error", "reason": "there is only POST /telemetry"}, 404)


def test_a_body_that_says_it_is_too_long_is_not_read() -> None:
    services, _, source = receiving()
    source.out = True  # it would be a 503
    body, status, _ = respond(services, length=BODY_LIMIT + 1)
    assert (body, status) == ({"status": "error", "reason": f"the body is over {BODY_LIMIT} bytes"}, 413)


def test_a_body_that_is_too_long_is_logged_without_its_content() -> None:
    lines = Lines()
    respond(receiving(lines=lines)[0], length=BODY_LIMIT + 1)
    [line] = lines.lines
    assert (line["outcome"], line["status"], line["reason"]) == (
        "rejected",
        413,
        f"the body is over {BODY_LIMIT} bytes",
    )


def test_the_length_of_a_form_is_not_that_of_its_json() -> None:
    content_type = "application/x-www-form-urlencoded"
    lengths = {length: respond(receiving()[0], length=length, Content_Type=content_type)[1] for length in LENGTHS}
    assert lengths == {BODY_LIMIT + 1: 400, FORM_LIMIT + 1: 413}  # the first is read, and ends too early


LENGTHS = (BODY_LIMIT + 1, FORM_LIMIT + 1)


def test_a_503_has_retry_after() -> None:
    services, _, source = receiving()
    source.out = True
    _, status, headers = respond(services)
    assert (status, headers["Retry-After"]) == (503, "60")


@pytest.mark.parametrize(
    ("forwarded", "status"),
    [
        ("192.30.252.7", 202),
        ("203.0.113.9, 192.30.252.7", 202),
        ("192.30.252.7, 203.0.113.9", 403),  # the last is Google's own word, the others are anybody's
        ("2606:50c0::1", 403),
        ("", 503),
        ("nobody", 503),
    ],
)
def test_only_allowed_networks_pass_by_the_address_that_google_saw(forwarded: str, status: int) -> None:
    services, _, _ = receiving(allowed_networks="192.30.252.0/22, 185.199.108.0/22")
    assert respond(services, X_Forwarded_For=forwarded)[1] == status


def test_an_invalid_allowlist_rejects_everyone() -> None:
    services, _, _ = receiving(allowed_networks="everybody")
    assert respond(services, X_Forwarded_For="192.30.252.7")[1] == 503
