"""Reads facts from titles, descriptions and commit messages, so that the texts themselves need not be kept.

Both halves use it: the webhook half on titles and descriptions before they are scrubbed, the worker on the messages of
commits that it reads. The facts are numbers, SHAs and enumerations. Patterns are compiled on first use, because a webhook
without such texts should not wait for them, and each is linear in the length of the text.
"""

import hashlib
import re
from typing import NamedTuple

_REVERTS_PR = r"\bReverts[ \t]+(?:https?://[^/\s]{1,255}/)?([A-Za-z0-9_-]{1,100})/([A-Za-z0-9._-]{1,100})(?:#|/pull/)([0-9]{1,15})\b"
_CLOSING = r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b:?[ \t]{1,3}"
_ISSUE = r"(?:(?:https?://[^/\s]{1,255}/)?([A-Za-z0-9_-]{1,100})/([A-Za-z0-9._-]{1,100})(?:#|/(?:issues|pull)/)|#)([0-9]{1,15})\b"
CLOSES_AT_MOST = 20
"""Issues that one text may close; further ones are left out."""


class TitleFacts(NamedTuple):
    """What the first line of a commit or the title of a pull request says about its kind."""

    title_kind: str
    """`revert`, `reapply`, `hotfix` or `other`."""
    revert_depth: int
    """How many reverts are nested; a reapply counts as two. Odd is a revert, even above 0 is planned work."""


class Reverts(NamedTuple):
    """What a revert takes back."""

    reverts_sha: str | None
    """The commit after `This reverts commit`, lower case, 7 to 64 hex digits."""
    reverts_number: int | None
    """The number of the pull request."""


class Cause(NamedTuple):
    """What an incident names as its cause."""

    cause_sha: str | None
    """A commit, lower case, 7 to 64 hex digits."""
    cause_number: int | None
    """The number of a pull request of the same repository."""


def title_facts(first_line: str) -> TitleFacts:
    """Return the kind of a first line; what follows its line break does not count."""
    line = _first_line(first_line)
    depth, rest = _unwrap(line)
    if depth:
        return TitleFacts("revert" if depth % 2 else "reapply", depth)
    return TitleFacts("hotfix" if is_hotfix(rest) else "other", 0)


def is_hotfix(text: str) -> bool:
    """Return whether a title, label or branch contains `hotfix` as a whole word."""
    return "hotfix" in text.lower() and re.search(r"(?<![^\W_])hotfix(?![^\W_])", text, re.IGNORECASE) is not None


def reverts(title: str, body: str, head_ref: str | None, owner: str, repo: str) -> Reverts:
    """Return the commit and the pull request that a revert names; both are None if the title is not one of a revert.

    `body` is what follows the first line. A pull request of another repository is not named.
    """
    line = _first_line(title)
    depth, rest = _unwrap(line)
    if depth % 2 == 0:
        return Reverts(None, None)
    sha = re.search(r"\bThis reverts commit ([0-9a-f]{7,64})\b", body, re.IGNORECASE)
    return Reverts(sha[1].lower() if sha else None, _reverted_number(rest, body, head_ref, owner, repo))


def _reverted_number(quoted: str, body: str, head_ref: str | None, owner: str, repo: str) -> int | None:
    for match in re.finditer(_REVERTS_PR, body):
        if (match[1].lower(), match[2].lower()) == (owner.lower(), repo.lower()):
            return int(match[3])
    branch = re.match(r"revert-([0-9]{1,15})-", head_ref or "")
    if branch:
        return int(branch[1])
    inside, quote, _ = quoted.rpartition('"')
    numbers = re.findall(r"\(#([0-9]{1,15})\)", inside if quote else quoted)
    return int(numbers[-1]) if numbers else None


def closes(text: str, owner: str, repo: str) -> list[int]:
    """Return the issues of the repository that a text closes, each once, in their order; at most CLOSES_AT_MOST."""
    found: dict[int, None] = {}
    for match in re.finditer(_CLOSING + _ISSUE, text, re.IGNORECASE):
        if match[1] is None or (match[1].lower(), match[2].lower()) == (owner.lower(), repo.lower()):
            found[int(match[3])] = None
    return list(found)[:CLOSES_AT_MOST]


def cause(text: str) -> Cause:
    """Return the commit and the pull request that the text of an incident names as its cause."""
    phrase = r"\b(?:caused by|introduced (?:in|by)|broken by|regression from|culprit:?)[ \t:]{1,3}"
    sha = re.search(phrase + r"(?:commit[ \t])?`?([0-9a-f]{7,64})\b", text, re.IGNORECASE)
    number = re.search(phrase + r"(?:PR[ \t]?)?#([0-9]{1,15})\b", text, re.IGNORECASE)
    return Cause(sha[1].lower() if sha else None, int(number[1]) if number else None)


def fingerprint(authored_at: int | None, first_line: str) -> str | None:
    """Return 16 hex digits that a commit keeps when it is rebased, picked or squashed alone; None without a time.

    They are the first of SHA-256 of the author time (UNIX ms) and the first line without a trailing ` (#12)`.
    """
    if authored_at is None:
        return None
    line = re.sub(r"[ \t]*\(#[0-9]{1,15}\)$", "", _first_line(first_line).rstrip())
    return hashlib.sha256(f"{authored_at}\n{line}".encode(errors="surrogatepass")).hexdigest()[:16]


def _first_line(text: str) -> str:
    """Return the first line without the white space around it."""
    stripped = text.lstrip()
    return stripped.split("\n", 1)[0].split("\r", 1)[0].rstrip()


def _unwrap(line: str) -> tuple[int, str]:
    """Return how many reverts are around a title, and the title inside them."""
    depth, rest = 0, line
    while match := re.match(r'(?:(revert|reapply) "|revert(?:\([^()]{0,100}\))?!?:[ \t]*)', rest, re.IGNORECASE):
        word = match[1]
        rest = rest[match.end() :]
        if word is None and re.match(r'(?:revert|reapply) "', rest, re.IGNORECASE):
            continue  # `revert: Revert "x"`: the prefix repeats the words of the revert
        depth += 2 if word is not None and word.lower() == "reapply" else 1
    return depth, rest
