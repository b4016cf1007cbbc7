"""Check suites, which GitHub lists by commit only. A workflow that fails at its start sends nothing but is a suite.

https://docs.github.com/en/rest/checks/suites#list-check-suites-for-a-git-reference
"""

from collections.abc import Iterator, Sequence

from core.backfill.context import BackfillContext, Unit, require_int
from core.events import SignedTriggerEvent
from core.payload import Json


def units(look: BackfillContext) -> Iterator[Unit]:
    """Of every commit that a workflow ran for, or that a pull request brought."""
    shas = dict.fromkeys(sha for sha in _shas(look) if isinstance(sha, str) and sha.isalnum())
    yield from (_unit(look, sha) for sha in shas)


def _shas(look: BackfillContext) -> Iterator[object]:
    yield from (run.get("head_sha") for run in look.runs)
    for pull in look.pulls:
        yield (pull.get("head") or {}).get("sha")
        if pull.get("merged_at"):
            yield pull.get("merge_commit_sha")


def _unit(look: BackfillContext, sha: str) -> Unit:
    def events() -> Sequence[SignedTriggerEvent]:
        suites = look.listed(f"{look.path}/commits/{sha}/check-suites", "check_suites")
        over = (each for each in suites if each.get("status") == "completed" and look.is_since(each, "updated_at"))
        return [event for each in over for event in _completed(look, each)]

    return Unit("check suites of commits", sha, 1, events)


def _completed(look: BackfillContext, suite: Json) -> list[SignedTriggerEvent]:
    told = {"action": "completed", "check_suite": suite}
    return look.event("check_suite", require_int(suite, "id", "a check suite"), told)


UNITS = units
