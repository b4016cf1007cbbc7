"""workflow-job: how long a job of a workflow took, step by step, and how it ended."""

from typing import NamedTuple

from core.events import SignedTriggerEvent
from core.metric import CollectContext, Metric
from core.metrics._conclusion import conclusion_of
from core.metrics._predicates import action_is
from core.metrics._steps import Step, step_of
from core.metrics._workflow_job import is_copy, workflow_job_key


class Output(NamedTuple):
    """One completed job."""

    id: int
    """The job's id."""
    head_sha: str | None
    """The commit that it ran on."""
    completed_at: int | None
    """When it ended (UNIX ms)."""
    created_at: int | None
    """When it was queued (UNIX ms); older payloads do not tell."""
    started_at: int | None
    """When it started (UNIX ms)."""
    conclusion: str | None
    """How it ended: `success`, `failure`, `skipped`, `cancelled`, `timed_out`…"""
    workflow_name: str | None
    """The workflow's name."""
    run_attempt: int | None
    """Which attempt of the run it belongs to, from 1."""
    duration: int | None
    """Milliseconds from start to end; null where a time is missing or they are out of order."""
    steps: list[Step]
    """Its steps."""
    head_branch: str | None
    """The branch that it ran on; null where GitHub did not tell."""
    run_id: int | None
    """The run of the workflow that it belongs to: all its attempts and jobs have the same."""
    name: str | None
    """The job's name: the same job of the same workflow has the same."""
    is_copy: bool | None
    """Whether it did not run in this attempt: GitHub reports the jobs that passed again when the failed ones are re-run, with
    their earlier times; null where that is not known."""


def applies(event: SignedTriggerEvent) -> bool:
    """Select completed jobs."""
    return action_is(event, "completed")


def collect(event: SignedTriggerEvent, context: CollectContext) -> Output:
    """Read the payload."""
    job = event.fields("workflow_job")
    started_at, completed_at = context.time(job, "started_at"), context.time(job, "completed_at")
    return Output(
        id=job.integer("id"),
        head_sha=job.text_or_none("head_sha"),
        completed_at=completed_at,
        created_at=context.time(job, "created_at"),
        started_at=started_at,
        conclusion=conclusion_of(job, context),
        workflow_name=job.text_or_none("workflow_name"),
        run_attempt=job.integer_or_none("run_attempt"),
        duration=context.duration(started_at, completed_at),
        steps=[step_of(step, context) for step in job.children("steps")],
        head_branch=job.text_or_none("head_branch"),
        run_id=job.integer_or_none("run_id"),
        name=job.text_or_none("name"),
        is_copy=is_copy(job),
    )


METRIC = Metric("workflow-job", "github::workflow_job", Output, applies, workflow_job_key, collect, versioned=True)
