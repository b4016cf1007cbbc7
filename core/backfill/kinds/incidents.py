"""Incidents: issues that have a label of INCIDENT_LABELS now; an issue whose label was removed is not found.

https://docs.github.com/en/rest/issues/issues#list-repository-issues and https://docs.github.com/en/rest/issues/events
"""

from collections.abc import Iterator, Sequence

from core.backfill.context import BackfillContext, Unit, require_int
from core.backfill.issue_history import payloads
from core.events import SignedTriggerEvent
from core.payload import Fields, Json, day_of


def units(context: BackfillContext) -> Iterator[Unit]:
    """Yield a unit for each incident updated since the start. GitHub lists the issues of one label, in any case."""
    if context.repository.get("has_issues") is False:
        context.absent["incidents"] = "issues are off"
        return
    labels = context.settings.incident_labels.split(",")
    issues = {require_int(issue, "id", "an issue"): issue for label in labels for issue in _labelled(context, label)}
    yield from (_unit(context, id, issue) for id, issue in issues.items())


def _labelled(context: BackfillContext, label: str) -> Iterator[Json]:
    params = {"state": "all", "labels": label, "since": f"{day_of(context.since)}T00:00:00Z"}
    issues = context.github.pages(f"{context.path}/issues", params)
    return (
        issue for issue in issues if issue.get("pull_request") is None
    )  # to GitHub, a pull request is an issue, too


def _unit(context: BackfillContext, id: int, issue: Json) -> Unit:
    number = require_int(issue, "number", "an issue")

    def events() -> Sequence[SignedTriggerEvent]:
        issue_payloads = payloads(issue, context.github.pages(f"{context.path}/issues/{number}/events"))
        recent = (payload for payload in issue_payloads if context.is_since(payload["issue"], "updated_at"))
        return [event for payload in recent for event in _changed(payload)]

    def _changed(payload: Json) -> list[SignedTriggerEvent]:
        return context.event("issues", f"{id}-{Fields(payload['issue']).time('updated_at')}", payload)

    return Unit("incidents", id, 1, events)


UNITS = units
