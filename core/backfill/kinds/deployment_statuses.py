"""The statuses of deployments, which GitHub lists for each deployment only.

https://docs.github.com/en/rest/deployments/statuses
"""

from collections.abc import Iterator, Sequence

from core.backfill.context import BackfillContext, Unit, require_int
from core.events import SignedTriggerEvent
from core.payload import Json

_STATUSES, _COMPARISON, _SEARCH = 1, 1, 1
"""Requests: the statuses; the comparison of a success; and, once an environment, the statuses of an earlier deployment."""


def units(context: BackfillContext) -> Iterator[Unit]:
    """Yield a unit for each deployment created since the start, or that may have waited until then."""
    searched = set[str | None]()
    for deployment in context.deployments:
        id = require_int(deployment, "id", "a deployment")
        calls = _STATUSES
        if not context.stored.has_record("deployment-status", id):
            environment = context.environment(deployment)
            calls += _COMPARISON + (_SEARCH if environment not in searched else 0)
            searched.add(environment)
        yield _unit(context, deployment, id, calls)


def _unit(context: BackfillContext, deployment: Json, id: int, calls: int) -> Unit:
    def events() -> Sequence[SignedTriggerEvent]:
        statuses = context.github.pages(f"{context.path}/deployments/{id}/statuses")
        return [event for status in statuses if context.is_since(status, "created_at") for event in _ended(status)]

    def _ended(status: Json) -> list[SignedTriggerEvent]:
        payload = {"action": "created", "deployment_status": status, "deployment": deployment}
        return context.event("deployment_status", require_int(status, "id", "a status"), payload)

    return Unit("statuses of deployments", id, calls, events)


UNITS = units
