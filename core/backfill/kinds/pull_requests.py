"""Closed pull requests. The list lacks their counts, so each one with a missing record is requested separately.

https://docs.github.com/en/rest/pulls/pulls
"""

from collections.abc import Iterator, Sequence

from core.backfill.context import BackfillContext, Unit, require_int
from core.events import SignedTriggerEvent
from core.payload import Json

_OF_CLOSED, _OF_MERGED = 1, 4
"""Requests: the pull request; and, if merged, its timeline, commits and files."""


def units(context: BackfillContext) -> Iterator[Unit]:
    """Yield a unit for each pull request closed since the start."""
    for pull in context.pulls:
        merged = bool(pull.get("merged_at"))
        if context.is_since(pull, "closed_at") and _closed(context, {**pull, "merged": merged}):
            yield _unit(context, require_int(pull, "number", "a pull request"), _OF_MERGED if merged else _OF_CLOSED)


def _unit(context: BackfillContext, number: int, calls: int) -> Unit:
    def events() -> Sequence[SignedTriggerEvent]:
        return _closed(context, context.github.object(f"{context.path}/pulls/{number}"))

    return Unit("pull requests", number, calls, events)


def _closed(context: BackfillContext, pull: Json) -> list[SignedTriggerEvent]:
    number = require_int(pull, "number", "a pull request")
    return context.event("pull_request", number, {"action": "closed", "number": number, "pull_request": pull})


UNITS = units
