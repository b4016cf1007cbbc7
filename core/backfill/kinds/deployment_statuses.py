"""The statuses of deployments, which GitHub lists for each deployment only.

https://docs.github.com/en/rest/deployments/statuses
"""

from collections.abc import Iterator, Sequence

from core.backfill.context import BackfillContext, Unit, require_int, time_of
from core.events import SignedTriggerEvent
from core.metrics.deployment_status import ENDS
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
        statuses = list(context.github.pages(f"{context.path}/deployments/{id}/statuses"))
        if not _is_final(deployment, statuses):
            context.changing.add(unit.name)
        return [event for status in statuses if context.is_since(status, "created_at") for event in _ended(status)]

    def _ended(status: Json) -> list[SignedTriggerEvent]:
        payload = {"action": "created", "deployment_status": status, "deployment": deployment}
        return context.event("deployment_status", require_int(status, "id", "a status"), payload)

    unit = Unit("statuses of deployments", id, calls, events, context.state(deployment))
    return unit


def _is_final(deployment: Json, statuses: Sequence[Json]) -> bool:
    """Return whether the deployment has ended, and the list of deployments shows a new status.

    GitHub does not document that a status changes `updated_at` of the deployment, so each deployment has to show it.
    """
    updated_at, created_at = (time_of(deployment, name) for name in ("updated_at", "created_at"))
    times = [time_of(status, "created_at") for status in statuses]
    has_ended = any(status.get("state") in ENDS for status in statuses)
    return has_ended and created_at < max(times) <= updated_at


UNITS = units
