"""Reads what happened to a pull request until it was merged: ready, reviewed, approved, queued. Only GraphQL has all of it.

https://docs.github.com/en/graphql/reference/objects#pullrequest
"""

from typing import NamedTuple

from core.account_kind import account_kind
from core.errors import NotFound
from core.events import Repository
from core.metric import CollectContext
from core.metrics._graphql import query_repository, try_query
from core.payload import Fields

TIMELINE_FIELDS = """      author { __typename login }
      firstReady: timelineItems(first: 1, itemTypes: [READY_FOR_REVIEW_EVENT]) {
        nodes { ... on ReadyForReviewEvent { createdAt } }
      }
      lastReady: timelineItems(last: 1, itemTypes: [READY_FOR_REVIEW_EVENT]) {
        nodes { ... on ReadyForReviewEvent { createdAt } }
      }
      drafted: timelineItems(last: 1, itemTypes: [CONVERT_TO_DRAFT_EVENT]) {
        nodes { ... on ConvertToDraftEvent { createdAt } }
      }
      queued: timelineItems(last: 1, itemTypes: [ADDED_TO_MERGE_QUEUE_EVENT]) {
        nodes { ... on AddedToMergeQueueEvent { createdAt } }
      }
      dequeued: timelineItems(last: 1, itemTypes: [REMOVED_FROM_MERGE_QUEUE_EVENT]) {
        nodes { ... on RemovedFromMergeQueueEvent { createdAt reason } }
      }
      firstReviews: reviews(first: 100, states: [APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED]) {
        pageInfo { hasNextPage }
        nodes { submittedAt author { __typename login } }
      }
      lastApprovals: reviews(last: 100, states: [APPROVED]) {
        pageInfo { hasPreviousPage }
        nodes { submittedAt author { __typename login } }
      }"""
"""The fields of a pull request that its timeline is made of. A backfill asks for those of several at once."""
TIMELINE_QUERY = f"""query PullRequestTimeline($owner: String!, $repo: String!, $number: Int!) {{
  repository(owner: $owner, name: $repo) {{
    pullRequest(number: $number) {{
{TIMELINE_FIELDS}
    }}
  }}
}}"""
"""It costs one point. A connection has at most 100 nodes, so the reviews are read from both ends:
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#node-limit"""
TIMELINE_NOT_AVAILABLE = "timeline_not_available"
_MERGED = frozenset({"merge", "merged"})
"""Reasons of a removal from the queue by its merge: https://github.com/objectstack-ai/objectstack/issues/19343 says that there is
a removal for a merge, too, and https://github.com/kamp-us/phoenix/pull/4203 that it may be a second before the merge."""
_NOT_MERGED = frozenset(
    {
        "already_merged",
        "branch_protections",
        "checks_failed",
        "ci_failure",
        "ci_timeout",
        "failed_checks",
        "git_tree_invalid",
        "invalid_merge_commit",
        "manual",
        "merge_conflict",
        "queue_cleared",
        "roll_back",
    }
)
"""Reasons of other removals: those of the webhook's `dequeued`, and reported ones. GraphQL calls the reason a string, so any
other word, such as `unknown_removal_reason`, says nothing.
https://docs.github.com/en/webhooks/webhook-events-and-payloads?actionType=dequeued#pull_request"""


class Timeline(NamedTuple):
    """What happened to a pull request until it was merged."""

    first_ready_at: int | None
    """When it was first marked as ready for review (UNIX ms); null if it never was a draft."""
    last_ready_at: int | None
    """When it was last marked as ready for review (UNIX ms)."""
    drafted_at: int | None
    """When it was last converted to a draft (UNIX ms)."""
    first_review_at: int | None
    """When a person other than its author first submitted a review (UNIX ms); null if nobody did, or with an anomaly."""
    last_approval_at: int | None
    """When a person last approved it (UNIX ms), without approvals that were dismissed; null if nobody did, or with an anomaly."""
    queued_at: int | None
    """When it was last added to the merge queue (UNIX ms)."""
    is_merged_by_queue: bool | None
    """Whether the merge queue merged it; null if its last removal from the queue does not say."""


class _Review(NamedTuple):
    at: int | None
    reviewer: str
    """`author` of the pull request, or the kind of account."""


def read_timeline(
    repository: Repository, number: int, merged_at: int | None, context: CollectContext
) -> Timeline | None:
    """Return the timeline until `merged_at` (UNIX ms); None, with an anomaly, if GitHub cannot say it."""
    return try_query(context, lambda: ask_timeline(repository, number, merged_at, context), TIMELINE_NOT_AVAILABLE)


