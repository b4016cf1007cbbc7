from benchmarks.requests_per_event import Requests, measure
from core.metric import MOST_REQUESTS


def test_the_requests_of_a_deployment_do_not_grow_with_the_history() -> None:
    assert [measure(size, "success") for size in (10, 500)] == [Requests(3, 3)] * 2
    assert sum(Requests(3, 3)) == MOST_REQUESTS


def test_the_requests_of_an_unknown_previous_deployment_are_limited() -> None:
    assert [measure(size, "failure") for size in (10, 500)] == [Requests(3, MOST_REQUESTS - 1)] * 2
