"""Issues with a label of INCIDENT_LABELS: that they were opened, and that they were closed.

https://docs.github.com/en/rest/issues/issues#list-repository-issues
"""

from collections.abc import Callable, Iterator, Sequence

from core.backfill.look import Look, Unit, listens_to, required
from core.events import SignedTriggerEvent
from core.payload import Json, day_of


def units(look: Look) -> Iterator[Unit]:
    """Those that changed since then; a list answers for one label, whatever its case."""
    labels = look.settings.incident_labels.split(",") if listens_to("issues") else []
    found = {required(each, "id", "an issue"): each for label in labels if label for each in _labelled(look, label)}
    for id, issue in found.items():
        if told := [*_opened(look, issue), *_closed(look, issue)]:
            yield Unit("incidents", id, 0, _as_listed(told))


def _labelled(look: Look, label: str) -> Iterator[Json]:
    params = {"state": "all", "labels": label, "since": f"{day_of(look.since)}T00:00:00Z"}
    issues = look.github.pages(f"{look.path}/issues", params)
    return (each for each in issues if "pull_request" not in each)  # to GitHub, a pull request is an issue too


def _opened(look: Look, issue: Json) -> Sequence[SignedTriggerEvent]:
    if not look.is_since(issue, "created_at"):
        return ()
    then = {**issue, "state": "open", "closed_at": None, "updated_at": issue["created_at"]}
    return look.event("issues", f"{issue['id']}-opened", {"action": "opened", "issue": then})


def _closed(look: Look, issue: Json) -> Sequence[SignedTriggerEvent]:
    if not look.is_since(issue, "closed_at"):
        return ()
    return look.event("issues", f"{issue['id']}-closed", {"action": "closed", "issue": issue})


def _as_listed(events: Sequence[SignedTriggerEvent]) -> Callable[[], Sequence[SignedTriggerEvent]]:
    return lambda: events


UNITS = units
