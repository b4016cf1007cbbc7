"""Incidents: issues that have one of the labels of INCIDENT_LABELS now; one whose label was taken off again is not found.

https://docs.github.com/en/rest/issues/issues#list-repository-issues and https://docs.github.com/en/rest/issues/events
"""

from collections.abc import Iterator, Sequence

from core.backfill.context import BackfillContext, Unit, require_int
from core.backfill.issue_history import payloads
from core.events import SignedTriggerEvent
from core.payload import Fields, Json, day_of


def units(look: BackfillContext) -> Iterator[Unit]:
    """Those that changed since then. A list answers for one label, whatever its case."""
    if look.repository.get("has_issues") is False:
        return
    labels = look.settings.incident_labels.split(",")
    found = {require_int(each, "id", "an issue"): each for label in labels for each in _labelled(look, label)}
    yield from (_unit(look, id, issue) for id, issue in found.items())


def _labelled(look: BackfillContext, label: str) -> Iterator[Json]:
    params = {"state": "all", "labels": label, "since": f"{day_of(look.since)}T00:00:00Z"}
    issues = look.github.pages(f"{look.path}/issues", params)
    return (each for each in issues if each.get("pull_request") is None)  # to GitHub, a pull request is an issue, too


def _unit(look: BackfillContext, id: int, issue: Json) -> Unit:
    number = require_int(issue, "number", "an issue")

    def events() -> Sequence[SignedTriggerEvent]:
        told = payloads(issue, look.github.pages(f"{look.path}/issues/{number}/events"))
        since = (each for each in told if look.is_since(each["issue"], "updated_at"))
        return [event for each in since for event in _changed(each)]

    def _changed(payload: Json) -> list[SignedTriggerEvent]:
        return look.event("issues", f"{id}-{Fields(payload['issue']).time('updated_at')}", payload)

    return Unit("incidents", id, 1, events)


UNITS = units
