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

    Raises Malformed.
    """
    events = _events(issue, listed)
    made = Fields(issue, "issue").text("created_at")
    first = [each for each in events if each.kind == "labeled" and each.at == made]
    then = _when_made(issue, events, first)
    yield {"action": "opened", "issue": then}
    for each in events:
        if each not in first:  # of these GitHub sends webhooks, too, but they tell the same fact
            then = {**then, **_changes(then, each), "updated_at": each.at}
            if each.kind != "unlabeled":
                yield {"action": each.kind, "issue": then, "label": each.label}


def _events(issue: Json, listed: Iterable[Json]) -> list[_Event]:
    """Those that matter. Of the last closing the issue's own time, as the webhook tells it."""
    events = [_event(Fields(each, "event")) for each in listed if each.get("event") in _KINDS]
    closings = [number for number, each in enumerate(events) if each.kind == "closed"]
    closed_at = Fields(issue, "issue").text_or_none("closed_at")
    if closings and closed_at:
        events[closings[-1]] = events[closings[-1]]._replace(at=closed_at)
    return events


def _event(told: Fields) -> _Event:
    label = told.child_or_none("label")
    return _Event(told.text("event"), told.text("created_at"), label.data if label else None)


def _when_made(issue: Json, events: Sequence[_Event], first: Sequence[_Event]) -> Json:
    """With the labels that it was made with, and those of which no event tells, as where one was renamed."""
    told = {each.name for each in events}
    untold = [each.data for each in Fields(issue, "issue").children("labels") if each.text_or_none("name") not in told]
    labels = [each.label for each in first] + untold
    return {**issue, "state": "open", "closed_at": None, "updated_at": issue["created_at"], "labels": labels}


def _changes(then: Json, event: _Event) -> Json:
    if event.kind == "closed":
        return {"state": "closed", "closed_at": event.at}
    if event.kind == "reopened":
        return {"state": "open", "closed_at": None}
    others = [each for each in then["labels"] if Fields(each).text_or_none("name") != event.name]
    return {"labels": [*others, event.label] if event.kind == "labeled" else others}
