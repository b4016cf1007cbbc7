import pytest

from benchmarks.requests_per_event import (
    Requests,
    measure,
    measure_job_of_environment,
    measure_pull_request,
    measure_status_without_job,
)
from core.metric import MOST_REQUESTS


def test_the_requests_of_a_deployment_do_not_grow_with_the_history() -> None:
    assert [measure(size, "success") for size in (10, 500)] == [Requests(3, 3)] * 2
    assert sum(Requests(3, 3)) == MOST_REQUESTS


def test_the_requests_of_an_unknown_previous_deployment_are_limited() -> None:
    assert [measure(size, "failure") for size in (10, 500)] == [Requests(3, MOST_REQUESTS - 1)] * 2


def test_a_status_without_a_job_takes_one_more_request_at_any_size() -> None:
    assert [measure_status_without_job(size) for size in (10, 500)] == [4, 4]


def test_a_job_of_an_environment_takes_one_request() -> None:
    assert measure_job_of_environment() == 1


@pytest.mark.parametrize(
    ("commits", "message", "requests"),
    [(3, "Change", 3), (3, "Change (#%d)", 4), (100, "Change (#%d)", 4), (250, "Change (#%d)", 6)],
)
def test_a_merged_pull_request_takes_at_most_two_more_requests(commits: int, message: str, requests: int) -> None:
    """Its commits take one request for each hundred and its files one; the timeline and the kinds of numbers one each."""
    assert measure_pull_request(commits, message) == requests
