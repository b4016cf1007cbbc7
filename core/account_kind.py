"""Tells people, bots and agents apart by the login and type of an account."""

_AGENTS = frozenset({"copilot-swe-agent[bot]", "devin-ai-integration[bot]", "cursoragent", "claude[bot]", "copilot"})


def account_kind(login: str | None, type: str | None) -> str:
    """Return `person`, `bot`, `agent` or `unknown` of an account of GitHub.

    `login` and `type` are those of the payload or the REST API. A deleted account (`ghost`) and an absent one are unknown.
    """
    name = (login or "").lower()
    if not name or name == "ghost":
        return "unknown"
    if name in _AGENTS:
        return "agent"
    if name.endswith("[bot]") or type == "Bot":
        return "bot"
    return "person" if type == "User" else "unknown"


def commit_author_kind(login: str | None, type: str | None, email: str | None) -> str:
    """Return the kind of a commit's author.

    That is the kind of the account that GitHub linked; without one, that of the account in a `noreply` address of GitHub's,
    else `unknown`: whoever commits can write any name and address.
    """
    if login is not None:
        return account_kind(login, type)
    local, _, host = (email or "").lower().partition("@")
    name = local.partition("+")[2] or local
    kind = account_kind(name, None) if host == "users.noreply.github.com" else "unknown"
    return kind if kind in ("bot", "agent") else "unknown"
