"""Computes WATCHED_HOOKS when a webhook is added or removed: the owners whose deliveries `recover` and `doctor` check."""

from collections.abc import Callable

from core.settings import Settings


def with_owner(settings: Settings, owner: str, has_webhook: Callable[[str], bool]) -> str:
    """Return WATCHED_HOOKS with this owner; unchanged if the settings watch it already.

    A list that is set replaces the default (the App and the watched repositories), so these are added to it, except repositories
    that the webhook of their organisation now covers. From a list that is set, such a repository is removed only if it has no webhook
    of its own: an earlier call may have added it from the default.
    """
    watched = settings.hook_owners
    if owner.lower() in map(str.lower, watched):
        return settings.watched_hooks
    others = [
        name for name in watched if not _is_covered(name, owner) or (settings.watched_hooks and has_webhook(name))
    ]
    return ",".join([*others, owner])


def without_owner(settings: Settings, owner: str) -> str:
    """Return WATCHED_HOOKS without this owner."""
    return ",".join(name for name in settings.watched_hooks.split(",") if name.lower() != owner.lower())


def _is_covered(name: str, organisation: str) -> bool:
    return name.lower().startswith(f"{organisation.lower()}/")
