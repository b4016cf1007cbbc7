"""Closed pull requests. The list lacks their counts, so each whose records are not all there is asked for by itself.

https://docs.github.com/en/rest/pulls/pulls
"""

from collections.abc import Iterator, Sequence

from core.backfill.context import BackfillContext, Unit, require_int
from core.events import SignedTriggerEvent
from core.payload import Json

_OF_CLOSED, _OF_MERGED = 1, 3
"""Requests: itself; and its commits and files."""


def units(look: BackfillContext) -> Iterator[Unit]:
    """Those that were closed since then."""
    for each in look.pulls:
        merged = bool(each.get("merged_at"))
        if look.is_since(each, "closed_at") and _closed(look, {**each, "merged": merged}):
            yield _unit(look, require_int(each, "number", "a pull request"), _OF_MERGED if merged else _OF_CLOSED)


def _unit(look: BackfillContext, number: int, calls: int) -> Unit:
    def events() -> Sequence[SignedTriggerEvent]:
        return _closed(look, look.github.object(f"{look.path}/pulls/{number}"))

    return Unit("pull requests", number, calls, events)


def _closed(look: BackfillContext, pull: Json) -> list[SignedTriggerEvent]:
    number = require_int(pull, "number", "a pull request")
    return look.event("pull_request", number, {"action": "closed", "number": number, "pull_request": pull})


UNITS = units
