import pytest
import requests

from core.github.pacing import LONGEST_WAIT, RequestPace, Stopped, paced
from fakes.github.rate_limits import RateLimits
from fakes.github.response import Response, error
from fakes.github.server import FakeGitHub
from fakes.github.transport import FakeGitHubAdapter

VARIABLES = {"owner": "octo-org", "repo": "hello-world"}


class VirtualClock:
    """A clock that only waiting moves; in seconds."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


class Harness:
    def __init__(self, points: int = 3) -> None:
        self.clock = VirtualClock()
        self.pauses: list[float] = []
        self.pace = RequestPace(
            points,
            now=lambda: self.clock.now,
            wait=self.clock.wait,
            wall=lambda: self.clock.now,
            on_pause=self.pauses.append,
        )
        self.fake = FakeGitHub()
        self.session = requests.Session()
        self.session.mount("https://", FakeGitHubAdapter(self.fake))
        paced(self.session, self.pace)

    def get(self) -> int:
        return self.session.get(f"{self.fake.api_url}/user").status_code


def test_no_minute_has_more_requests_than_points() -> None:
    harness = Harness(points=3)
    times = []
    for _ in range(8):
        harness.clock.now += 5
        assert harness.get() == 200
        times.append(harness.clock.now)
    assert all(later - earlier >= 60 for earlier, later in zip(times, times[3:], strict=False))
    assert harness.pace.requests == harness.fake.requests == 8


def limited(status: int, headers: dict[str, str], message: str = "API rate limit exceeded") -> Response:
    return error(status, message, headers)


@pytest.mark.parametrize(
    ("refusal", "pause"),
    [
        (limited(429, {"Retry-After": "17"}), 17),
        (limited(403, {"Retry-After": "17"}), 17),
        (limited(429, {}), 60),
        (limited(403, {}, "You have exceeded a secondary rate limit. Please wait a few minutes"), 60),
        (limited(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1040"}), 41),
    ],
)
def test_a_limit_that_passes_soon_is_waited_for_and_the_request_repeated(refusal: Response, pause: float) -> None:
    harness = Harness()
    harness.fake.fail(refusal)
    assert harness.get() == 200
    assert harness.clock.waits == harness.pauses == [pause]
    assert (harness.pace.requests, harness.pace.refused_until) == (2, 0.0)


def test_requests_that_are_refused_together_pause_once() -> None:
    harness = Harness()
    harness.fake.fail(*[limited(429, {"Retry-After": "17"})] * 2)
    session = requests.Session()
    session.mount("https://", FakeGitHubAdapter(harness.fake))
    for response in [session.get(f"{harness.fake.api_url}/user", stream=True) for _ in range(2)]:
        assert harness.pace.refuse(response)
    assert harness.pauses == [17]


def test_a_limit_that_lasts_longer_is_returned_to_the_caller() -> None:
    harness = Harness()
    reset = str(int(1_000 + LONGEST_WAIT + 600))
    harness.fake.fail(limited(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}))
    assert harness.get() == 403
    assert harness.clock.waits == []
    assert harness.pace.refused_until == 1_000 + LONGEST_WAIT + 601


def test_a_missing_permission_is_no_rate_limit() -> None:
    harness = Harness()
    harness.fake.fail(error(403, "Resource not accessible by personal access token"))
    assert harness.get() == 403
    assert harness.pace.requests == 1


def test_a_limit_that_does_not_end_is_returned_to_the_caller() -> None:
    harness = Harness()
    harness.fake.fail(*[limited(429, {"Retry-After": "1"})] * 9)
    assert harness.get() == 429
    assert harness.pace.requests == 6


def test_what_is_left_of_the_hour_is_known_for_the_rest_api() -> None:
    harness = Harness(points=9)
    harness.fake.limits = RateLimits(an_hour=50)
    assert (harness.get(), harness.get()) == (200, 200)
    harness.session.post(
        f"{harness.fake.api_url}/graphql", json={"query": "query NumberKinds { x }", "variables": VARIABLES}
    )
    assert harness.pace.remaining == 48
    assert harness.pace.resets_at is not None


def test_no_request_is_sent_after_the_stop() -> None:
    harness = Harness()
    harness.pace.stop()
    with pytest.raises(Stopped):
        harness.get()
    assert harness.fake.requests == 0
