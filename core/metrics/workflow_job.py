"""workflow-job: how long a job of a workflow took, step by step, and how it ended.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job
"""

from typing import NamedTuple

from core.events import SignedTriggerEvent
from core.metric import CollectContext, Metric
from core.metrics._actions_run import bounded
from core.metrics._approval import approval_wait
from core.metrics._conclusion import conclusion_of
from core.metrics._predicates import action_is
from core.metrics._runner import runner_kind, runner_labels
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
    labels: list[str] | None
    """The labels of the runner that it asked for, its `runs-on`; null where GitHub did not tell."""
    runner_group_id: int | None
    """The group of the runner that it got; null where it got none."""
    runner_kind: str | None
    """Whose runner it was, `github-hosted` or `self-hosted`; null where that is not certain."""
    run_event: str | None
    """What started the run: `push`, `schedule`…; the payload does not tell, only a backfill."""
    workflow_path: str | None
    """The workflow's file; the payload does not tell, only a backfill."""
    environment: str | None
    """The environment that it deployed to, or whose secrets it used; null for a job without one."""
    deployment_id: int | None
    """The deployment that GitHub created for it; null for a job without an environment."""
    approval_wait: int | None
    """Milliseconds that it waited for the protection rules of its environment, such as an approval or a wait timer; null for a job
    without one, for a copy, and if that is not known."""


def applies(event: SignedTriggerEvent) -> bool:
    """Select completed jobs."""
    return action_is(event, "completed")


def collect(event: SignedTriggerEvent, context: CollectContext) -> Output:
    """Read the payload; for a job of an environment also the statuses of its deployment."""
    payload, job = event.fields(), event.fields("workflow_job")
    deployment, run = payload.child_or_none("deployment"), payload.child_or_none("workflow_run")
    deployment_id = deployment.integer_or_none("id") if deployment else None
    labels, copied = runner_labels(job, context), is_copy(job)
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
        is_copy=copied,
        labels=labels,
        runner_group_id=job.integer_or_none("runner_group_id"),
        runner_kind=runner_kind(job, labels),
        run_event=bounded(run.text_or_none("event"), context) if run else None,
        workflow_path=bounded(run.text_or_none("path"), context) if run else None,
        environment=bounded(deployment.text_or_none("environment"), context) if deployment else None,
        deployment_id=deployment_id,
        approval_wait=None if deployment_id is None or copied else approval_wait(event, deployment_id, context),
    )


METRIC = Metric("workflow-job", "github::workflow_job", Output, applies, workflow_job_key, collect, versioned=True)
