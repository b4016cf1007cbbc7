"""Reads what a commit says of itself, for the metrics that list commits; no name, address or message is ever recorded."""

import re
from typing import NamedTuple

from core.account_kind import commit_author_kind
from core.assistants import assistants
from core.events import Repository
from core.payload import Fields
from core.text_facts import fingerprint, reverts, title_facts

_NUMBER = re.compile(r"\(#([0-9]{1,15})\)$", re.ASCII)


class CommitFacts(NamedTuple):
    """The facts of one commit; all but `author_kind` are null if GitHub does not list its message."""

    author_kind: str
    """`person`, `bot`, `agent` or `unknown`."""
    assistants: list[str] | None
    fingerprint: str | None
    """Also null if it has no author date."""
    title_kind: str | None
    revert_depth: int | None
    reverts_sha: str | None
    """Null if it is not a revert, or does not name the commit."""
    reverts_number: int | None
    """Null if it is not a revert, or does not name the pull request."""
    number: int | None
    """The number that its first line ends in, `… (#12)`. One inside it, as in `Revert "x (#12)"`, is another change's."""


def commit_facts(listed: Fields, authored_at: int | None, repository: Repository) -> CommitFacts:
    """Return the facts of a commit as the REST API lists it; `authored_at` is its author time in UNIX ms."""
    commit = listed.child_or_none("commit")
    kind = _author_kind(listed, commit)
    message = commit.text_or_none("message") if commit else None
    if message is None:
        return CommitFacts(kind, None, None, None, None, None, None, None)
    title, body = split_message(message)
    facts, reverted = title_facts(title), reverts(title, body, None, repository.owner, repository.name)
    number = _NUMBER.search(title)
    return CommitFacts(
        author_kind=kind,
        assistants=assistants(message),
        fingerprint=fingerprint(authored_at, title),
        title_kind=facts.title_kind,
        revert_depth=facts.revert_depth,
        reverts_sha=reverted.reverts_sha,
        reverts_number=reverted.reverts_number,
        number=int(number[1]) if number else None,
    )


def split_message(message: str) -> tuple[str, str]:
    """Return the first line of a message that is not empty, without the white space around it, and what follows it."""
    text = message.lstrip()
    line = re.match(r"[^\r\n]*", text)
    end = line.end() if line else 0
    return text[:end].rstrip(), text[end:]


def _author_kind(listed: Fields, commit: Fields | None) -> str:
    """Return the kind of the author: the account that GitHub links is null or an empty object if there is none."""
    account, person = listed.child_or_none("author"), commit.child_or_none("author") if commit else None
    login, type = (account.text_or_none(key) if account else None for key in ("login", "type"))
    return commit_author_kind(login, type, person.text_or_none("email") if person else None)
