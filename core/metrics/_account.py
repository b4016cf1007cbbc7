"""Reads accounts for the metrics that compare them or check their type; no login is ever recorded."""

from core.account_kind import GHOST
from core.payload import Fields


def account(user: Fields | None) -> str | None:
    """Return the login in lower case; None if the account was deleted, or is absent."""
    login = user.text_or_none("login") if user else None
    return None if login is None or login.lower() == GHOST else login.lower()
