from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import pytest

from cli.trial.reading import Missing, read
from core.backfill.plan import Plan
from core.backfill.run import Backfill, BackfillResult
from core.github.pacing import RequestPace


class Run:
    """A backfill that recovers some items and leaves others."""

    def __init__(self, recovered: int, left: int) -> None:
        self.plan = Plan("o/r", cast("Any", ("unit",)), (), (), 0, 0, 0)
        self._result = BackfillResult(recovered, 0, left, 0)

    def run(self, _: object) -> BackfillResult:
        return self._result


def result_of(*runs: Run, pace: RequestPace | None = None) -> BackfillResult:
    """Return the result of a first run and of those after it; StopIteration if there are too few."""
    following: Iterator[Backfill] = cast("Any", iter(runs))
    return read(next(following), lambda: next(following), pace or RequestPace(), lambda *_: None, lambda _: None)


def test_deployments_may_be_complete_before_pull_requests() -> None:
    missing = Missing(Counter({"pull requests": 7, "workflow runs": 1}))
    assert (missing.has_all_deployments, missing.is_enough_for_dora) == (True, False)


@pytest.mark.parametrize(
    ("kinds", "is_enough"),
    [
        ({"workflow runs": 1_200, "check suites of commits": 3}, True),
        ({"workflow runs": 1, "reviews of pull requests": 1}, False),
        ({"statuses of deployments": 1}, False),
    ],
)
def test_dora_needs_all_deployments_incidents_tags_and_changes(kinds: dict[str, int], is_enough: bool) -> None:  # noqa: FBT001
    assert Missing(Counter(kinds)).is_enough_for_dora == is_enough


def test_what_is_missing_is_listed_by_kind() -> None:
    assert (
        str(Missing(Counter({"workflow runs": 1_200, "tags": 0, "incidents": 2}))) == "1,200 workflow runs, 2 incidents"
    )


def test_what_failed_for_a_while_is_read_again() -> None:
    result = result_of(Run(90, 10), Run(10, 0))
    assert (result.recovered, result.left) == (100, 0)


def test_what_fails_each_time_is_read_twice() -> None:
    assert result_of(Run(90, 10), Run(0, 10)).left == 10


def test_what_fails_less_each_time_is_read_three_times() -> None:
    assert result_of(Run(0, 30), Run(10, 20), Run(10, 10)).left == 10


def test_nothing_is_read_again_while_the_hourly_limit_is_used_up() -> None:
    pace = RequestPace()
    pace.refused_until = 1.0
    assert result_of(Run(90, 10), pace=pace).left == 10
