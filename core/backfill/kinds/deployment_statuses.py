"""What became of deployments: their statuses, which no list tells but each deployment's own.

https://docs.github.com/en/rest/deployments/statuses
"""

from collections.abc import Iterator, Sequence

from core.backfill.context import BackfillContext, Unit, require_int
from core.events import SignedTriggerEvent
from core.payload import Json

_STATUSES, _COMPARISON, _SEARCH = 1, 1, 1
"""Requests: its own statuses; what a success brought; and, once an environment, the statuses of one before that is older."""


def units(look: BackfillContext) -> Iterator[Unit]:
    """Of each deployment that was made since then, or that may have waited until then."""
    searched = set[str | None]()
    for each in look.deployments:
        id = require_int(each, "id", "a deployment")
        calls = _STATUSES
        if not look.stored.has_record("deployment-status", id):
            environment = look.environment(each)
            calls += _COMPARISON + (_SEARCH if environment not in searched else 0)
            searched.add(environment)
        yield _unit(look, each, id, calls)


def _unit(look: BackfillContext, deployment: Json, id: int, calls: int) -> Unit:
    def events() -> Sequence[SignedTriggerEvent]:
        statuses = look.github.pages(f"{look.path}/deployments/{id}/statuses")
        return [event for each in statuses if look.is_since(each, "created_at") for event in _ended(each)]

    def _ended(status: Json) -> list[SignedTriggerEvent]:
        told = {"action": "created", "deployment_status": status, "deployment": deployment}
        return look.event("deployment_status", require_int(status, "id", "a status"), told)

    return Unit("statuses of deployments", id, calls, events)


UNITS = units
