"""One module = one metric, discovered. To add one: docs/CONTRIBUTING.md."""

from functools import cache
from typing import cast

from core.discovery import discover
from core.events import SignedTriggerEvent
from core.metric import Metric


@cache
def all_metrics() -> tuple[Metric, ...]:
    """Return every metric, sorted by module name."""
    return cast("tuple[Metric, ...]", discover(__name__, "METRIC"))


@cache
def by_trigger() -> dict[str, tuple[Metric, ...]]:
    """Return the metrics that listen to each event; the keys are the known event signatures."""
    triggers = sorted({metric.trigger for metric in all_metrics()})
    return {trigger: tuple(m for m in all_metrics() if m.trigger == trigger) for trigger in triggers}


@cache
def events_of_github() -> tuple[str, ...]:
    """Return GitHub's names of the events to subscribe a webhook to, sorted."""
    return tuple(name.removeprefix("github::") for name in by_trigger() if name.startswith("github::"))


def listening_to(event: SignedTriggerEvent) -> tuple[Metric, ...]:
    """Return the metrics whose trigger is this event."""
    return by_trigger().get(event.trigger_event_signature, ())
