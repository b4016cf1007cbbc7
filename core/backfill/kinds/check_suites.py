"""Check suites, which GitHub lists by commit only. A workflow that fails at its start sends no event but has a suite.

https://docs.github.com/en/rest/checks/suites#list-check-suites-for-a-git-reference
"""

from collections.abc import Iterator, Sequence

from core.backfill.context import BackfillContext, Unit, require_int
from core.events import SignedTriggerEvent
from core.payload import Json


def units(context: BackfillContext) -> Iterator[Unit]:
    """Yield a unit for every commit that a workflow ran for, or that is the head or merge of a pull request."""
    shas = dict.fromkeys(sha for sha in _shas(context) if isinstance(sha, str) and sha.isalnum())
    yield from (_unit(context, sha) for sha in shas)


def _shas(context: BackfillContext) -> Iterator[object]:
    yield from (run.get("head_sha") for run in context.readable(lambda: context.runs))
    for pull in context.readable(lambda: context.pulls):
        head = pull.get("head")
        yield head.get("sha") if type(head) is dict else None
        if pull.get("merged_at"):
            yield pull.get("merge_commit_sha")


def _unit(context: BackfillContext, sha: str) -> Unit:
    def events() -> Sequence[SignedTriggerEvent]:
        suites = context.listed(f"{context.path}/commits/{sha}/check-suites", "check_suites")
        completed = (
            suite for suite in suites if suite.get("status") == "completed" and context.is_since(suite, "updated_at")
        )
        return [event for suite in completed for event in _completed_events(context, suite)]

    return Unit("check suites of commits", sha, 1, events)


def _completed_events(context: BackfillContext, suite: Json) -> list[SignedTriggerEvent]:
    payload = {"action": "completed", "check_suite": suite}
    return context.event("check_suite", require_int(suite, "id", "a check suite"), payload)


UNITS = units
