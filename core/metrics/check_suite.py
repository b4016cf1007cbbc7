"""check-suite: how long a completed suite of checks took, and how it ended."""

from typing import NamedTuple

from core.events import SignedTriggerEvent
from core.metric import CollectContext, Key, Metric, day
from core.metrics._conclusion import conclusion_of
from core.metrics._predicates import action_is


class PullRequest(NamedTuple):
    """A pull request that the suite ran for."""

    id: int
    """The pull request's id (not its number)."""


class Output(NamedTuple):
    """One completed check suite."""

    id: int
    """The suite's id."""
    head_sha: str | None
    """The commit that was checked."""
    pull_requests: list[PullRequest]
    """The pull requests that it ran for; empty for pushes from forks."""
    created_at: int | None
    """When the suite was created (UNIX ms)."""
    conclusion: str | None
    """How it ended: `success`, `failure`, `neutral`, `cancelled`, `timed_out`, `action_required`, `stale`…"""
    is_app_owner: bool
    """Whether the payload carries an `installation`: the webhook is a GitHub App's."""
    updated_at: int | None
    """When the suite was last updated (UNIX ms)."""
    head_branch: str | None
    """The branch that was checked; null for pushes from forks."""


def applies(event: SignedTriggerEvent) -> bool:
    """Select completed suites; the other actions are requests to run one."""
    return action_is(event, "completed")


def key(event: SignedTriggerEvent) -> Key:
    """Return the suite's id, with a version: a suite can complete again when checks are rerun, and the later state wins."""
    suite = event.fields("check_suite")
    updated_at = suite.time("updated_at")
    return Key((suite.integer("id"),), (updated_at,), day(suite.time("created_at"), updated_at))


def collect(event: SignedTriggerEvent, context: CollectContext) -> Output:
    """Read the payload."""
    suite = event.fields("check_suite")
    return Output(
        id=suite.integer("id"),
        head_sha=suite.text_or_none("head_sha"),
        pull_requests=[PullRequest(pull_request.integer("id")) for pull_request in suite.children("pull_requests")],
        created_at=context.time(suite, "created_at"),
        conclusion=conclusion_of(suite, context),
        is_app_owner=bool(event.payload.get("installation")),
        updated_at=context.time(suite, "updated_at"),
        head_branch=suite.text_or_none("head_branch"),
    )


METRIC = Metric("check-suite", "github::check_suite", Output, applies, key, collect, versioned=True)
