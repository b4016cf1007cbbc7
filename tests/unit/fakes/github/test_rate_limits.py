import json

import pytest

from fakes.github.rate_limits import RateLimits
from fakes.github.server import FakeGitHub


class Harness:
    def __init__(self, limits: RateLimits) -> None:
        self.now = 1_000.0
        self.fake = FakeGitHub(now=lambda: self.now)
        self.fake.limits = limits
        self.fake.state.repository("octo-org/hello-world")

    def get(self) -> tuple[int, dict[str, str], str]:
        status, headers, body = self.fake.answer("GET", "/user", {}, {})
        return status, dict(headers), json.loads(body).get("message", "")


def test_the_hours_requests_are_counted_and_then_refused_until_the_reset() -> None:
    harness = Harness(RateLimits(an_hour=2))
    assert [harness.get()[1]["X-RateLimit-Remaining"] for _ in range(2)] == ["1", "0"]
    status, headers, message = harness.get()
    assert (status, headers["X-RateLimit-Remaining"], headers["X-RateLimit-Reset"]) == (403, "0", "4600")
    assert message.startswith("API rate limit exceeded")
    harness.now = 4_600
    assert harness.get()[0] == 200


def test_too_many_points_in_a_minute_are_refused_for_a_minute() -> None:
    harness = Harness(RateLimits(points_a_minute=3))
    assert [harness.get()[0] for _ in range(3)] == [200] * 3
    status, headers, message = harness.get()
    assert (status, headers["Retry-After"]) == (403, "60")
    assert "secondary rate limit" in message
    assert headers["X-RateLimit-Remaining"] != "0"
    harness.now += 59
    assert harness.get()[0] == 403, "a request while it is limited prolongs the limit"
    harness.now += 60
    assert harness.get()[0] == 200
    assert harness.fake.limits is not None
    assert harness.fake.limits.refused == 2


@pytest.mark.parametrize(("pulls", "points"), [(1, 1), (20, 10)])
def test_a_query_of_many_pull_requests_costs_points_by_its_connections(pulls: int, points: int) -> None:
    harness = Harness(RateLimits(graphql_points=points))
    fields = " ".join(f"p{number}: pullRequest(number: {number}) {{ id }}" for number in range(pulls))
    query = f"query NumberKinds {{ {fields} }}"
    body = json.dumps({"query": query, "variables": {"owner": "octo-org", "repo": "hello-world"}}).encode()
    _, headers, answer = harness.fake.answer("POST", "/graphql", {}, {}, body)
    assert headers["X-RateLimit-Remaining"] == "0"
    assert "errors" not in json.loads(answer)
    status, headers, answer = harness.fake.answer("POST", "/graphql", {}, {}, body)
    assert (status, json.loads(answer)["errors"][0]["type"]) == (200, "RATE_LIMITED")
