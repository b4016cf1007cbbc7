"""Who did something, for the metrics that compare accounts or ask of what kind they are; no login is ever recorded."""

from core.payload import Fields

_GHOST = "ghost"  # the account that GitHub shows in place of one that was deleted


def account(user: Fields | None) -> str | None:
    """The login in lower case; None if the account is gone, or GitHub did not tell."""
    login = user.text_or_none("login") if user else None
    return None if login is None or login.lower() == _GHOST else login.lower()
