"""commits-per-pr: how big a merged pull request was, and when its commits were made."""

from typing import NamedTuple

from core.errors import NotAvailable
from core.events import SignedTriggerEvent
from core.metric import CollectContext, Metric
from core.metrics._commit_time import commit_time
from core.metrics._predicates import is_merged_pull_request
from core.metrics._pull_request import closed_pull_request_key, head_sha, pull_request_path
from core.payload import Fields

LISTED_AT_MOST = 250
"""GitHub's limit: https://docs.github.com/en/rest/pulls/pulls#list-commits-on-a-pull-request"""


class CommitTimestamps(NamedTuple):
    """When one commit was made."""

    authored: int | None
    """When it was first written (UNIX ms); an amended commit keeps it."""
    committed: int | None
    """When it was last written (UNIX ms)."""


class Commits(NamedTuple):
    """The commits of the pull request."""

    amount: int
    """How many there are, even past the 250 that GitHub lists."""
    commit_timestamps: list[CommitTimestamps]
    """The times of those that GitHub lists."""


class Output(NamedTuple):
    """One merged pull request."""

    pr_id: int
    """The pull request's id (not its number)."""
    head_sha: str | None
    """The last commit of its branch."""
    additions: int | None
    """Lines added, as GitHub counts them."""
    deletions: int | None
    """Lines deleted, as GitHub counts them."""
    commits: Commits | None
    """Its commits; null if GitHub could not be read, or cannot list them."""


def collect(event: SignedTriggerEvent, context: CollectContext) -> Output:
    """Read the payload, and every page of the pull request's commits."""
    pull_request = event.fields("pull_request")
    path = f"{pull_request_path(event)}/commits"
    listed = context.try_read(lambda: _list_commits(context, path))
    return Output(
        pr_id=pull_request.integer("id"),
        head_sha=head_sha(pull_request),
        additions=pull_request.integer_or_none("additions"),
        deletions=pull_request.integer_or_none("deletions"),
        commits=None if listed is None else _commits(listed, pull_request, context),
    )


def _list_commits(context: CollectContext, path: str) -> list[CommitTimestamps] | None:
    """Return only the times of each commit, to save memory: its message may be long. Return None if GitHub answers 422."""
    listed = enumerate(context.github.pages(path))
    try:
        return [_timestamps(Fields(commit, f"commits[{n}]"), context) for n, commit in listed]
    except NotAvailable:
        context.add_anomaly("commits_not_available")
        return None


def _commits(listed: list[CommitTimestamps], pull_request: Fields, context: CollectContext) -> Commits:
    amount = len(listed)
    if amount >= LISTED_AT_MOST:
        amount = max(amount, pull_request.integer_or_none("commits") or 0)
    if amount > len(listed):
        context.add_anomaly("commit_list_truncated")
    return Commits(amount, listed)


def _timestamps(listed: Fields, context: CollectContext) -> CommitTimestamps:
    commit = listed.child_or_none("commit")
    return CommitTimestamps(
        authored=commit_time(commit, "author", context), committed=commit_time(commit, "committer", context)
    )


METRIC = Metric(
    "commits-per-pr", "github::pull_request", Output, is_merged_pull_request, closed_pull_request_key, collect
)
