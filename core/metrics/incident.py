"""incident: when an issue with an incident label was opened, labelled, closed, reopened or withdrawn.

Which labels those are is a setting: INCIDENT_LABELS. Those of EXEMPT_LABELS say of an incident that no deployment caused it.
GitHub has one subscription for all actions of issues.
https://docs.github.com/en/webhooks/webhook-events-and-payloads#issues
"""

from collections.abc import Iterable
from typing import NamedTuple

from core.events import SignedTriggerEvent
from core.metric import CollectContext, Key, Metric, day
from core.metrics._labels import bounded_labels, label_names
from core.payload import Fields
from core.settings_table import SharedSettings
from core.severity import severity

_TIMES = {"opened": "created_at", "closed": "closed_at"}
_LABEL_ACTIONS = ("labeled", "unlabeled")
_LEAVES = ("deleted", "transferred")
"""After these actions the issue is no longer there: each happens once."""
_ACTIONS = ("opened", *_LABEL_ACTIONS, "closed", "reopened", *_LEAVES)
_LONGEST_TYPE = 100
"""Characters of the name of an issue type."""


class Output(NamedTuple):
    """Something that was done to an incident, and how it was then."""

    id: int
    """The issue's id (not its number)."""
    number: int | None
    """The issue's number, by which people know it."""
    action: str
    """What was done: `opened`, `labeled`, `unlabeled`, `closed`, `reopened`, `deleted` or `transferred`; of `opened`, `labeled`
    and `closed` in one second the one that says more."""
    at: int | None
    """When that was done (UNIX ms)."""
    opened_at: int | None
    """When the issue was opened (UNIX ms); the label may be younger. A transferred issue keeps it."""
    closed_at: int | None
    """When the issue was closed (UNIX ms); null while it is open."""
    labels: list[str]
    """Those of its labels that make it an incident, as GitHub spells them; none after the last one was taken off."""
    state_reason: str | None
    """Why it is closed or open again: `completed`, `not_planned`, `duplicate` or `reopened`; null where GitHub did not tell."""
    is_transferred: bool | None
    """For `opened`, whether it came from another repository; for the other actions null."""
    transferred_from: int | None
    """For `opened`, the id that the issue had in the repository that it came from; null where GitHub did not tell."""
    transferred_to: int | None
    """For `transferred`, the id of the issue in its new repository; null where GitHub did not tell."""
    all_labels: list[str] | None
    """All its labels then, as GitHub spells them: at most 100 of 100 characters; null where GitHub did not say."""
    issue_type: str | None
    """The name of its issue type, such as `Bug`; null without one, or where issue types are not in use."""
    severity: int | None
    """The severity that a label names, else its title or the form it was opened with, 0 the highest; null where none does."""
    cause_sha: str | None
    """The commit that its text names as its cause: 7 to 64 hex digits; null where it names none."""
    cause_number: int | None
    """The pull request of the same repository that its text names as its cause; null where it names none."""
    is_exempt: bool | None
    """Whether a label of `EXEMPT_LABELS` says that no deployment caused it; null where GitHub did not name its labels."""


def applies(event: SignedTriggerEvent) -> bool:
    """Select those actions, but not of pull requests, which are issues to GitHub, too."""
    if event.payload.get("action") not in _ACTIONS:
        return False
    return event.fields("issue").data.get("pull_request") is None


def is_selected(event: SignedTriggerEvent, choices: SharedSettings) -> bool:
    """Return whether the issue has an incident label; for a label that was added or taken off, whether it is one.

    A label of EXEMPT_LABELS that was added to an incident or taken off it counts, too.
    """
    is_incident = bool(_incident_labels(event.fields("issue").children("labels"), choices))
    if event.payload.get("action") not in _LABEL_ACTIONS:
        return is_incident
    label = event.fields().child_or_none("label")
    if label is None:
        return False
    return bool(_incident_labels([label], choices)) or (is_incident and bool(_exempt(label_names([label]), choices)))


def key(event: SignedTriggerEvent) -> Key:
    """Return the key `{issue id}-{action time}`: an issue may be closed and reopened, and each time is a fact.

    A label is often taken off in the second in which another is added, so that key ends in the action. GitHub names no time of
    its own for the end of an issue, so its key is `{issue id}-{action}`.
    """
    at, id = _at(event), event.fields("issue").integer("id")
    action = event.payload.get("action")
    if action in _LEAVES:
        return Key((id, action), day=day(at))
    return Key((id, at, "unlabeled") if action == "unlabeled" else (id, at), day=day(at))


