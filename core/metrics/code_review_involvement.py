"""code-review-involvement: how long a pull request was open, and how many people it took."""

from typing import NamedTuple

from core.events import SignedTriggerEvent
from core.metric import Metric, Observation
from core.metrics._pull_request import closed_pull_request_key, head_sha
from core.metrics._when import action_is
from core.payload import Fields

_GHOST = "ghost"  # the account that GitHub shows in place of one that was deleted


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


def applies(event: SignedTriggerEvent) -> bool:
    """Closed pull requests, merged or not."""
    return action_is(event, "closed")


def collect(event: SignedTriggerEvent, observation: Observation) -> Output:
    """All from the payload."""
    pull_request = event.fields("pull_request")
    merged = pull_request.flag_or_none("merged")
    created_at, updated_at = pull_request.time("created_at"), pull_request.time("updated_at")
    closed_at = pull_request.time("closed_at")
    merged_at = pull_request.time("merged_at") if merged else None
    return Output(
        pr_id=pull_request.integer("id"),
        head_sha=head_sha(pull_request),
        merged=merged,
        created_at=created_at,
        updated_at=updated_at,
        closed_at=closed_at,
        merged_at=merged_at,
        total_duration=observation.duration(created_at, closed_at),
        created_to_merged_duration=observation.duration(created_at, merged_at) if merged else None,
        updated_to_closed=observation.duration(updated_at, closed_at),
        comments=pull_request.integer_or_none("comments"),
        review_comments=pull_request.integer_or_none("review_comments"),
        changed_files=pull_request.integer_or_none("changed_files"),
        has_been_merged_by_author=_merged_by_author(pull_request) if merged else None,
        requested_reviewers=pull_request.count("requested_reviewers"),
        requested_teams=pull_request.count("requested_teams"),
    )


def _merged_by_author(pull_request: Fields) -> bool | None:
    author, merger = (_account(pull_request.child_or_none(role)) for role in ("user", "merged_by"))
    return None if author is None or merger is None else author == merger


def _account(user: Fields | None) -> str | None:
    login = user.text_or_none("login") if user else None
    return None if login is None or login.lower() == _GHOST else login.lower()


METRIC = Metric("code-review-involvement", "github::pull_request", Output, applies, closed_pull_request_key, collect)
