"""GraphQL over the fake GitHub's adapter: which request is sent, and what each answer means for an event."""

import json
from typing import Any

import pytest

from core.errors import (
    AccessBlocked,
    MissingPermission,
    NotAvailable,
    NotFound,
    PermanentError,
    QueryTooLarge,
    ResponseTooLarge,
    TransientReadError,
    Unavailable,
)
from core.github.bounded_response import MOST
from core.github.graphql import graphql_url
from core.github.read_errors import HANGING_PAUSE
from core.secrets_cache import RENEWAL_PAUSE, SOURCE_TOKEN
from fakes.github.server import Response, error
from tests.unit.core.github.test_reader import COMMITS, JSON, TOKEN, Harness

KINDS = """query NumberKinds($owner: String!, $repo: String!) {
  repository(owner: $owner, name: $repo) {
    n1: issueOrPullRequest(number: 1) { __typename }
  }
}"""
WORLD = {"owner": "octo-org", "repo": "hello-world"}
NO_NUMBER = {"repository": {"n1": None}}


def ask(harness: Harness) -> Any:
    return harness.github.graphql(KINDS, WORLD)


def failing(*errors: dict[str, Any], data: Any = None, **headers: str) -> Response:
    body = {"data": data, "errors": list(errors)}
    return Response(
        200, {**JSON, **{name.replace("_", "-"): value for name, value in headers.items()}}, json.dumps(body).encode()
    )


@pytest.mark.parametrize(
    ("api", "url"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://api.octocorp.ghe.com/", "https://api.octocorp.ghe.com/graphql"),
        ("https://github.example.com/api/v3", "https://github.example.com/api/graphql"),
        ("https://github.example.com/api/v3/", "https://github.example.com/api/graphql"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/graphql"),
    ],
)
def test_the_url_of_graphql_is_beside_the_rest_api(api: str, url: str) -> None:
    assert graphql_url(api) == url


def test_a_query_is_posted_with_its_variables_and_the_token() -> None:
    harness = Harness()
    assert ask(harness) == NO_NUMBER
    [request] = harness.adapter.sent
    assert (request.method, request.url) == ("POST", "https://api.github.com/graphql")
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert json.loads(request.body or b"") == {"query": KINDS, "variables": WORLD}


def test_an_enterprise_server_is_queried_at_its_own_url() -> None:
    harness = Harness(api_url="https://github.example.com/api/v3")
    assert ask(harness) == NO_NUMBER
    assert harness.urls() == ["https://github.example.com/api/graphql"]


def test_what_does_not_exist_is_null_in_the_data() -> None:
    harness = Harness()
    harness.fake.state.delete("octo-org/hello-world")
    assert ask(harness) == {"repository": None}


def test_a_query_without_any_data_is_not_found() -> None:
    harness = Harness()
    harness.fake.fail(failing({"type": "NOT_FOUND", "message": "Could not resolve to a node"}))
    with pytest.raises(NotFound):
        ask(harness)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (
            failing({"type": "FORBIDDEN", "message": "Resource not accessible by integration"}, data=NO_NUMBER),
            MissingPermission,
        ),
        (failing({"type": "INSUFFICIENT_SCOPES", "message": "needs a scope"}), MissingPermission),
        (failing({"type": "RESOURCE_LIMITS_EXCEEDED", "message": "limits"}, data=NO_NUMBER), QueryTooLarge),
        (failing({"type": "MAX_NODE_LIMIT_EXCEEDED", "message": "nodes"}), QueryTooLarge),
        (failing({"message": "Field 'x' doesn't exist", "extensions": {"code": "undefinedField"}}), NotAvailable),
        (failing({"type": "FORBIDDEN", "message": "Repository access blocked"}), AccessBlocked),
        (failing({"message": "Something went wrong while executing your query"}), TransientReadError),
        (failing({"type": "SERVICE_UNAVAILABLE", "message": "x"}, data=NO_NUMBER), TransientReadError),
        (failing({"type": "NOT_FOUND"}, {"type": "INTERNAL"}, data=NO_NUMBER), TransientReadError),
        (failing({"type": ["NOT_FOUND"], "message": 1, "extensions": []}, data=NO_NUMBER), TransientReadError),
        (Response(200, JSON, b'{"data":{},"errors":{"type":"NOT_FOUND"}}'), TransientReadError),
        (Response(200, JSON, b'{"data":{},"errors":["NOT_FOUND"]}'), TransientReadError),
        (Response(200, JSON, b'{"data":null}'), TransientReadError),
        (Response(200, JSON, b'{"data":[]}'), TransientReadError),
        (Response(200, JSON, b"[]"), TransientReadError),
        (Response(200, JSON, b"{}"), TransientReadError),
        (Response(200, JSON, b'{"data":{"repository":1e999}}'), TransientReadError),
        ("html", TransientReadError),
        ("empty", TransientReadError),
        ("cut", TransientReadError),
        ("timeout", TransientReadError),
        (error(404, "Not Found"), NotAvailable),
        (error(400, "Problems parsing JSON"), NotAvailable),
        (error(403, "Resource not accessible by personal access token"), MissingPermission),
        (error(502, "Bad Gateway"), TransientReadError),
        (error(504, "We couldn't respond to your request in time"), TransientReadError),
        (Response(301, {"Location": "https://api.github.com/other"}), TransientReadError),
        (Response(307, {"Location": "https://evil.example/graphql"}), TransientReadError),
        (Response(200, JSON, b'{"data":{"repository":"' + b"x" * MOST + b'"}}'), ResponseTooLarge),
        (Response(200, JSON, b'{"data":{"repository":[' + b"1," * 200_000 + b"1]}}"), ResponseTooLarge),
    ],
)
def test_each_failure_has_its_consequence(fault: Response | str, kind: type[Exception]) -> None:
    harness = Harness()
    harness.fake.fail(fault)
    with pytest.raises(kind) as caught:
        ask(harness)
    assert caught.type is kind
    assert all(url and url.startswith("https://api.github.com/graphql") for url in harness.urls())


