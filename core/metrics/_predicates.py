"""Predicates on events that several metrics share."""

from core.events import SignedTriggerEvent


def action_is(event: SignedTriggerEvent, action: str) -> bool:
    """Return whether the payload's `action` is this one."""
    return bool(event.payload.get("action") == action)


def is_merged_pull_request(event: SignedTriggerEvent) -> bool:
    """Return whether the event is a pull request closed by a merge."""
    return action_is(event, "closed") and event.fields("pull_request").flag_or_none("merged") is True
