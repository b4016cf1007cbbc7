import re
from collections.abc import Mapping
from typing import Any, cast

from core.backfill.number_cache import NumberCache
from core.errors import MissingPermission, NotAvailable, TelemetryError, TransientReadError
from core.ports import GitHubReader

REPOSITORY = {"id": 1, "name": "hello-world", "owner": {"login": "octo-org"}}


class GraphQL:
    """Says that even numbers are pull requests; fails if a test wants it to."""

    def __init__(self, *failures: TelemetryError) -> None:
        self.asked: list[list[int]] = []
        self._failures = list(failures)

    def graphql(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        assert variables == {"owner": "octo-org", "repo": "hello-world"}
        self.asked.append([int(number) for number in re.findall(r"number: (\d+)", query)])
        if self._failures:
            raise self._failures.pop(0)
        kinds = ("PullRequest", "Issue")
        return {"repository": {f"n{n}": {"__typename": kinds[n % 2]} for n in self.asked[-1]}}


def cache(github: GraphQL, planned: Any = ()) -> NumberCache:
    numbers = NumberCache(cast("GitHubReader", github), REPOSITORY)
    numbers.plan(planned)
    return numbers


def test_requests_are_filled_with_planned_numbers_and_each_is_asked_once() -> None:
    github = GraphQL()
    numbers = cache(github, range(1, 251))
    assert numbers.expected_calls == 3
    for first in range(1, 251, 10):
        kinds = numbers.kinds(range(first, first + 10))
        assert (kinds[first], kinds[first + 1]) == ("issue", "pull_request")
    assert list(map(len, github.asked)) == [100, 100, 50]
    assert sorted(number for batch in github.asked for number in batch) == list(range(1, 251))


def test_more_than_a_hundred_numbers_take_several_requests() -> None:
    github = GraphQL()
    assert len(cache(github).kinds(range(1, 151))) == 150
    assert list(map(len, github.asked)) == [100, 50]


def test_a_transient_failure_leaves_the_numbers_for_later() -> None:
    github = GraphQL(TransientReadError("502"))
    numbers = cache(github)
    assert (numbers.kinds([1, 2]), numbers.is_unknown([1]), numbers.failure) == ({}, True, None)
    assert (numbers.kinds([1, 2]), numbers.is_unknown([1])) == ({1: "issue", 2: "pull_request"}, False)


def test_a_server_without_graphql_is_asked_once() -> None:
    for failure in (NotAvailable("no GraphQL"), MissingPermission("no GraphQL")):
        github = GraphQL(failure)
        numbers = cache(github)
        assert (numbers.kinds([1]), numbers.kinds([2]), numbers.failure) == ({}, {}, "no GraphQL")
        assert (len(github.asked), numbers.is_unknown([1])) == (1, False)


def test_no_numbers_take_no_request() -> None:
    github = GraphQL()
    assert (cache(github).expected_calls, cache(github).kinds([]), github.asked) == (0, {}, [])