@pytest.mark.parametrize("kind", ["RATE_LIMITED", "RATE_LIMIT"])
def test_a_rate_limit_waits_until_its_reset(kind: str) -> None:
    harness = Harness()
    reset = str(int(harness.clock.seconds()) + 600)
    headers = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": reset, "X_RateLimit_Limit": "5000"}
    harness.fake.fail(failing({"type": kind, "message": "API rate limit exceeded"}, **headers))
    with pytest.raises(TransientReadError) as caught:
        ask(harness)
    assert caught.value.retry_after == 600
    with pytest.raises(Unavailable, match="no requests for now"):
        ask(harness)
    assert harness.fake.requests == 1
    harness.clock.move(600)
    assert ask(harness) == NO_NUMBER


@pytest.mark.parametrize(
    ("fault", "pause"),
    [
        (failing({"message": "You have exceeded a secondary rate limit"}, Retry_After="30"), 30),
        (failing({"message": "You have exceeded a secondary rate limit"}), 60),
        (error(403, "You have exceeded a secondary rate limit"), 60),
        (error(429, "Too many requests", {"Retry-After": "7"}), 7),
    ],
)
def test_a_secondary_rate_limit_is_one_whatever_its_status(fault: Response, pause: float) -> None:
    harness = Harness()
    harness.fake.fail(fault)
    with pytest.raises(TransientReadError) as caught:
        ask(harness)
    assert caught.value.retry_after == pause


def test_the_limits_of_graphql_and_rest_do_not_mix() -> None:
    harness = Harness()
    limited = {"X_RateLimit_Remaining": "0", "X_RateLimit_Limit": "5000", "X_RateLimit_Reset": "9999999999"}
    harness.fake.fail(failing({"type": "RATE_LIMITED", "message": "API rate limit exceeded"}, **limited))
    with pytest.raises(TransientReadError):
        ask(harness)
    assert harness.github.budget() == 1.0
    assert harness.file() == b"{}"
    headers = {name.replace("_", "-"): value for name, value in limited.items()}
    other = Harness()
    other.fake.fail(error(403, "API rate limit exceeded", headers))
    with pytest.raises(TransientReadError):
        list(other.github.pages(COMMITS))
    assert ask(other) == NO_NUMBER


@pytest.mark.parametrize(
    "fault",
    [
        error(403, "You have exceeded a secondary rate limit", {"Retry-After": "30"}),
        error(403, "You have exceeded a secondary rate limit", {"X-RateLimit-Remaining": "0", "Retry-After": "30"}),
        error(429, "Too many requests", {"Retry-After": "30", "X-RateLimit-Remaining": "12"}),
        error(403, "You have triggered an abuse detection mechanism", {"Retry-After": "30"}),
    ],
)
def test_a_secondary_limit_of_one_api_closes_both(fault: Response) -> None:
    harness = Harness()
    harness.fake.fail(fault)
    with pytest.raises(TransientReadError):
        ask(harness)
    with pytest.raises(Unavailable, match="no requests for now") as caught:
        harness.file()
    assert caught.value.retry_after == 30
    harness.clock.move(30)
    assert harness.file() == b"{}"
    harness.fake.fail(fault)
    with pytest.raises(TransientReadError):
        list(harness.github.pages(COMMITS))
    with pytest.raises(Unavailable, match="no requests for now"):
        ask(harness)
    harness.clock.move(30)
    assert ask(harness) == NO_NUMBER


def test_a_query_that_hangs_does_not_block_the_rest_api() -> None:
    harness = Harness()
    harness.fake.fail("timeout")
    with pytest.raises(TransientReadError) as caught:
        ask(harness)
    assert caught.value.retry_after == HANGING_PAUSE
    assert harness.file() == b"{}"


def test_a_rejected_token_is_refreshed_once() -> None:
    harness = Harness()
    harness.secrets.get(SOURCE_TOKEN)
    harness.fake.token = harness.source.values[SOURCE_TOKEN] = "newer"
    harness.clock.move(RENEWAL_PAUSE)
    assert ask(harness) == NO_NUMBER
    assert harness.tokens() == [f"Bearer {TOKEN}", "Bearer newer"]


@pytest.mark.parametrize("status", [401, 403, 429])
def test_without_a_token_graphql_is_not_available(status: int) -> None:
    """GitHub answers no query without a token; that must not close the gate of the REST API."""
    harness = Harness(token=None, anonymous=True)
    harness.fake.fail(error(status, "API rate limit exceeded for 192.0.2.1", {"X-RateLimit-Remaining": "0"}))
    with pytest.raises(NotAvailable):
        ask(harness)
    assert harness.file() == b"{}"


def test_an_invalid_token_is_unavailable() -> None:
    harness = Harness()
    harness.fake.token = "another"
    with pytest.raises(Unavailable):
        ask(harness)


def test_a_failure_names_no_part_of_the_answer() -> None:
    harness = Harness()
    harness.fake.fail(failing({"type": "secret ghs_1", "message": "ghs_2", "extensions": {"ghs_3": 1}}))
    with pytest.raises(TransientReadError) as caught:
        ask(harness)
    assert "ghs_" not in str(caught.value)


def test_permanent_errors_have_no_token_in_their_text() -> None:
    harness = Harness()
    harness.fake.fail(error(422, TOKEN))
    with pytest.raises(PermanentError) as caught:
        ask(harness)
    assert TOKEN not in str(caught.value)
