"""Checks which event a body states, whatever the header says: headers are not signed, so a header only chooses among these.

A shape is the top-level keys that GitHub documents for an event. A body that has the keys of a more specific event is of
that one: a `deployment_status` carries its `deployment`, a review its `pull_request`. An event that is not listed has its
own name as its key, as GitHub's newer events do. tests/contract/test_event_shapes.py compares the list with GitHub's
OpenAPI description. https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from functools import cache
from typing import NamedTuple

from core.errors import BadRequest
from core.events import TriggerEvent
from core.payload import Json


class Shape(NamedTuple):
    """The top-level keys that identify an event's body, and keys that it cannot have."""

    has: tuple[str, ...]
    lacks: tuple[str, ...] = ()


_SHAPES = {
    "branch_protection_rule": Shape(("rule",)),
    "code_scanning_alert": Shape(("alert",)),
    "commit_comment": Shape(("comment",), ("since",)),
    "create": Shape(("ref", "ref_type")),
    "custom_property": Shape(("definition",)),
    "custom_property_values": Shape(("new_property_values",)),
    "delete": Shape(("ref", "ref_type", "pusher_type"), ("master_branch",)),
    "dependabot_alert": Shape(("alert",)),
    "deploy_key": Shape(("key",)),
    "deployment": Shape(("deployment",), ("workflow_job",)),
    "deployment_protection_rule": Shape(("deployment", "deployment_callback_url")),
    "deployment_review": Shape(("workflow_run", "since")),
    "deployment_status": Shape(("deployment", "deployment_status")),
    "discussion_comment": Shape(("discussion", "comment")),
    "fork": Shape(("forkee",)),
    "gollum": Shape(("pages",)),
    "installation_repositories": Shape(("repositories_added",)),
    "installation_target": Shape(("account", "target_type")),
    "issue_comment": Shape(("issue", "comment")),
    "issue_dependencies": Shape(("blocked_issue",)),
    "issues": Shape(("issue",)),
    "label": Shape(("label",), ("discussion", "issue", "pull_request")),
    "membership": Shape(("member", "team")),
    "meta": Shape(("hook",), ("zen",)),
    "milestone": Shape(("milestone",), ("issue", "pull_request")),
    "organization_custom_property": Shape(("definition",)),
    "organization_custom_property_values": Shape(("new_property_values",)),
    "org_block": Shape(("blocked_user",)),
    "organization": Shape(("membership",)),
    "page_build": Shape(("build",)),
    "ping": Shape(("zen",)),
    "pull_request_review": Shape(("pull_request", "review")),
    "pull_request_review_comment": Shape(("pull_request", "comment")),
    "pull_request_review_thread": Shape(("pull_request", "thread")),
    "push": Shape(("ref", "before", "after", "commits")),
    "repository_dispatch": Shape(("client_payload",)),
    "repository_vulnerability_alert": Shape(("alert",)),
    "secret_scanning_alert": Shape(("alert",)),
    "secret_scanning_alert_location": Shape(("alert", "location")),
    "star": Shape(("starred_at",)),
    "status": Shape(("context", "state", "sha")),
    "sub_issues": Shape(("sub_issue",)),
    "team_add": Shape(("team",)),
    "workflow_dispatch": Shape(("inputs", "workflow")),
    "workflow_run": Shape(("workflow_run",), ("deployment",)),
}
_NAMED_BY_THEIR_KEY = (
    "check_run",
    "check_suite",
    "discussion",
    "marketplace_purchase",
    "member",
    "merge_group",
    "package",
    "projects_v2",
    "projects_v2_item",
    "projects_v2_status_update",
    "pull_request",
    "registry_package",
    "release",
    "repository_advisory",
    "repository_ruleset",
    "security_advisory",
    "sponsorship",
    "team",
    "workflow_job",
)
_ALL = {**_SHAPES, **{name: Shape((name,)) for name in _NAMED_BY_THEIR_KEY}}
_OF_GITHUB = ("repository", "sender")
_OURS = {
    "canary": Shape((), (*_OF_GITHUB, "owner", "repo")),
    "comparison": Shape(("base", "head"), (*_OF_GITHUB, "sent_at")),
}
"""The shapes of our own events: a canary is known by `sent_at`, a comparison by its two commits."""
_ANOTHER_OF_OURS = Shape((), (*_OF_GITHUB, "sent_at", "base", "head"))


def check_shape(event: TriggerEvent) -> None:
    """Raise BadRequest if the body states another event than the header, as in a replay under another header.

    A body that states no event passes: it may be unusual but valid, and its dead letter names the missing field.
    """
    payload = event.payload
    if event.source != "github":
        other = not _might_state(_OURS.get(event.name, _ANOTHER_OF_OURS), payload)
    elif _might_state(_shape(event.name), payload):
        other = any(_states(shape, payload) for shape in _more_specific(event.name))
    else:
        other = any(_states(shape, payload) for shape in _ALL.values())
    if other:
        raise BadRequest(f"the body is not of the event {event.source}::{event.name}")


def _shape(name: str) -> Shape:
    return _ALL.get(name) or Shape((name,))


@cache
def _more_specific(name: str) -> tuple[Shape, ...]:
    """Return the shapes that have all keys of this event's shape, and more."""
    keys = set(_shape(name).has)
    return tuple(shape for shape in _ALL.values() if keys < set(shape.has))


def _might_state(shape: Shape, payload: Json) -> bool:
    """Return whether the keys are present, with a value or null: the dead letter names a null."""
    return all(key in payload for key in shape.has) and _lacks(shape.lacks, payload)


def _states(shape: Shape, payload: Json) -> bool:
    return all(payload.get(key) is not None for key in shape.has) and _lacks(shape.lacks, payload)


def _lacks(keys: tuple[str, ...], payload: Json) -> bool:
    return all(payload.get(key) is None for key in keys)