def ask_timeline(repository: Repository, number: int, merged_at: int | None, context: CollectContext) -> Timeline:
    """Return the timeline until `merged_at` (UNIX ms). Raises as GitHubReader.graphql does, NotFound without a pull request."""
    variables: dict[str, str | int] = {"owner": repository.owner, "repo": repository.name, "number": number}
    pull_request = query_repository(context.github, TIMELINE_QUERY, variables).child_or_none("pullRequest")
    if pull_request is None:
        raise NotFound("POST /graphql: the pull request was not found")
    return _timeline(pull_request, float("inf") if merged_at is None else merged_at, context)


def _timeline(pull_request: Fields, until: float, context: CollectContext) -> Timeline:
    author = _identity(pull_request.child_or_none("author"))
    firsts, lasts = pull_request.child("firstReviews"), pull_request.child("lastApprovals")
    reviews = _reviews(firsts, author, until, context)
    approvals = _reviews(lasts, author, until, context)[::-1]
    queued_at = _event_time(pull_request, "queued", context)
    return Timeline(
        first_ready_at=_event_time(pull_request, "firstReady", context),
        last_ready_at=_event_time(pull_request, "lastReady", context),
        drafted_at=_event_time(pull_request, "drafted", context),
        first_review_at=_of_person(reviews, context, has_more=_flag(firsts, "hasNextPage")),
        last_approval_at=_of_person(approvals, context, has_more=_flag(lasts, "hasPreviousPage")),
        queued_at=queued_at,
        is_merged_by_queue=_is_merged_by_queue(pull_request, queued_at, context),
    )


def _reviews(
    connection: Fields, author: tuple[str, str] | None, until: float, context: CollectContext
) -> list[_Review]:
    """Return the reviews until the merge by the time of their submission; one whose time is impossible is omitted."""
    reviews = []
    for node in connection.children("nodes"):
        account, at = node.child_or_none("author"), context.time(node, "submittedAt")
        identity = _identity(account)
        reviewer = "author" if identity is not None and identity == author else _kind(account)
        if at is not None and at <= until:
            reviews.append(_Review(at, reviewer))
    return sorted(reviews, key=lambda review: review.at or 0)


def _of_person(reviews: list[_Review], context: CollectContext, *, has_more: bool) -> int | None:
    """Return the time of the first of these reviews by a person who is not the author.

    The account of an earlier one may be deleted, and so have been a person's, the author's or a bot's: then the time is unknown.
    """
    for review in reviews:
        if review.reviewer == "unknown":
            context.add_anomaly("unknown_reviewer")
            return None
        if review.reviewer == "person":
            return review.at
    if has_more:
        context.add_anomaly("reviews_truncated")
    return None


def _is_merged_by_queue(pull_request: Fields, queued_at: int | None, context: CollectContext) -> bool | None:
    """Return whether the last removal from the queue was by the merge; False if it never was in the queue.

    Who merged it says nothing: that is the person who queued it (https://github.com/IBM/mcp-context-forge/pull/5483).
    """
    removal = _node(pull_request, "dequeued")
    if removal is None:
        return False if queued_at is None else None
    reason, removed_at = removal.text_or_none("reason"), context.time(removal, "createdAt")
    if reason is None or removed_at is None or (queued_at is not None and queued_at > removed_at):
        return None
    word = reason.lower()
    return word in _MERGED if word in _MERGED | _NOT_MERGED else None


def _node(pull_request: Fields, alias: str) -> Fields | None:
    return next(iter(pull_request.child(alias).children("nodes")), None)


def _event_time(pull_request: Fields, alias: str, context: CollectContext) -> int | None:
    event = _node(pull_request, alias)
    return context.time(event, "createdAt") if event else None


def _flag(connection: Fields, name: str) -> bool:
    return connection.child("pageInfo").flag_or_none(name) is not False


def _identity(account: Fields | None) -> tuple[str, str] | None:
    """Return the type and the login: an App and a person may have the same login."""
    return (account.text("__typename"), account.text("login").lower()) if account else None


def _kind(account: Fields | None) -> str:
    """Return the kind of an account. GraphQL names a bot without the `[bot]` that its login has everywhere else."""
    if account is None:
        return "unknown"
    login, type = account.text("login"), account.text("__typename")
    return account_kind(f"{login}[bot]" if type == "Bot" else login, type)
