"""commits-per-pr: how big a merged pull request was, and when and of what kind its commits were."""

from typing import NamedTuple

from core.errors import NotAvailable
from core.events import BACKFILL, Repository, SignedTriggerEvent, repository_of
from core.metric import CollectContext, Metric
from core.metrics._commit_facts import commit_facts
from core.metrics._commit_time import commit_time
from core.metrics._number_kinds import try_number_kinds
from core.metrics._predicates import is_merged_pull_request
from core.metrics._pull_request import closed_pull_request_key, head_sha, pull_request_path
from core.payload import Fields

LISTED_AT_MOST = 250
"""GitHub's limit: https://docs.github.com/en/rest/pulls/pulls#list-commits-on-a-pull-request"""


class CommitTimestamps(NamedTuple):
    """When one commit was made, and what it says of itself."""

    authored: int | None
    """When it was first written (UNIX ms); an amended commit keeps it."""
    committed: int | None
    """When it was last written (UNIX ms)."""
    sha: str | None
    """The commit."""
    parents: int | None
    """How many commits it comes after: two or more make it a merge."""
    author_kind: str
    """Who wrote it: `person`, `bot`, `agent` or `unknown`. A person is one whose account GitHub links to the commit."""
    assistants: list[str] | None
    """The AI assistants that its message names as having helped, sorted; none does not mean that none helped."""
    fingerprint: str | None
    """16 hex digits of the author time and the first line without its number: a commit that is rebased or picked keeps them."""
    title_kind: str | None
    """What its first line says: `revert`, `reapply`, `hotfix` or `other`."""
    revert_depth: int | None
    """How many reverts its first line nests, of which a reapply is two: odd is a revert, even above 0 is planned work."""
    reverts_sha: str | None
    """For a revert, the commit that its message says it takes back."""
    reverts_number: int | None
    """For a revert, the pull request that its message says it takes back."""
    number: int | None
    """The number that its first line ends in, `… (#12)`, as GitHub writes it when it squashes a pull request."""
    number_kind: str | None
    """What this repository has under that number: `pull_request`, `issue` or `none`; null without a number, or if unknown."""


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
    """Read the payload, and every page of the pull request's commits.

    A backfill asks what the numbers are for all its records together (core/backfill/number_cache.py), so here they are null.
    """
    pull_request = event.fields("pull_request")
    path, repository = f"{pull_request_path(event)}/commits", repository_of(event)
    listed = context.try_read(lambda: _list_commits(context, path, repository))
    if listed is not None and event.collected_by != BACKFILL:
        listed = _with_kinds(listed, repository, context)
    return Output(
        pr_id=pull_request.integer("id"),
        head_sha=head_sha(pull_request),
        additions=pull_request.integer_or_none("additions"),
        deletions=pull_request.integer_or_none("deletions"),
        commits=None if listed is None else _commits(listed, pull_request, context),
    )


def _list_commits(context: CollectContext, path: str, repository: Repository) -> list[CommitTimestamps] | None:
    """Return only the facts of each commit, to save memory: its message may be long. Return None if GitHub answers 422."""
    listed = enumerate(context.github.pages(path))
    try:
        return [_timestamps(Fields(commit, f"commits[{n}]"), context, repository) for n, commit in listed]
    except NotAvailable:
        context.add_anomaly("commits_not_available")
        return None


def _with_kinds(
    listed: list[CommitTimestamps], repository: Repository, context: CollectContext
) -> list[CommitTimestamps]:
    """Return the commits with the kinds of their numbers; without any number nothing is read."""
    numbers = [commit.number for commit in listed if commit.number is not None]
    kinds = try_number_kinds(context, repository, numbers) if numbers else {}
    return [commit._replace(number_kind=kinds.get(commit.number or 0)) for commit in listed]


def _commits(listed: list[CommitTimestamps], pull_request: Fields, context: CollectContext) -> Commits:
    amount = len(listed)
    if amount >= LISTED_AT_MOST:
        amount = max(amount, pull_request.integer_or_none("commits") or 0)
    if amount > len(listed):
        context.add_anomaly("commit_list_truncated")
    return Commits(amount, listed)


def _timestamps(listed: Fields, context: CollectContext, repository: Repository) -> CommitTimestamps:
    commit = listed.child_or_none("commit")
    authored, committed = (commit_time(commit, role, context) for role in ("author", "committer"))
    return CommitTimestamps(
        authored,
        committed,
        listed.text_or_none("sha"),
        listed.count("parents") if listed.data.get("parents") is not None else None,
        *commit_facts(listed, authored, repository),
        number_kind=None,
    )


METRIC = Metric(
    "commits-per-pr", "github::pull_request", Output, is_merged_pull_request, closed_pull_request_key, collect
)
