"""Reconstructs the webhook payloads of an issue from its present state and its events, and a pull request as it was.

The present state has only the times of creation and of the last closing. The events have the times of labels and
reopenings: https://docs.github.com/en/rest/using-the-rest-api/issue-event-types
An event's time is taken for a webhook's `updated_at`: GitHub writes both with the change, but does not promise the same
second. If they differ, one labelling has two records, which differ only in that time.
An issue that came from another repository has an event `transferred`, without the id that it had there. What its
events say is from the documentation, not run.
What an item is today is never taken for what it was. The events of the REST API name no issue type, so a payload has none. A label
that no event names, such as a renamed one, was added at an unknown time: OF_THEN is then false.
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
    title: str | None
    """What it was renamed to."""

    @property
    def name(self) -> str | None:
        """The label's name."""
        return Fields(self.label or {}).text_or_none("name")


OF_THEN = "labels_are_of_then"
"""Whether the labels of a reconstructed issue are certain to be those that it had."""
_KINDS = frozenset({"labeled", "unlabeled", "closed", "reopened", "renamed"})


def payloads(issue: Json, listed: Iterable[Json]) -> Iterator[Json]:
    """Yield the payloads of an issue's actions, without repository; `listed` are events, oldest first.

    Raises MalformedPayload.
    """
    listed = list(listed)
    events = _events(issue, listed)
    created_at = Fields(issue, "issue").text("created_at")
    first = [event for event in events if event.kind == "labeled" and event.at == created_at]
    renamed = (Fields(item, "event").child_or_none("rename") for item in listed if item.get("event") == "renamed")
    titles = (rename.text_or_none("from") for rename in renamed if rename)
    state = _at_creation(issue, events, first, next(titles, None))
    is_transferred = any(item.get("event") == "transferred" for item in listed)
    yield {"action": "opened", "issue": state} | ({"changes": {"old_issue": None}} if is_transferred else {})
    for event in events:
        if event not in first:  # GitHub sends webhooks for these, too, but of the same fact
            state = {**state, **_changes(state, event), "updated_at": event.at}
        if event not in first and event.kind != "renamed":
            yield {"action": event.kind, "issue": state, "label": event.label}


def as_of(item: Json, listed: Iterable[Json], time: int) -> Json:
    """Return a pull request with the title and the labels that it had at a time in UNIX ms; `listed` are its events in order.

    What was done since then is undone, the latest first, also within a second. The labels are null if the events do not lead
    to those of today, as after a label was renamed or removed from the repository. Raises MalformedPayload.
    """
    labels = [label.data for label in Fields(item, "item").children("labels")]
    past = {**item}
    events = sorted((Fields(event, "event") for event in listed), key=_time)
    is_explained = item.get("labels") is not None and _labels_of(events) == set(map(_name, labels))
    for fields in reversed(events):
        if _time(fields) <= time:
            break
        label, renamed = fields.child_or_none("label"), fields.child_or_none("rename")
        if label and fields.data.get("event") in ("labeled", "unlabeled"):
            labels = [other for other in labels if _name(other) != _name(label.data)]
            labels += [label.data] if fields.data["event"] == "unlabeled" else []
        if renamed and fields.data.get("event") == "renamed":
            past["title"] = renamed.text("from")
    return {**past, "labels": labels if is_explained else None}


def _labels_of(events: Iterable[Fields]) -> set[str | None]:
    """Return the names of the labels that are there after all events."""
    names = set[str | None]()
    for event in events:
        label, kind = event.child_or_none("label"), event.data.get("event")
        if label and kind == "labeled":
            names.add(_name(label.data))
        elif label and kind == "unlabeled":
            names.discard(_name(label.data))
    return names


def _name(label: Json) -> str | None:
    return Fields(label, "label").text_or_none("name")


def _time(event: Fields) -> int:
    return event.time("created_at") or 0


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
    label, renamed = fields.child_or_none("label"), fields.child_or_none("rename")
    reason, title = fields.text_or_none("state_reason"), renamed.text_or_none("to") if renamed else None
    return _Event(fields.text("event"), fields.text("created_at"), label.data if label else None, reason, title)


def _at_creation(issue: Json, events: Sequence[_Event], first: Sequence[_Event], title: str | None) -> Json:
    """Return the issue at creation: with its first labels, and those that no event names, such as renamed ones."""
    names = {event.name for event in events}
    other_labels = [
        label.data for label in Fields(issue, "issue").children("labels") if label.text_or_none("name") not in names
    ]
    seen = set[str | None]()
    for event in events:
        if event.kind == "unlabeled" and event.name not in seen and event.label is not None:
            other_labels.append(event.label)
        seen.add(event.name)
    labels = [event.label for event in first] + other_labels
    opened = {"state": "open", "state_reason": None, "closed_at": None, "updated_at": issue["created_at"]}
    known = {"labels": labels, OF_THEN: not other_labels, "type": None}
    return {**issue, **opened, **known, **({} if title is None else {"title": title})}


def _changes(state: Json, event: _Event) -> Json:
    if event.kind == "closed":
        return {"state": "closed", "closed_at": event.at, "state_reason": event.reason}
    if event.kind == "reopened":
        return {"state": "open", "closed_at": None, "state_reason": "reopened"}
    if event.kind == "renamed":
        return {"title": event.title} if event.title is not None else {}
    others = [label for label in state["labels"] if Fields(label).text_or_none("name") != event.name]
    return {"labels": [*others, event.label] if event.kind == "labeled" else others}
