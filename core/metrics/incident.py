"""incident: when an issue with a label that makes it an incident was opened, labelled, closed or opened again.

Which labels those are is a setting: INCIDENT_LABELS.
https://docs.github.com/en/webhooks/webhook-events-and-payloads#issues
"""

from collections.abc import Iterable
from typing import NamedTuple

from core.events import SignedTriggerEvent
from core.metric import CollectContext, Key, Metric, day
from core.metrics._predicates import action_is
from core.payload import Fields
from core.settings_table import SharedSettings

_ACTIONS = ("opened", "labeled", "closed", "reopened")
_TIMES = {"opened": "created_at", "closed": "closed_at"}


class Output(NamedTuple):
    """Something that was done to an incident, and how it was then."""

    id: int
    """The issue's id (not its number)."""
    number: int | None
    """The issue's number, by which people know it."""
    action: str
    """What was done: `opened`, `labeled`, `closed` or `reopened`; of two in one second the one that says more."""
    at: int | None
    """When that was done (UNIX ms)."""
    opened_at: int | None
    """When the issue was opened (UNIX ms); the label may be younger."""
    closed_at: int | None
    """When the issue was closed (UNIX ms); null while it is open."""
    labels: list[str]
    """Those of its labels that make it an incident, as GitHub spells them."""


def applies(event: SignedTriggerEvent) -> bool:
    """Select those four actions, but not of pull requests, which are issues to GitHub, too."""
    if event.payload.get("action") not in _ACTIONS:
        return False
    return event.fields("issue").data.get("pull_request") is None


def is_selected(event: SignedTriggerEvent, choices: SharedSettings) -> bool:
    """Return whether the issue has an incident label; for an added label, whether it is one."""
    if action_is(event, "labeled"):
        added = event.fields().child_or_none("label")
        return added is not None and bool(_incident_labels([added], choices))
    return bool(_incident_labels(event.fields("issue").children("labels"), choices))


def key(event: SignedTriggerEvent) -> Key:
    """Return the key `{issue id}-{action time}`: an issue may be closed and reopened, and each time is a fact."""
    at = _at(event)
    return Key((event.fields("issue").integer("id"), at), day=day(at))


def collect(event: SignedTriggerEvent, context: CollectContext) -> Output:
    """Read the payload."""
    issue, at = event.fields("issue"), _at(event)
    is_open = issue.text_or_none("state") == "open"
    opened_at, closed_at = issue.time("created_at"), None if is_open else issue.time("closed_at")
    return Output(
        id=issue.integer("id"),
        number=issue.integer_or_none("number"),
        action=_action(event, at, opened_at, closed_at),
        at=at,
        opened_at=opened_at,
        closed_at=closed_at,
        labels=_incident_labels(issue.children("labels"), context.choices),
    )


def _at(event: SignedTriggerEvent) -> int | None:
    """Return the time of the action. For labels and reopening it is `updated_at`, as GitHub names no other time."""
    return event.fields("issue").time(_TIMES.get(event.fields().text("action"), "updated_at"))


def _action(event: SignedTriggerEvent, at: int | None, opened_at: int | None, closed_at: int | None) -> str:
    """Return the action of the record, the same for two events of one fact.

    An issue that is created with its label is opened and labelled in the same second; so is one that is labelled as it is
    closed. The record must not depend on the order of the two events.
    """
    if at is not None and at in (opened_at, closed_at):
        return "closed" if at == closed_at else "opened"
    return event.fields().text("action")


def _incident_labels(labels: Iterable[Fields], choices: SharedSettings) -> list[str]:
    wanted = {label.strip().casefold() for label in choices.incident_labels.split(",")} - {""}
    names = (label.text_or_none("name") for label in labels)
    return [name for name in names if name is not None and name.strip().casefold() in wanted]


METRIC = Metric("incident", "github::issues", Output, applies, key, collect, is_selected=is_selected)
