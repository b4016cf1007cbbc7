"""Reads facts from titles, descriptions and commit messages, so that the texts themselves need not be kept.

Both halves use it: the webhook half on titles and descriptions before they are scrubbed, the worker on the messages of
commits that it reads. The facts are numbers, SHAs and enumerations. Patterns are compiled on first use, because a webhook
without such texts should not wait for them, and each is linear in the length of the text.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import NamedTuple

from core.commit_name import COMPLETE, MOST_DIGITS, goes_on, is_commit_name
from core.severity import severity_of_text
from core.visible_text import visible_text

CLOSES_AT_MOST = 20
"""Issues that one text may close; further ones are left out."""
_LONGEST_TITLE = 1000
"""Characters of a first line that its kind is read from. GitHub's titles have at most 256."""
_NUMBER = r"([1-9][0-9]{0,8})(?![0-9a-z_])"
_SHA = r"([0-9a-f]{7,64})(?![0-9a-z_])"
_REPOSITORY = r"([a-z0-9_-]{1,100})/([a-z0-9._-]{1,100})"
_HOST = r"https?://[a-z0-9.-]{1,255}(?::[0-9]{1,5})?/"
_REFERENCE = rf"(?:{_HOST}{_REPOSITORY}/(?:issues|pull)/|{_REPOSITORY}#|#)" + _NUMBER
_COMMIT = rf"(?:{_HOST}{_REPOSITORY}/commit/|{_REPOSITORY}@)?" + _SHA
_REVERTS_COMMIT = r"this reverts commit\s{1,3}`?" + _COMMIT
_REVERTS_NUMBER = r"reverts[ \t]{1,3}(?:pr[ \t]|pull request[ \t])?" + _REFERENCE
_CLOSES = tuple(rf"{word}:?[ \t]{{1,3}}{_REFERENCE}" for word in ("close[sd]?", "fix(?:e[sd])?", "resolve[sd]?"))
_CAUSE = (
    r"\b(?:caused by|introduced (?:in|by|with)|broken (?:in|by|since)|regression (?:from|in|of|since)|culprit(?: is)?|root cause|"
    r"offending (?:commit|pr|change))[*_]{0,2}:?[*_]{0,2}\s{1,3}"
    r"(?:the )?(?:commit |pr |pull request |merge of |change )?`?"
)
_CAUSE_WORDS = ("caused by", "introduced ", "broken ", "regression ", "culprit", "root cause", "offending ")


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
    """The number of the pull request, of the same repository."""


class Cause(NamedTuple):
    """What an incident names as its cause."""

    cause_sha: str | None
    """A commit, lower case, 7 to 64 hex digits."""
    cause_number: int | None
    """The number of a pull request of the same repository."""


def title_facts(first_line: str) -> TitleFacts:
    """Return the kind of a first line; what follows its line break does not count."""
    line = _first_line(first_line)[:_LONGEST_TITLE]
    depth, start = _reverts_around(line)
    if depth:
        return TitleFacts("revert" if depth % 2 else "reapply", depth)
    return TitleFacts("hotfix" if is_hotfix(line[start:]) else "other", 0)


def is_hotfix(text: str) -> bool:
    """Return whether a title, label or branch contains `hotfix` as a whole word: letters and digits bound it."""
    return "hotfix" in text.lower() and re.search(r"(?<![^\W_])hotfix(?![^\W_])", text, re.IGNORECASE) is not None


def reverts(title: str, body: str, head_ref: str | None, owner: str, repo: str) -> Reverts:
    """Return the commit and the pull request that a revert names; both are None if the title is not one of a revert.

    `body` is what follows the first line. The number is the one after `Reverts`, else that of GitHub's branch `revert-12-…`,
    else the last `(#12)` inside the quotes. If `Reverts` or the commit's address names another repository, none of these is
    about this one.
    """
    line = _first_line(title)[:_LONGEST_TITLE]
    depth, start = _reverts_around(line)
    if depth % 2 == 0:
        return Reverts(None, None)
    lower = body.lower() if "evert" in body or "EVERT" in body else ""
    here = (owner.lower(), repo.lower())
    sha, is_elsewhere = None, False
    for match in (match for match in _words(_REVERTS_COMMIT, lower) if is_commit_name(match[5])):
        if _is_here(match, here):
            sha = match[5]
            break
        is_elsewhere = True
    named = list(_words(_REVERTS_NUMBER, lower))
    for match in named:
        if _is_here(match, here):
            return Reverts(sha, int(match[5]))
    if named or (is_elsewhere and sha is None):
        return Reverts(sha, None)
    branch = re.match(r"revert-([1-9][0-9]{0,8})-", head_ref or "")
    return Reverts(sha, int(branch[1]) if branch else _number_in_quotes(line[start:], depth))


def closes(text: str, owner: str, repo: str) -> list[int]:
    """Return the issues of the repository that a text closes, each once, in their order; at most CLOSES_AT_MOST.

    GitHub wants the keyword before each issue, with or without a colon, and ignores case. It closes only when the pull request
    is merged into the default branch, which is not judged here.
    https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
    """
    lower = visible_text(text.lower())
    if "#" not in lower and "://" not in lower:
        return []
    here = (owner.lower(), repo.lower())
    found = [match for words in _CLOSES for match in _words(words, lower) if _is_here(match, here)]
    return list(dict.fromkeys(int(match[5]) for match in sorted(found, key=re.Match.start)))[:CLOSES_AT_MOST]


