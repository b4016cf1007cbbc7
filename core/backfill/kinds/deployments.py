"""Deployments, and what became of them. https://docs.github.com/en/rest/deployments/deployments."""

from collections.abc import Callable, Iterator, Sequence

from core.backfill.look import Look, Unit, listens_to, required
from core.events import SignedTriggerEvent
from core.payload import Json

_OF_DEPLOYMENT, _OF_STATUSES = 2, 1
"""Requests: those of its environment, and package.json; its statuses."""


def units(look: Look) -> Iterator[Unit]:
    """Those that were made since then: itself where its record is not there, and its statuses, which no list tells."""
    for each in look.deployments:
        id = required(each, "id", "a deployment")
        if created := look.event("deployment", id, {"action": "created", "deployment": each}):
            yield Unit("deployments", id, _OF_DEPLOYMENT, _as_listed(created))
        if listens_to("deployment_status"):
            yield Unit("statuses of deployments", id, _OF_STATUSES, _statuses(look, each))


def _as_listed(events: Sequence[SignedTriggerEvent]) -> Callable[[], Sequence[SignedTriggerEvent]]:
    return lambda: events


def _statuses(look: Look, deployment: Json) -> Callable[[], Sequence[SignedTriggerEvent]]:
    def events() -> Sequence[SignedTriggerEvent]:
        statuses = look.github.pages(f"{look.path}/deployments/{deployment['id']}/statuses")
        return [event for each in statuses for event in _told(each)]

    def _told(status: Json) -> list[SignedTriggerEvent]:
        told = {"action": "created", "deployment_status": status, "deployment": deployment}
        return look.event("deployment_status", required(status, "id", "a status"), told)

    return events


UNITS = units
