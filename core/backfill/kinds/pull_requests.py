"""Closed pull requests. The list lacks their counts, so each one with a missing record is requested separately.

What was done after the closing is undone: the labels and the title of today are not those of then.
https://docs.github.com/en/rest/pulls/pulls and https://docs.github.com/en/rest/issues/events
"""

from collections.abc import Iterator, Sequence

from core.backfill.context import BackfillContext, Unit, require_int
from core.backfill.issue_history import as_of
from core.events import SignedTriggerEvent
from core.payload import Fields, Json

_OF_CLOSED, _OF_MERGED, _OF_CHANGED = 1, 4, 1
"""Requests: the pull request; if merged, also its timeline, commits and files; if it changed after the closing, its events."""
_OF_BATCHED, _OF_BOTS = 1, 1
"""The same if pull requests are read in batches, which core/backfill/plan.py counts; commits of a bot are read one by one."""
_SAME = 2_000
"""Milliseconds from the closing within which an update is that of the closing."""


def units(context: BackfillContext) -> Iterator[Unit]:
    """Yield a unit for each pull request closed since the start."""
    for pull in context.pulls:
        merged = bool(pull.get("merged_at"))
        if context.is_since(pull, "closed_at") and _closed(context, {**pull, "merged": merged}):
            calls = _of_merged(context, pull) if merged else _OF_CLOSED
            calls += _OF_CHANGED if _has_changed(pull) else 0
            yield _unit(context, require_int(pull, "number", "a pull request"), calls)


def _unit(context: BackfillContext, number: int, calls: int) -> Unit:
    def events() -> Sequence[SignedTriggerEvent]:
        pull = context.github.object(f"{context.path}/pulls/{number}")
        closed_at = Fields(pull, "pull_request").time("closed_at")
        if closed_at is not None and _has_changed(pull):
            pull = as_of(pull, context.github.pages(f"{context.path}/issues/{number}/events"), closed_at + _SAME)
        return _closed(context, pull)

    return Unit("pull requests", number, calls, events)


def _of_merged(context: BackfillContext, pull: Json) -> int:
    """Return the requests of a merged pull request."""
    if not context.is_batched:
        return _OF_MERGED
    user = pull.get("user")
    return _OF_BATCHED + (_OF_BOTS if type(user) is dict and user.get("type") == "Bot" else 0)


def _has_changed(pull: Json) -> bool:
    """Return whether the pull request was updated after it was closed: its labels and its title may be others than then."""
    fields = Fields(pull, "pull_request")
    closed_at, updated_at = fields.time("closed_at"), fields.time("updated_at")
    return closed_at is None or updated_at is None or updated_at > closed_at + _SAME


def _closed(context: BackfillContext, pull: Json) -> list[SignedTriggerEvent]:
    number = require_int(pull, "number", "a pull request")
    return context.event("pull_request", number, {"action": "closed", "number": number, "pull_request": pull})


UNITS = units
