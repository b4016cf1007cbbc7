"""Parses the name of an owner or a repository at GitHub."""

from core.events import is_account_name, is_repository_name


def parse_owner(argument: str) -> tuple[str, str] | None:
    """Return owner and name of OWNER/NAME, with an empty name for OWNER alone; None if it is neither."""
    owner, slash, name = argument.partition("/")
    if not is_account_name(owner) or (slash and not is_repository_name(name)):
        return None
    return owner, name
