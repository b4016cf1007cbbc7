"""Check suites, which GitHub lists by commit only. A workflow that fails at its start sends no event but has a suite.

https://docs.github.com/en/rest/checks/suites#list-check-suites-for-a-git-reference

The list of runs shows new suites of Actions, and those that are run again, whose last result counts. So a commit is read again if its
runs have changed, and while a suite is not completed. Nothing shows that another app completes its suite: such a commit is read again
until nothing happened to it for 30 days. A completed suite of another app keeps its first result.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from core.backfill.context import BackfillContext, Unit, require_int, time_of
from core.backfill.unit_states import state_of
from core.events import SignedTriggerEvent
from core.payload import DAY, Json

_APPEARS = DAY
"""Milliseconds from the last run or change of a commit until its last suite surely exists."""
_CHANGES = 30 * DAY
"""Milliseconds for which another app may complete its suite. GitHub creates one for each app that may write checks, also for those that
never complete it: https://docs.github.com/en/rest/guides/using-the-rest-api-to-interact-with-checks#about-check-suites"""
_RUN = ("id", "run_attempt", "status", "conclusion", "updated_at", "check_suite_id")
_TIMES = ("created_at", "updated_at", "run_started_at", "merged_at")


def units(context: BackfillContext) -> Iterator[Unit]:
    """Yield a unit for every commit that a workflow ran for, or that is the head or merge of a pull request."""
    runs, times = defaultdict[object, list[Json]](list), defaultdict[object, float](float)
    for run in context.readable(lambda: context.runs):
        runs[run.get("head_sha")].append(run)
    for sha, item in _commits(context):
        times[sha] = max(times[sha], *(time_of(item, name) for name in _TIMES))
    for sha, latest in times.items():
        if isinstance(sha, str) and sha.isalnum():
            yield _unit(context, sha, runs[sha], latest)


def _commits(context: BackfillContext) -> Iterator[tuple[object, Json]]:
    """Yield the SHA of each commit with the run or the pull request that has it."""
    yield from ((run.get("head_sha"), run) for run in context.readable(lambda: context.runs))
    for pull in context.readable(lambda: context.pulls):
        head = pull.get("head")
        yield head.get("sha") if type(head) is dict else None, pull
        if pull.get("merged_at"):
            yield pull.get("merge_commit_sha"), pull


def _unit(context: BackfillContext, sha: str, runs: Sequence[Json], latest: float) -> Unit:
    shown = {run.get("check_suite_id"): run for run in runs if run.get("status") == "completed"}

    def is_final(suite: Json) -> bool:
        if suite.get("status") == "completed":
            return True
        return suite.get("id") not in shown and max(time_of(suite, "updated_at"), latest) < context.now - _CHANGES

    def events() -> Sequence[SignedTriggerEvent]:
        suites = list(context.listed(f"{context.path}/commits/{sha}/check-suites", "check_suites"))
        if not all(map(is_final, suites)):
            context.changing.add(unit.name)
        completed = [
            suite for suite in suites if suite.get("status") == "completed" and context.is_since(suite, "updated_at")
        ]
        for suite in completed:
            _outdate(context, suite, shown.get(suite.get("id")))
        return [event for suite in completed for event in _completed_events(context, suite)]

    state = state_of(*sorted(([run.get(name) for name in _RUN] for run in runs), key=str))
    unit = Unit("check suites of commits", sha, 1, events, state if 0 < latest < context.now - _APPEARS else "")
    return unit


def _outdate(context: BackfillContext, suite: Json, run: Json | None) -> None:
    """Take a stored result of an earlier attempt for missing: the last one counts."""
    begun = time_of(run, "run_started_at") if run else 0
    if run and run.get("run_attempt") != 1 and 0 < begun <= time_of(suite, "updated_at"):
        context.stored.outdate("check-suite", require_int(suite, "id", "a check suite"), int(begun))


def _completed_events(context: BackfillContext, suite: Json) -> list[SignedTriggerEvent]:
    payload = {"action": "completed", "check_suite": suite}
    return context.event("check_suite", require_int(suite, "id", "a check suite"), payload)


UNITS = units
