"""deployment-status: how a deployment ended; for a success also what it brought, and whether it went back.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#deployment_status
"""

from typing import NamedTuple

from core.errors import NotAvailable
from core.events import SignedTriggerEvent, repository_of
from core.metric import CollectContext, Key, Metric, day
from core.metrics._comparison import Changes, compare_commits
from core.metrics._environment import EnvironmentSearch, PreviousDeployment, SearchLimit
from core.metrics._predicates import action_is

_SUCCESS = "success"
_ENDS = frozenset({_SUCCESS, "failure", "error"})
_COMPARISON = 1
"""Requests for a comparison, of up to a hundred commits."""


class Output(NamedTuple):
    """One end of a deployment."""

    id: int
    """The status's id."""
    deployment_id: int
    """The deployment's id."""
    env: str
    """The environment's name."""
    sha: str | None
    """The commit that was deployed."""
    ref: str | None
    """The branch, tag or commit that was asked for."""
    state: str
    """How it ended: `success`, `failure` or `error`."""
    created_at: int | None
    """When it ended so: when the status was created (UNIX ms)."""
    updated_at: int | None
    """When the status was last updated (UNIX ms)."""
    deployment_created_at: int | None
    """When the deployment was created (UNIX ms)."""
    previous: PreviousDeployment | None
    """For a success, what the environment had before; null if there was none, or if that is not known."""
    changes: Changes | None
    """For a success, what came since the previous one; null if there was none, or if that is not known."""
    is_rollback: bool | None
    """For a success, whether its commit is an ancestor of the previous one's; null if that is not known."""


class _Since(NamedTuple):
    """The further fields of a success."""

    previous: PreviousDeployment | None = None
    changes: Changes | None = None
    is_rollback: bool | None = None


def applies(event: SignedTriggerEvent) -> bool:
    """Select the final states of deployments; `inactive` is not one: a later success sets it on an earlier one."""
    if not action_is(event, "created"):
        return False
    return event.fields("deployment_status").text_or_none("state") in _ENDS


def key(event: SignedTriggerEvent) -> Key:
    """Return the ids of deployment and status: statuses are added, never changed."""
    status = event.fields("deployment_status")
    identity = (event.fields("deployment").integer("id"), status.integer("id"))
    return Key(identity, day=day(status.time("created_at")))


def collect(event: SignedTriggerEvent, context: CollectContext) -> Output:
    """Read the payload; for a success also the environment's older deployments, their statuses, and a comparison."""
    status, deployment = event.fields("deployment_status"), event.fields("deployment")
    state = status.text("state")
    since = _since(event, context) if state == _SUCCESS else _Since()
    return Output(
        id=status.integer("id"),
        deployment_id=deployment.integer("id"),
        env=_environment(event),
        sha=deployment.text_or_none("sha"),
        ref=deployment.text_or_none("ref"),
        state=state,
        created_at=context.time(status, "created_at"),
        updated_at=context.time(status, "updated_at"),
        deployment_created_at=context.time(deployment, "created_at"),
        previous=since.previous,
        changes=since.changes,
        is_rollback=since.is_rollback,
    )


def _environment(event: SignedTriggerEvent) -> str:
    """Return the environment of the status, which may differ from the deployment's."""
    return event.fields("deployment_status").text_or_none("environment") or event.fields("deployment").text(
        "environment"
    )


def _since(event: SignedTriggerEvent, context: CollectContext) -> _Since:
    deployment = event.fields("deployment")
    created_at = deployment.time("created_at")
    if created_at is None:
        context.add_anomaly("missing_time")
        return _Since()
    this = (created_at, deployment.integer("id"))
    try:
        previous = context.try_read(lambda: _newest_success(event, this, context))
    except (SearchLimit, NotAvailable):
        context.add_anomaly("previous_not_found")
        return _Since()
    if previous is None:
        return _Since() if context.read_failed else _Since(is_rollback=False)
    sha = deployment.text_or_none("sha")
    if not sha or not previous.sha:
        context.add_anomaly("missing_sha")
        return _Since(previous)
    comparison = compare_commits(repository_of(event), previous.sha, sha, context)
    return _Since(previous, comparison.changes, comparison.is_ancestor) if comparison else _Since(previous)


def _newest_success(
    event: SignedTriggerEvent, this: tuple[int, int], context: CollectContext
) -> PreviousDeployment | None:
    by_then = event.fields("deployment_status").time("created_at")
    search = EnvironmentSearch(event, context, context.most_requests - _COMPARISON)
    older = search.older(_environment(event), this)
    return next((candidate for candidate in older if search.has_succeeded(candidate.id, by_then)), None)


METRIC = Metric("deployment-status", "github::deployment_status", Output, applies, key, collect)