def collect(event: SignedTriggerEvent, context: CollectContext) -> Output:
    """Read the payload."""
    issue, at = event.fields("issue"), _at(event)
    is_open = issue.text_or_none("state") == "open"
    opened_at, closed_at = context.time(issue, "created_at"), None if is_open else context.time(issue, "closed_at")
    action = _action(event, at, opened_at, closed_at)
    is_transferred, transferred_from = _origin(event) if action == "opened" else (None, None)
    names = label_names(issue.children("labels"))
    has_labels, facts = _has_labels_of_then(issue), event.facts_of("issue")
    return Output(
        id=issue.integer("id"),
        number=issue.integer_or_none("number"),
        action=action,
        at=at,
        opened_at=opened_at,
        closed_at=closed_at,
        labels=_incident_labels(issue.children("labels"), context.choices),
        state_reason=issue.text_or_none("state_reason"),
        is_transferred=is_transferred,
        transferred_from=transferred_from,
        transferred_to=_other_issue(event, "new_issue") if action == "transferred" else None,
        all_labels=bounded_labels(names, context) if has_labels else None,
        issue_type=_issue_type(issue),
        severity=_severity(names, facts.integer_or_none("severity"), is_known=has_labels),
        cause_sha=facts.text_or_none("cause_sha"),
        cause_number=facts.integer_or_none("cause_number"),
        is_exempt=bool(_exempt(names, context.choices)) if has_labels else None,
    )


def _origin(event: SignedTriggerEvent) -> tuple[bool, int | None]:
    """Return whether an issue came from another repository, and its id there: then it has `changes`, which may lack the issue.

    https://docs.github.com/en/webhooks/webhook-events-and-payloads?actionType=opened#issues
    """
    changes = event.fields().child_or_none("changes")
    moved = changes is not None and ("old_issue" in changes.data or "old_repository" in changes.data)
    return moved, _other_issue(event, "old_issue")


def _other_issue(event: SignedTriggerEvent, key: str) -> int | None:
    changes = event.fields().child_or_none("changes")
    issue = changes.child_or_none(key) if changes else None
    return issue.integer_or_none("id") if issue else None


def _at(event: SignedTriggerEvent) -> int | None:
    """Return the time of the action: but for opening and closing it is `updated_at`, as GitHub names no other time."""
    return event.fields("issue").time(_TIMES.get(event.fields().text("action"), "updated_at"))


def _action(event: SignedTriggerEvent, at: int | None, opened_at: int | None, closed_at: int | None) -> str:
    """Return the action of the record, the same for two events of one fact.

    An issue that is created with its label is opened and labelled in the same second; so is one that is labelled as it is
    closed. The record must not depend on the order of the two events.
    """
    action = event.fields().text("action")
    if action in ("unlabeled", *_LEAVES) or at is None or at not in (opened_at, closed_at):
        return action
    return "closed" if at == closed_at else "opened"


def _issue_type(issue: Fields) -> str | None:
    """Return the name of the issue's type, an object that older servers do not send; an odd value costs only this field.

    https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/managing-issue-types-in-an-organization
    """
    kind = issue.data.get("type")
    name = kind.get("name") if type(kind) is dict else None
    return name[:_LONGEST_TYPE] if type(name) is str else None


def _has_labels_of_then(issue: Fields) -> bool:
    """Return whether the labels are known: a backfill may know which ones there are, but not since when."""
    return issue.data.get("labels") is not None and issue.data.get("labels_are_of_then") is not False


def _severity(names: Iterable[str], of_text: int | None, *, is_known: bool) -> int | None:
    """Return the highest severity that a label names, which is the lowest number; else that of the text.

    None if a label names one and is not known to have been there then.
    """
    levels = [level for name in names if (level := severity(name)) is not None]
    return min(levels, default=of_text) if is_known or not levels else None


def _incident_labels(labels: Iterable[Fields], choices: SharedSettings) -> list[str]:
    return _among(label_names(labels), choices.incident_labels)


def _exempt(names: Iterable[str], choices: SharedSettings) -> list[str]:
    return _among(names, choices.exempt_labels)


def _among(names: Iterable[str], setting: str) -> list[str]:
    """Return the names that a comma-separated setting lists, ignoring case and surrounding space."""
    wanted = {label.strip().casefold() for label in setting.split(",")} - {""}
    return [name for name in names if name.strip().casefold() in wanted]


METRIC = Metric("incident", "github::issues", Output, applies, key, collect, is_selected=is_selected)
