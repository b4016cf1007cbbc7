"""Incidents: issues that have a label of INCIDENT_LABELS now, or from which one was taken off since the start.

An issue that was deleted or transferred to another repository is no longer listed, so its end is not found.
https://docs.github.com/en/rest/issues/issues#list-repository-issues and https://docs.github.com/en/rest/issues/events
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from math import inf

from core.backfill.context import BackfillContext, Unit, require_int, time_of
from core.backfill.issue_history import payloads
from core.errors import NotAvailable
from core.events import SignedTriggerEvent
from core.payload import Fields, Json, day_of

_EVENTS_AT_MOST = 10_000
"""Events of a repository that are looked through for labels that were taken off: 100 requests."""


def units(context: BackfillContext) -> Iterator[Unit]:
    """Yield a unit for each issue updated since the start. GitHub lists the issues of one label, ignoring case."""
    if context.repository.get("has_issues") is False:
        context.absent["incidents"] = "issues are off"
        return
    labels = context.settings.incident_labels.split(",")
    found = chain(_unlabelled(context, labels), *(_labelled(context, label) for label in labels))
    issues = {require_int(issue, "id", "an issue"): issue for issue in found}
    yield from (_unit(context, id, issue) for id, issue in issues.items())


def _labelled(context: BackfillContext, label: str) -> Iterator[Json]:
    params = {"state": "all", "labels": label, "since": f"{day_of(context.since)}T00:00:00Z"}
    issues = context.github.pages(f"{context.path}/issues", params)
    return (
        issue for issue in issues if issue.get("pull_request") is None
    )  # to GitHub, a pull request is an issue, too


def _unlabelled(context: BackfillContext, labels: Sequence[str]) -> Iterator[Json]:
    """Yield the issues that lost an incident label since the start. The repository's events are listed newest first.

    GitHub refuses the later pages of a long list: https://github.com/octokit/octokit.net/issues/1417
    """
    wanted = {label.strip().casefold() for label in labels}
    earliest = context.now
    try:
        for number, event in enumerate(context.github.pages(f"{context.path}/issues/events")):
            at = time_of(event, "created_at")
            if -inf < at < context.since:
                return
            if number == _EVENTS_AT_MOST:
                _truncate(context, earliest)
                return
            earliest = int(at) if at > -inf else earliest
            fields = Fields(event, "event")
            label, issue = fields.child_or_none("label"), fields.child_or_none("issue")
            if event.get("event") == "unlabeled" and label is not None and issue is not None:
                name = label.text_or_none("name") or ""
                if name.strip().casefold() in wanted and issue.data.get("pull_request") is None:
                    yield issue.data
    except NotAvailable:
        _truncate(context, earliest)


def _truncate(context: BackfillContext, earliest: int) -> None:
    """Take note that no event before this time (UNIX ms) is read, although the start is earlier."""
    day = day_of(earliest)
    context.truncated["incidents"] = (
        f"the repository has too many events of issues to read those before {day}: an incident that lost its label before then is missing"
    )


def _unit(context: BackfillContext, id: int, issue: Json) -> Unit:
    number = require_int(issue, "number", "an issue")

    def events() -> Sequence[SignedTriggerEvent]:
        issue_events = list(context.github.pages(f"{context.path}/issues/{number}/events"))
        if not all(time_of(event, "created_at") <= time_of(issue, "updated_at") for event in issue_events):
            context.changing.add(unit.name)  # the list does not show every event
        issue_payloads = payloads(issue, issue_events)
        recent = (payload for payload in issue_payloads if context.is_since(payload["issue"], "updated_at"))
        return [event for payload in recent for event in _changed(payload)]

    def _changed(payload: Json) -> list[SignedTriggerEvent]:
        return context.event("issues", f"{id}-{Fields(payload['issue']).time('updated_at')}", payload)

    unit = Unit("incidents", id, 1, events, context.state(issue, "state"))
    return unit


UNITS = units
