"""The key of a workflow job, and whether it is a copy, for the two metrics of it."""

from core.events import SignedTriggerEvent
from core.metric import Key, day
from core.payload import Fields

COPIED_BEFORE = 10_000
"""Milliseconds by which a copy started before it was created. Clocks differ by less, and a job that passed, the end of its
run and the request to run it again take longer."""


def workflow_job_key(event: SignedTriggerEvent) -> Key:
    """Return the key `{job id}`, with the version `{run_attempt}`."""
    job = event.fields("workflow_job")
    times = (job.time("completed_at"), job.time("started_at"), job.time("created_at"))
    return Key((job.integer("id"),), (job.integer_or_none("run_attempt"),), day(*times))


def is_copy(job: Fields) -> bool | None:
    """Return whether the job did not run in its attempt, but is a copy from an earlier one; None if that is not known.

    "Re-run failed jobs" gives each job that passed a new id and the new attempt's number, and reports it as completed
    again, with the times of when it ran: it started and ended before it was created. The first attempt has no copies.
    https://github.com/actions/actions-runner-controller/issues/4315,
    https://github.com/scribd/github-action-datadog-reporting/issues/28
    """
    if job.integer_or_none("run_attempt") == 1:
        return False
    created_at, started_at, completed_at = (job.time(key) for key in ("created_at", "started_at", "completed_at"))
    if created_at is None or started_at is None:
        return None
    if started_at >= created_at or (completed_at is not None and completed_at > created_at):
        return False
    return True if created_at - started_at >= COPIED_BEFORE else None
