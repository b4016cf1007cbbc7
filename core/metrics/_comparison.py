"""Lists the commits between two commits, from GitHub's comparison of them.

https://docs.github.com/en/rest/commits/commits#compare-two-commits
"""

import re
from typing import NamedTuple

from core.commit_name import is_commit_name
from core.errors import AccessBlocked, MalformedPayload, PermanentError
from core.events import Repository
from core.metric import CollectContext
from core.metrics._commit_facts import commit_facts
from core.metrics._commit_time import commit_time
from core.payload import Fields
from core.ports import GitHubReader
from core.scrub import REVERT

PER_PAGE, PAGES_AT_MOST = 100, 25
"""Commits per page, and pages. GitHub documents no limit; so many commits make a record of less than a megabyte."""
IDENTICAL = "identical"
STATUSES = frozenset({"ahead", "behind", "diverged", IDENTICAL})
"""GitHub's words for where a commit is, seen from another: the schema of the comparison."""
_REVERTS = re.compile(r"\bThis reverts commit ([0-9a-f]{7,64})", re.IGNORECASE)
_SQUASHED = re.compile(r"[^\r\n]*\(#([0-9]{1,15})\)\s*(?:[\r\n]|$)")


class Change(NamedTuple):
    """One commit."""

    sha: str
    """Its name."""
    authored_at: int | None
    """When it was first written (UNIX ms); an amended commit keeps it."""
    committed_at: int | None
    """When it was last written (UNIX ms)."""
    is_revert: bool
    """Whether its message says that it takes back another: `Revert "…` or `This reverts commit …`."""
    reverts: str | None
    """The commit that its message says it takes back; null where it names none."""
    pr_number: int | None
    """The pull request that its first line ends in, `… (#12)`, as GitHub writes it when it squashes one."""
    parents: int | None
    """How many commits it comes after: two or more make it a merge."""
    author_kind: str
    """Who wrote it: `person`, `bot`, `agent` or `unknown`."""
    assistants: list[str] | None
    """The AI assistants that its message names, such as `claude` or `copilot`; null if GitHub lists no message."""
    fingerprint: str | None
    """A hash of its author time and first line, which it keeps when it is rebased; null without a time or a message."""
    title_kind: str | None
    """What its first line says it is: `revert`, `reapply`, `hotfix` or `other`; null if GitHub lists no message."""
    revert_depth: int | None
    """How many reverts are nested in its first line, a reapply counts as two: odd is a revert, even above 0 is planned work."""
    reverts_number: int | None
    """The pull request that it takes back; null if it is no revert or names none."""
    number_kind: str | None
    """What `pr_number` is: `pull_request`, `issue` or `none`; null until a backfill has asked GitHub."""


class Changes(NamedTuple):
    """The commits that the newer has and the older has not, the oldest first."""

    commits: list[Change]
    """Those that were listed; none where the newer was there before, as after a rollback."""
    truncated: bool
    """Whether there are more than are asked for: 2,500 for a deployment or a comparison, 100 or 200 for a release."""


class Comparison(NamedTuple):
    """The comparison of a commit with an older one."""

    changes: Changes
    is_ancestor: bool | None
    """Whether the newer one comes before the older one in the history; None if GitHub's status is unknown."""
    status: str | None
    """Where the newer one is, seen from the older: one of STATUSES; None if GitHub says another word."""


def compare_commits(
    repository: Repository, base: str, head: str, context: CollectContext, *, pages: int = PAGES_AT_MOST
) -> Comparison | None:
    """Compare `head` with `base`; return None if GitHub could not be read, or no longer has one of them.

    Reads at most this number of `pages`, each a request for up to a hundred commits.
    """
    if base == head:
        return Comparison(Changes([], truncated=False), is_ancestor=False, status=IDENTICAL)
    path = f"/repos/{repository.owner}/{repository.name}/compare/{_sha(base)}...{_sha(head)}"
    try:
        comparison = context.try_read(lambda: _read(context, path, pages, repository))
    except (MalformedPayload, AccessBlocked):
        raise
    except PermanentError:  # force-pushed, or of another history: a retry would not help
        context.add_anomaly("no_comparison")
        return None
    if comparison is not None and comparison.changes.truncated:
        context.add_anomaly("changes_truncated")
    return comparison


def _sha(text: str) -> str:
    """Check a commit's name, which becomes part of a path. Not quoted: `urllib.parse` would cost the cold path 5 ms."""
    if not (text.isascii() and text.isalnum()):
        raise MalformedPayload("sha: not the SHA of a commit")
    return text


def _read(context: CollectContext, path: str, pages: int, repository: Repository) -> Comparison:
    github = context.github
    first = _page(github, path, 1)
    commits, total = (
        [_change(commit, context, repository) for commit in first.children("commits")],
        first.integer("total_commits"),
    )
    status = first.text("status")
    if status not in STATUSES:
        context.add_anomaly("unknown_comparison_status")
    del first  # each of its 300 files contains a patch
    for number in range(2, pages + 1):
        listed = _page(github, path, number).children("commits") if len(commits) < total else []
        if not listed:
            break
        commits += [_change(commit, context, repository) for commit in listed]
    changes = Changes(commits, truncated=len(commits) < total)
    known = status if status in STATUSES else None
    return Comparison(changes, None if known is None else known == "behind", known)


def _page(github: GitHubReader, path: str, number: int) -> Fields:
    return Fields(github.object(f"{path}?per_page={PER_PAGE}&page={number}"), "comparison")


def _change(listed: Fields, context: CollectContext, repository: Repository) -> Change:
    commit = listed.child_or_none("commit")
    message = (commit.text_or_none("message") if commit else None) or ""
    reverts, squashed = [match[1].lower() for match in _REVERTS.finditer(message)], _SQUASHED.match(message)
    authored_at = commit_time(commit, "author", context)
    facts = commit_facts(listed, authored_at, repository)
    return Change(
        sha=listed.text("sha"),
        authored_at=authored_at,
        committed_at=commit_time(commit, "committer", context),
        is_revert=message.startswith(REVERT) or bool(reverts),
        reverts=next(filter(is_commit_name, reverts), None),
        pr_number=int(squashed[1]) if squashed else None,
        parents=listed.count("parents") if listed.data.get("parents") is not None else None,
        author_kind=facts.author_kind,
        assistants=facts.assistants,
        fingerprint=facts.fingerprint,
        title_kind=facts.title_kind,
        revert_depth=facts.revert_depth,
        reverts_number=facts.reverts_number,
        number_kind=None,
    )
