"""Predicates that several metrics share, so that each reads as a phrase."""

from core.events import SignedTriggerEvent


def action_is(event: SignedTriggerEvent, action: str) -> bool:
    """Whether the payload's `action` is this one."""
    return bool(event.payload.get("action") == action)


def is_merged_pull_request(event: SignedTriggerEvent) -> bool:
    """A pull request that was closed by merging it."""
    return action_is(event, "closed") and event.fields("pull_request").flag_or_none("merged") is True
