"""What webhooks should have told of an issue, out of what it is now and of its events.

An issue as it is now tells only when it was made and when it was last closed. When a label was added, when it was opened
again, and how it was then, its events tell: https://docs.github.com/en/rest/using-the-rest-api/issue-event-types
An event's time is a webhook's `updated_at`: GitHub writes both as it makes the change. It does not promise that they are the
same second. Where they are not, one labelling has two records, which say the same of the issue but for their own time.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from core.payload import Fields, Json


class _Event(NamedTuple):
    kind: str
    at: str
    """As GitHub writes it."""
    label: Json | None

    @property
    def name(self) -> str | None:
        """The label's."""
        return Fields(self.label or {}).text_or_none("name")


_KINDS = frozenset({"labeled", "unlabeled", "closed", "reopened"})


def payloads(issue: Json, listed: Iterable[Json]) -> Iterator[Json]:
    """Those of opened, labeled, closed and reopened, without repository; `listed` are its events, the oldest first.

    Raises MalformedPayload.
    """
    events = _events(issue, listed)
    created_at = Fields(issue, "issue").text("created_at")
    first = [event for event in events if event.kind == "labeled" and event.at == created_at]
    state = _at_creation(issue, events, first)
    yield {"action": "opened", "issue": state}
    for event in events:
        if event not in first:  # of these GitHub sends webhooks, too, but they tell the same fact
            state = {**state, **_changes(state, event), "updated_at": event.at}
            if event.kind != "unlabeled":
                yield {"action": event.kind, "issue": state, "label": event.label}


def _events(issue: Json, listed: Iterable[Json]) -> list[_Event]:
    """Those that matter. Of the last closing the issue's own time, as the webhook tells it."""
    events = [_event(Fields(item, "event")) for item in listed if item.get("event") in _KINDS]
    closings = [number for number, event in enumerate(events) if event.kind == "closed"]
    closed_at = Fields(issue, "issue").text_or_none("closed_at")
    if closings and closed_at:
        events[closings[-1]] = events[closings[-1]]._replace(at=closed_at)
    return events


def _event(fields: Fields) -> _Event:
    label = fields.child_or_none("label")
    return _Event(fields.text("event"), fields.text("created_at"), label.data if label else None)


def _at_creation(issue: Json, events: Sequence[_Event], first: Sequence[_Event]) -> Json:
    """With the labels that it was made with, and those of which no event tells, as where one was renamed."""
    names = {event.name for event in events}
    other_labels = [
        label.data for label in Fields(issue, "issue").children("labels") if label.text_or_none("name") not in names
    ]
    labels = [event.label for event in first] + other_labels
    return {**issue, "state": "open", "closed_at": None, "updated_at": issue["created_at"], "labels": labels}


def _changes(state: Json, event: _Event) -> Json:
    if event.kind == "closed":
        return {"state": "closed", "closed_at": event.at}
    if event.kind == "reopened":
        return {"state": "open", "closed_at": None}
    others = [label for label in state["labels"] if Fields(label).text_or_none("name") != event.name]
    return {"labels": [*others, event.label] if event.kind == "labeled" else others}
