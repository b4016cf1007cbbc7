"""Deployments. https://docs.github.com/en/rest/deployments/deployments."""

from collections.abc import Callable, Iterator, Sequence

from core.backfill.look import Look, Unit, required
from core.events import SignedTriggerEvent

_OF_DEPLOYMENT = 2
"""Requests: those of its environment, and package.json."""


def units(look: Look) -> Iterator[Unit]:
    """Those that were made since then, and whose record is not there."""
    for each in look.deployments:
        id = required(each, "id", "a deployment")
        if created := look.event("deployment", id, {"action": "created", "deployment": each}):
            yield Unit("deployments", id, _OF_DEPLOYMENT, _as_listed(created))


def _as_listed(events: Sequence[SignedTriggerEvent]) -> Callable[[], Sequence[SignedTriggerEvent]]:
    return lambda: events


UNITS = units
