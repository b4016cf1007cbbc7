import pytest

from benchmarks.requests_per_event import Requests, measure, measure_pull_request
from core.metric import MOST_REQUESTS


def test_the_requests_of_a_deployment_do_not_grow_with_the_history() -> None:
    assert [measure(size, "success") for size in (10, 500)] == [Requests(3, 3)] * 2
    assert sum(Requests(3, 3)) == MOST_REQUESTS


def test_the_requests_of_an_unknown_previous_deployment_are_limited() -> None:
    assert [measure(size, "failure") for size in (10, 500)] == [Requests(3, MOST_REQUESTS - 1)] * 2


@pytest.mark.parametrize(
    ("commits", "message", "requests"),
    [(3, "Change", 3), (3, "Change (#%d)", 4), (100, "Change (#%d)", 4), (250, "Change (#%d)", 6)],
)
def test_a_merged_pull_request_takes_at_most_two_more_requests(commits: int, message: str, requests: int) -> None:
    """Its commits take one request for each hundred and its files one; the timeline and the kinds of numbers one each."""
    assert measure_pull_request(commits, message) == requests
