"""Distinguishes people, bots and agents by the account that GitHub names; no login is ever recorded.

An agent is an account by which an AI tool writes (core/ai_accounts.py), whatever GitHub says of its type. Other Apps are bots.
A machine user is an ordinary account to GitHub, so it counts as a person.
"""

from core.ai_accounts import AI_ACCOUNTS, AI_ADDRESSES

KINDS = ("person", "bot", "agent", "unknown")
"""What both functions return."""
GHOST = "ghost"
"""The account that GitHub shows in place of one that was deleted."""


def account_kind(login: str | None, type: str | None) -> str:
    """Return `person`, `bot`, `agent` or `unknown` of an account, as a payload, the REST API or GraphQL names it.

    `type` is the payload's `type`, or GraphQL's `__typename`, which names an App without `[bot]`. A deleted account (`ghost`),
    an absent one, an organization and a placeholder of an import (`Mannequin`) are unknown.
    """
    name = (login or "").lower()
    if not name or name == GHOST:
        return "unknown"
    is_app = name.endswith("[bot]") or type == "Bot"
    if name in AI_ACCOUNTS or (is_app and f"{name}[bot]" in AI_ACCOUNTS):
        return "agent"
    if is_app:
        return "bot"
    return "person" if type == "User" else "unknown"


def commit_author_kind(login: str | None, type: str | None, email: str | None) -> str:
    """Return the kind of a commit's author.

    That is the kind of the account that GitHub linked to the author's address; without one, that of the App in an address of
    GitHub's own, `49699333+dependabot[bot]@users.noreply.github.com`, or of the tool that has the address. Any other author
    without an account is `unknown`: whoever commits can write any name and address.
    """
    if login is not None:
        return account_kind(login, type)
    address = (email or "").strip().lower()
    local, _, host = address.partition("@")
    if host == "users.noreply.github.com":
        name = local.partition("+")[2] or local
        return account_kind(name, None) if name in AI_ACCOUNTS or name.endswith("[bot]") else "unknown"
    return "agent" if address in AI_ADDRESSES else "unknown"
