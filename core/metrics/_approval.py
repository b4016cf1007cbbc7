"""Computes how long a job waited for the protection rules of its environment, from the statuses of its deployment.

Such a rule is an approval, a wait timer or one of an App; GitHub's statuses do not tell which. A status `waiting` begins a
wait and the next status ends it: `queued` after an approval, `failure` after a rejection. This was not checked on GitHub itself:

- Two programs that start runners read `waiting` in the list, and `queued` after the approval:
  https://github.com/CloudSnorkel/cdk-github-runners/pull/416 (`statuses.data[0]?.state === 'waiting'`) and
  https://github.com/runs-on/runs-on/issues/386.
- GitHub's description of the list and its OpenAPI (`deployment-status.state`) do not name `waiting`, its webhooks do:
  https://docs.github.com/en/rest/deployments/statuses#list-deployment-statuses and
  https://docs.github.com/en/webhooks/webhook-events-and-payloads#deployment_status

So a list without `waiting` may hide it. It shows that there was no wait only if it goes back to when the job or its deployment was
created, and nothing was queued again later, or if the job started at once.
https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments
"""

from collections.abc import Iterable, Sequence
from math import inf

from core.events import SignedTriggerEvent
from core.metric import CollectContext
from core.metrics._statuses import Status, read_statuses
from core.metrics._workflow_job import COPIED_BEFORE
from core.payload import Fields

_WAITING, _QUEUED = "waiting", "queued"


def approval_wait(event: SignedTriggerEvent, deployment: int, context: CollectContext) -> int | None:
    """Return the milliseconds that the payload's job waited; None, with an anomaly, if that is not known.

    Takes one request. Statuses that are older than the job, or younger than its end, are those of other attempts.
    """
    statuses = read_statuses(event, deployment, context)
    if statuses is None:
        return None
    if not statuses.are_all:
        context.add_anomaly("statuses_truncated")
        return None
    job = event.fields("workflow_job")
    created_at, completed_at = job.time("created_at"), job.time("completed_at")
    first = -inf if created_at is None else created_at - COPIED_BEFORE
    last = inf if completed_at is None else completed_at
    of_job = [status for status in statuses.listed if first <= status.created_at <= last]
    if not of_job:
        context.add_anomaly("no_statuses")
        return None
    if all(status.state != _WAITING for status in of_job) and not _has_not_waited(event, of_job):
        context.add_anomaly("waiting_not_listed")
        return None
    return _waited(job, of_job, context)


def _has_not_waited(event: SignedTriggerEvent, statuses: Sequence[Status]) -> bool:
    """Return whether statuses without `waiting` show that the job did not wait."""
    job, deployment = event.fields("workflow_job"), event.fields().child_or_none("deployment")
    created_at, started_at = job.time("created_at"), job.time("started_at")
    deployed_at = deployment.time("created_at") if deployment else None
    if created_at is None:
        return False
    begun = created_at if deployed_at is None else min(created_at, deployed_at)
    at_once = job.count("steps") > 0 and started_at is not None and started_at <= begun + COPIED_BEFORE
    queued = sum(status.state == _QUEUED for status in statuses)
    return at_once or (queued <= 1 and statuses[0].created_at <= begun + COPIED_BEFORE)


def _waited(job: Fields, statuses: Iterable[Status], context: CollectContext) -> int | None:
    """Add up the waits. One that has not ended counts to the job's start."""
    total, since, until = 0, None, None
    for status in statuses:
        if status.state == _WAITING:
            since = status.created_at if since is None else since
        elif since is not None:
            total, since, until = total + status.created_at - since, None, status.created_at
    if since is None and until is None:
        return 0
    if not job.count("steps"):  # it never ran, and its `started_at` is the time of its creation
        if since is None:
            return total
        context.add_anomaly("missing_time")
        return None
    started_at = job.time("started_at")
    if since is not None:
        rest = context.duration(since, started_at)
        return None if rest is None else total + rest
    if until is not None and started_at is not None and started_at + COPIED_BEFORE < until:
        context.add_anomaly("negative_duration")
        return None
    return total
