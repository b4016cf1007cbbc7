"""deployment-status: how a deployment ended; for a success also what it brought, and whether it went back.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#deployment_status
"""

from typing import NamedTuple

from core.errors import NotAvailable
from core.events import SignedTriggerEvent, repository_of
from core.metric import CollectContext, Key, Metric, day
from core.metrics._actions_run import CheckRun, WorkflowRun, check_run
from core.metrics._comparison import Changes, compare_commits
from core.metrics._deployment_facts import deployment_facts
from core.metrics._environment import EnvironmentSearch, PreviousDeployment, SearchLimit
from core.metrics._predicates import action_is
from core.metrics._statuses import Status, read_statuses

_SUCCESS = "success"
ENDS = frozenset({_SUCCESS, "failure", "error"})
"""The final states of a deployment."""
_NOT_RUNNING = ENDS | {"inactive"}
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
    task: str | None
    """What was to be done: `deploy`, unless its creator says otherwise."""
    production_environment: bool | None
    """Whether its creator says that people use the environment; GitHub assumes so for the name `production` only, so false says
    nothing."""
    transient_environment: bool | None
    """Whether its creator says that the environment will be gone some day, as that of a preview."""
    creator_kind: str
    """Who created it: `person`, `bot`, `agent` or `unknown`."""
    workflow_run: WorkflowRun | None
    """The run of GitHub Actions that created it; null where the payload names none."""
    check_run: CheckRun | None
    """The check run that set the status, which is the job; null where the payload names none."""
    in_progress_at: int | None
    """When the deployment began: its first status `in_progress` since it last ended (UNIX ms). Null where `check_run` names the
    job, whose record says when it began, and where there is no such status or it could not be read."""
    comparison_status: str | None
    """For a success, where its commit is, seen from the previous one's: `ahead`, `behind`, `diverged` or `identical`; null if
    that is not known."""


class _Since(NamedTuple):
    """The further fields of a success."""

    previous: PreviousDeployment | None = None
    changes: Changes | None = None
    is_rollback: bool | None = None
    comparison_status: str | None = None


def applies(event: SignedTriggerEvent) -> bool:
    """Select the final states of deployments; `inactive` is not one: a later success sets it on an earlier one."""
    if not action_is(event, "created"):
        return False
    return event.fields("deployment_status").text_or_none("state") in ENDS


def key(event: SignedTriggerEvent) -> Key:
    """Return the ids of deployment and status: statuses are added, never changed."""
    status = event.fields("deployment_status")
    identity = (event.fields("deployment").integer("id"), status.integer("id"))
    return Key(identity, day=day(status.time("created_at")))


def collect(event: SignedTriggerEvent, context: CollectContext) -> Output:
    """Read the payload; for a success also the environment's older deployments, their statuses, and a comparison.

    Without a job, the statuses of the deployment itself are read too.
    """
    status, deployment = event.fields("deployment_status"), event.fields("deployment")
    state = status.text("state")
    search = EnvironmentSearch(event, context, context.most_requests - _COMPARISON)
    since = _since(event, search, context) if state == _SUCCESS else _Since()
    job = check_run(event, context)
    is_job_named = job is not None and job.name is not None
    requests = search.left + (_COMPARISON if since.previous is None else 0)
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
        **deployment_facts(event, context)._asdict(),
        check_run=job,
        in_progress_at=None if is_job_named else _in_progress_at(event, requests, context),
        comparison_status=since.comparison_status,
    )


def _environment(event: SignedTriggerEvent) -> str:
    """Return the environment of the status, which may differ from the deployment's."""
    return event.fields("deployment_status").text_or_none("environment") or event.fields("deployment").text(
        "environment"
    )


def _since(event: SignedTriggerEvent, search: EnvironmentSearch, context: CollectContext) -> _Since:
    deployment = event.fields("deployment")
    created_at = deployment.time("created_at")
    if created_at is None:
        context.add_anomaly("missing_time")
        return _Since()
    this = (created_at, deployment.integer("id"))
    try:
        previous = context.try_read(lambda: _newest_success(event, this, search))
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
    if comparison is None:
        return _Since(previous)
    return _Since(previous, comparison.changes, comparison.is_ancestor, comparison.status)


def _newest_success(
    event: SignedTriggerEvent, this: tuple[int, int], search: EnvironmentSearch
) -> PreviousDeployment | None:
    by_then = event.fields("deployment_status").time("created_at")
    older = search.older(_environment(event), this)
    return next((candidate for candidate in older if search.has_succeeded(candidate.id, by_then)), None)


def _in_progress_at(event: SignedTriggerEvent, requests: int, context: CollectContext) -> int | None:
    """Return when the deployment began, by its statuses up to this one; `requests` is how many may still be made."""
    if requests <= 0:
        context.add_anomaly("in_progress_not_read")
        return None
    statuses = read_statuses(event, event.fields("deployment").integer("id"), context)
    if statuses is None:
        return None
    if not statuses.are_all:
        context.add_anomaly("statuses_truncated")
        return None
    this, begun_at = event.fields("deployment_status").integer("id"), None
    for status in statuses.listed:
        if status.id < this:  # a later one must not change the record of a later read
            begun_at = _begun_at(status, begun_at)
    return begun_at


def _begun_at(status: Status, before: int | None) -> int | None:
    """Return when a deployment began, from its next status and the time before that; None after an end."""
    if status.state in _NOT_RUNNING:
        return None
    return status.created_at if before is None and status.state == "in_progress" else before


METRIC = Metric("deployment-status", "github::deployment_status", Output, applies, key, collect)