def cause(text: str, owner: str, repo: str) -> Cause:
    """Return the first commit and the first pull request of the repository that an incident's text names as its cause.

    It is what follows `caused by`, `introduced in`, `broken by`, `regression from`, `culprit:` or `root cause:` at once, unless `not`
    precedes.
    """
    lower = visible_text(text.lower(), keep_code=True)
    if not any(word in lower for word in _CAUSE_WORDS):
        return Cause(None, None)
    here = (owner.lower(), repo.lower())
    commits, references = (_affirmed(_CAUSE + what, lower, here) for what in (_COMMIT, _REFERENCE))
    shas, numbers = (match[5] for match in commits if _is_a_commit(match)), (int(match[5]) for match in references)
    return Cause(next(shas, None), next(numbers, None))


def fingerprint(authored_at: int | None, first_line: str) -> str | None:
    """Return 16 hex digits that a commit keeps when it is rebased, picked or squashed alone; None without a time.

    They are the first of SHA-256 of the author time (UNIX ms) and the first line without a trailing ` (#12)`.
    """
    if authored_at is None:
        return None
    line = re.sub(r"[ \t]{0,9}\(#[0-9]{1,15}\)$", "", _first_line(first_line))
    return hashlib.sha256(f"{authored_at}\n{line}".encode(errors="surrogatepass")).hexdigest()[:16]


def issue_facts(title: str, body: str, owner: str, repo: str) -> dict[str, str | int | None]:
    """Return what the texts of an issue say: `severity`, `cause_sha` and `cause_number`."""
    return {"severity": severity_of_text(title, body), **cause(f"{title}\n{body}", owner, repo)._asdict()}


def _words(pattern: str, text: str) -> Iterator[re.Match[str]]:
    """Yield the matches that begin a word. It begins with letters and not with a boundary, to be searched for fast."""
    for match in re.finditer(pattern, text):
        start = match.start()
        if not start or not (text[start - 1].isalnum() or text[start - 1] == "_"):
            yield match


def _affirmed(pattern: str, text: str, here: tuple[str, str]) -> Iterator[re.Match[str]]:
    """Yield the matches about this repository that are not negated, as in `not caused by #12`."""
    for match in re.finditer(pattern, text):
        before = text[max(0, match.start() - 10) : match.start()].replace("\u2019", "'").replace(" a ", " ").rstrip()
        if _is_here(match, here) and not before.endswith((" not", "\nnot", "n't", " never")) and before != "not":
            yield match


def _is_here(match: re.Match[str], here: tuple[str, str]) -> bool:
    """Return whether a reference names no repository, or this one."""
    owner, repo = match[1] or match[3], match[2] or match[4]
    return owner is None or (owner, repo) == here


def _is_a_commit(match: re.Match[str]) -> bool:
    """Return whether hex digits in prose are a commit, and not a number or a word, as in `caused by 1234567 requests`."""
    sha, before = match[5], match[0][: -len(match[5])]
    is_named = before.endswith(("@", "commit/"))
    if not is_commit_name(sha) or (not is_named and goes_on(match.string[match.end() : match.end() + 2])):
        return False
    if len(sha) >= COMPLETE or not (sha.isalpha() or sha.isdigit()):
        return True
    return is_named or (len(sha) <= MOST_DIGITS and before.endswith(("`", "commit ")))


def _number_in_quotes(quoted: str, depth: int) -> int | None:
    """Return the last `(#12)` inside the outermost quotes; None if GitHub cut the title, so that they do not end.

    Of `Revert "Reapply "x (#12)" (#13)"` it is 13, which is taken back: 12 is what was applied again.
    """
    inside, end, _ = quoted.rpartition('"')
    if not end:
        return None
    numbers = re.findall(r"\(#([1-9][0-9]{0,8})\)", inside.rpartition('"')[2] if depth > 1 else inside)
    return int(numbers[-1]) if numbers else None


def _first_line(text: str) -> str:
    """Return the first line without the white space and the byte order mark around it."""
    stripped = text.lstrip("\ufeff \t\r\n\f\v")
    return stripped.split("\n", 1)[0].split("\r", 1)[0].rstrip()


def _reverts_around(line: str) -> tuple[int, int]:
    """Return how many reverts are around a title, and where the title inside them begins.

    GitHub and git write `Revert "…"`, git also `Reapply "…"` for the revert of a revert (since 2.43); Conventional Commits has
    `revert: …`. In `revert: Revert "x"` the prefix only repeats the words of the revert.
    https://git-scm.com/docs/git-revert, https://www.conventionalcommits.org/en/v1.0.0/#specification
    """
    if line[:1] not in ("r", "R"):
        return 0, 0
    words = re.compile(r'(?:(revert|reapply) "|revert(?:\([^()]{0,100}\))?!?:[ \t]{0,9})', re.IGNORECASE)
    depth = start = 0
    while match := words.match(line, start):
        start = match.end()
        if match[1] is None:
            following = words.match(line, start)
            depth += 0 if following and following[1] else 1
        else:
            depth += 2 if match[1].lower() == "reapply" else 1
    return depth, start
