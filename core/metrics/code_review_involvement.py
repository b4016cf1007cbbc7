"""code-review-involvement: how long a pull request was open, and how many people it took."""

from typing import NamedTuple

from core.account_kind import account_kind
from core.events import SignedTriggerEvent, repository_of
from core.metric import CollectContext, Metric
from core.metrics._account import account
from core.metrics._actions_run import bounded
from core.metrics._labels import bounded_labels, label_names
from core.metrics._predicates import action_is
from core.metrics._pull_request import closed_pull_request_key, head_sha
from core.metrics._timeline import Timeline, read_timeline
from core.payload import Fields
from core.scrub import REVERT


class Output(NamedTuple):
    """One closed pull request."""

    pr_id: int
    """The pull request's id (not its number)."""
    head_sha: str | None
    """The last commit of its branch."""
    merged: bool | None
    """Whether it was merged, or only closed."""
    created_at: int | None
    """When it was opened (UNIX ms)."""
    updated_at: int | None
    """When it was last updated (UNIX ms)."""
    closed_at: int | None
    """When it was closed (UNIX ms)."""
    merged_at: int | None
    """When it was merged (UNIX ms); null if it was not."""
    total_duration: int | None
    """Milliseconds from created to closed."""
    created_to_merged_duration: int | None
    """Milliseconds from created to merged; null if it was not merged."""
    updated_to_closed: int | None
    """Milliseconds from the last update to closed."""
    comments: int | None
    """How many comments it has."""
    review_comments: int | None
    """How many review comments it has."""
    changed_files: int | None
    """How many files it changes."""
    has_been_merged_by_author: bool | None
    """Whether its author merged it; null if it was not merged, or if either account is gone."""
    requested_reviewers: int
    """How many people's review was still requested."""
    requested_teams: int
    """How many teams' review was still requested."""
    number: int | None
    """The pull request's number, by which people know it."""
    base_ref: str | None
    """The branch that it was to be merged into."""
    merge_commit_sha: str | None
    """The commit by which it got there: of the merge, squashed, or the last of those rebased; null if not merged."""
    is_revert: bool
    """Whether its title begins as GitHub begins that of a revert: `Revert "`."""
    author_kind: str
    """Whose account opened it: `person`, `bot`, `agent` or `unknown`; unknown also if the account is gone."""
    title_kind: str | None
    """What its title says: `revert`, `reapply`, `hotfix` or `other`."""
    revert_depth: int | None
    """How many reverts its title nests, of which a reapply is two: odd is a revert, even above 0 is planned work."""
    reverts_sha: str | None
    """For a revert, the commit that its description says it takes back."""
    reverts_number: int | None
    """For a revert, the pull request that its description, branch or title says it takes back."""
    closes: list[int] | None
    """The numbers of this repository's issues that its description closes, at most 20."""
    assistants: list[str] | None
    """The AI assistants that its description names as having helped, sorted; none does not mean that none helped."""
    labels: list[str] | None
    """Its labels, as GitHub spells them: at most 100 of 100 characters; null where GitHub did not say."""
    head_ref: str | None
    """The branch that was to be merged, at most 255 characters."""
    is_draft: bool | None
    """Whether it was a draft when it was closed."""
    timeline: Timeline | None
    """What happened until it was merged; null if it was not merged, or if GitHub cannot say it."""


def applies(event: SignedTriggerEvent) -> bool:
    """Select closed pull requests, merged or not."""
    return action_is(event, "closed")


def collect(event: SignedTriggerEvent, context: CollectContext) -> Output:
    """Read the payload, and for a merged pull request its timeline."""
    pull_request, facts = event.fields("pull_request"), event.facts_of("pull_request")
    merged = pull_request.flag_or_none("merged")
    created_at, updated_at = context.time(pull_request, "created_at"), context.time(pull_request, "updated_at")
    closed_at = context.time(pull_request, "closed_at")
    merged_at = context.time(pull_request, "merged_at") if merged else None
    return Output(
        pr_id=pull_request.integer("id"),
        head_sha=head_sha(pull_request),
        merged=merged,
        created_at=created_at,
        updated_at=updated_at,
        closed_at=closed_at,
        merged_at=merged_at,
        total_duration=context.duration(created_at, closed_at),
        created_to_merged_duration=context.duration(created_at, merged_at) if merged else None,
        updated_to_closed=context.duration(updated_at, closed_at),
        comments=pull_request.integer_or_none("comments"),
        review_comments=pull_request.integer_or_none("review_comments"),
        changed_files=pull_request.integer_or_none("changed_files"),
        has_been_merged_by_author=_merged_by_author(pull_request) if merged else None,
        requested_reviewers=pull_request.count("requested_reviewers"),
        requested_teams=pull_request.count("requested_teams"),
        number=pull_request.integer_or_none("number"),
        base_ref=_ref(pull_request, "base"),
        merge_commit_sha=pull_request.text_or_none("merge_commit_sha") if merged else None,
        is_revert=(pull_request.text_or_none("title") or "").startswith(REVERT),
        author_kind=_author_kind(pull_request),
        title_kind=facts.text_or_none("title_kind"),
        revert_depth=facts.integer_or_none("revert_depth"),
        reverts_sha=facts.text_or_none("reverts_sha"),
        reverts_number=facts.integer_or_none("reverts_number"),
        closes=facts.data.get("closes"),
        assistants=facts.data.get("assistants"),
        labels=_labels(pull_request, context),
        head_ref=bounded(_ref(pull_request, "head"), context),
        is_draft=pull_request.flag_or_none("draft"),
        timeline=_timeline(event, merged_at, context) if merged else None,
    )


def _merged_by_author(pull_request: Fields) -> bool | None:
    author, merger = (account(pull_request.child_or_none(role)) for role in ("user", "merged_by"))
    return None if author is None or merger is None else author == merger


def _ref(pull_request: Fields, side: str) -> str | None:
    """Return the branch at one side, `base` or `head`; the head of a deleted fork still names it."""
    branch = pull_request.child_or_none(side)
    return branch.text_or_none("ref") if branch else None


def _author_kind(pull_request: Fields) -> str:
    user = pull_request.child_or_none("user")
    return account_kind(user.text_or_none("login"), user.text_or_none("type")) if user else "unknown"


def _labels(pull_request: Fields, context: CollectContext) -> list[str] | None:
    if pull_request.data.get("labels") is None:
        return None
    return bounded_labels(label_names(pull_request.children("labels")), context)


def _timeline(event: SignedTriggerEvent, merged_at: int | None, context: CollectContext) -> Timeline | None:
    number = event.fields("pull_request").integer_or_none("number")
    if number is None:
        context.add_anomaly("timeline_not_available")
        return None
    return read_timeline(repository_of(event), number, merged_at, context)


METRIC = Metric("code-review-involvement", "github::pull_request", Output, applies, closed_pull_request_key, collect)
