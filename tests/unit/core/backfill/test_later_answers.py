from typing import Any, cast

from core.backfill.context import BackfillContext
from core.backfill.later_answers import NUMBERS, RUNS, TIMELINES, LaterAnswers
from core.backfill.later_fields import Gaps
from core.errors import MissingPermission, NotAvailable, TelemetryError, TransientReadError, Unavailable
from core.payload import Json
from tests.builders import settings

REPOSITORY = {"id": 1, "name": "hello-world", "owner": {"login": "octo-org"}}


class Context:
    """Lists no runs, pull requests and deployments, and has no answer to a query."""

    def __init__(self, *queries: TelemetryError, runs: TelemetryError | None = None, absent: str = "") -> None:
        self.repository, self.settings, self.github = REPOSITORY, settings(), self
        self.absent = {absent: "404"}
        self.queries = 0
        self._failures, self._failure = list(queries), runs

    @property
    def runs(self) -> list[Json]:
        if self._failure is not None:
            raise self._failure
        return []

    @property
    def pulls(self) -> list[Json]:
        return []

    @property
    def deployments(self) -> list[Json]:
        return []

    def graphql(self, *_: Any) -> Json:
        self.queries += 1
        if self._failures:
            raise self._failures.pop(0)
        return {"repository": {"pullRequest": None, "n7": {"__typename": "Issue"}}}


def answers(*queries: TelemetryError, **options: Any) -> tuple[LaterAnswers, Context]:
    context = Context(*queries, **options)
    return LaterAnswers(cast("BackfillContext", context)), context


def test_a_list_that_is_refused_or_absent_is_refused_and_others_are_not() -> None:
    assert answers(runs=Unavailable("403"))[0].refused_list("workflow-job") == {RUNS: 0}
    assert answers(absent=RUNS)[0].refused_list("workflow-job") == {RUNS: 0}
    assert answers(absent=RUNS)[0].refused_list("deployment") == {}
    assert answers(absent="pull requests")[0].refused_list("commits-per-pr") == {"pull requests": 0}
    assert answers()[0].refused_list("release-versions") == {}


def test_each_thing_is_asked_for_once_in_a_run() -> None:
    later, context = answers(MissingPermission("403"))
    assert not later.is_granted({NUMBERS: 7})
    assert not later.is_granted({NUMBERS: 8})
    assert context.queries == 1
    later, context = answers()
    assert later.is_granted({NUMBERS: 7})
    assert later.is_granted({NUMBERS: 8})
    assert context.queries == 1


def test_one_granted_thing_of_two_is_enough() -> None:
    later, _ = answers(runs=Unavailable("403"))
    assert later.is_granted({RUNS: 0, NUMBERS: 7})
    assert not later.is_granted({RUNS: 0})


def test_a_pull_request_that_is_gone_is_an_answer() -> None:
    later, _ = answers()
    assert later.is_granted({TIMELINES: 5})
    assert not later.is_open(Gaps(timeline=5))
    assert later.refused(Gaps(timeline=5)) == {}


def test_a_refused_timeline_is_not_asked_for_again_in_the_run() -> None:
    for failure in (MissingPermission("403"), NotAvailable("no GraphQL")):
        later, context = answers(failure)
        assert not later.is_granted({TIMELINES: 5})
        assert (later.is_open(Gaps(timeline=6)), later.refused(Gaps(timeline=6))) == (False, {TIMELINES: 6})
        assert later.close([]) == {}
        assert (context.queries, len(later.failures())) == (1, 1)


def test_a_failure_that_may_pass_leaves_the_field_open() -> None:
    later, _ = answers(TransientReadError("502"))
    assert not later.is_granted({TIMELINES: 5})
    assert (later.is_open(Gaps(timeline=5)), later.refused(Gaps(timeline=5))) == (True, {})
