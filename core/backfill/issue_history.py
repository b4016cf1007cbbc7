"""Reconstructs the webhook payloads of an issue from its present state and its events.

The present state has only the times of creation and of the last closing. The events have the times of labels and
reopenings: https://docs.github.com/en/rest/using-the-rest-api/issue-event-types
An event's time is taken for a webhook's `updated_at`: GitHub writes both with the change, but does not promise the same
second. If they differ, one labelling has two records, which differ only in that time.
An issue that came from another repository has an event `transferred`, without the id that it had there. What its
events say is from the documentation, not run.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from core.payload import Fields, Json


class _Event(NamedTuple):
    kind: str
    at: str
    """ISO 8601, as GitHub writes it."""
    label: Json | None
    reason: str | None
    """Why it was closed, if the event says."""

    @property
    def name(self) -> str | None:
        """The label's name."""
        return Fields(self.label or {}).text_or_none("name")


_KINDS = frozenset({"labeled", "unlabeled", "closed", "reopened"})


def payloads(issue: Json, listed: Iterable[Json]) -> Iterator[Json]:
    """Yield the payloads of an issue's actions, without repository; `listed` are events, oldest first.

    Raises MalformedPayload.
    """
    listed = list(listed)
    events = _events(issue, listed)
    created_at = Fields(issue, "issue").text("created_at")
    first = [event for event in events if event.kind == "labeled" and event.at == created_at]
    state = _at_creation(issue, events, first)
    is_transferred = any(item.get("event") == "transferred" for item in listed)
    yield {"action": "opened", "issue": state} | ({"changes": {"old_issue": None}} if is_transferred else {})
    for event in events:
        if event not in first:  # GitHub sends webhooks for these, too, but of the same fact
            state = {**state, **_changes(state, event), "updated_at": event.at}
            yield {"action": event.kind, "issue": state, "label": event.label}


def _events(issue: Json, listed: Iterable[Json]) -> list[_Event]:
    """Return the relevant events; the last closing has the issue's `closed_at`, as in the webhook, and its reason."""
    events = [_event(Fields(item, "event")) for item in listed if item.get("event") in _KINDS]
    closings = [number for number, event in enumerate(events) if event.kind == "closed"]
    closed_at = Fields(issue, "issue").text_or_none("closed_at")
    if closings and closed_at:
        reason = events[closings[-1]].reason or Fields(issue).text_or_none("state_reason")
        events[closings[-1]] = events[closings[-1]]._replace(at=closed_at, reason=reason)
    return events


def _event(fields: Fields) -> _Event:
    label = fields.child_or_none("label")
    reason = fields.text_or_none("state_reason")
    return _Event(fields.text("event"), fields.text("created_at"), label.data if label else None, reason)


def _at_creation(issue: Json, events: Sequence[_Event], first: Sequence[_Event]) -> Json:
    """Return the issue at creation: with its first labels, and those that no event names, such as renamed ones."""
    names = {event.name for event in events}
    other_labels = [
        label.data for label in Fields(issue, "issue").children("labels") if label.text_or_none("name") not in names
    ]
    labels = [event.label for event in first] + other_labels
    opened = {"state": "open", "state_reason": None, "closed_at": None, "updated_at": issue["created_at"]}
    return {**issue, **opened, "labels": labels}


def _changes(state: Json, event: _Event) -> Json:
    if event.kind == "closed":
        return {"state": "closed", "closed_at": event.at, "state_reason": event.reason}
    if event.kind == "reopened":
        return {"state": "open", "closed_at": None, "state_reason": "reopened"}
    others = [label for label in state["labels"] if Fields(label).text_or_none("name") != event.name]
    return {"labels": [*others, event.label] if event.kind == "labeled" else others}
