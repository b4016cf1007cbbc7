"""workflow-run: how an attempt of a workflow's run ended, what started it, and when.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run
"""

from typing import NamedTuple

from core.events import SignedTriggerEvent
from core.metric import CollectContext, Key, Metric, day
from core.metrics._actions_run import bounded, workflow_name
from core.metrics._conclusion import conclusion_of
from core.metrics._predicates import action_is


class Output(NamedTuple):
    """One completed attempt of a run."""

    id: int
    """The run's id; all its attempts and jobs have the same."""
    run_attempt: int | None
    """Which attempt of the run it is, from 1."""
    name: str | None
    """The workflow's name; null where GitHub did not tell."""
    path: str | None
    """The workflow's file, as GitHub spells it; a branch or tag may follow it behind an `@`."""
    event: str | None
    """What started the run: `push`, `schedule`, `workflow_dispatch`…"""
    head_branch: str | None
    """The branch or tag that it ran on; null where GitHub did not tell."""
    head_sha: str | None
    """The commit that it ran on."""
    conclusion: str | None
    """How it ended: `success`, `failure`, `cancelled`, `skipped`, `timed_out`, `startup_failure`…"""
    created_at: int | None
    """When the run was created (UNIX ms); a later attempt keeps it."""
    run_started_at: int | None
    """When this attempt started (UNIX ms)."""
    updated_at: int | None
    """When the run was last updated, which is when the attempt ended if nothing changed since (UNIX ms)."""


def applies(event: SignedTriggerEvent) -> bool:
    """Select completed runs."""
    return action_is(event, "completed")


def key(event: SignedTriggerEvent) -> Key:
    """Return the key `{run id}`, with the version `{run_attempt}`."""
    run = event.fields("workflow_run")
    times = (run.time("run_started_at"), run.time("created_at"))
    return Key((run.integer("id"),), (run.integer_or_none("run_attempt"),), day(*times))


def collect(event: SignedTriggerEvent, context: CollectContext) -> Output:
    """Read the payload."""
    run = event.fields("workflow_run")
    return Output(
        id=run.integer("id"),
        run_attempt=run.integer_or_none("run_attempt"),
        name=workflow_name(event, context),
        path=bounded(run.text_or_none("path"), context),
        event=bounded(run.text_or_none("event"), context),
        head_branch=bounded(run.text_or_none("head_branch"), context),
        head_sha=run.text_or_none("head_sha"),
        conclusion=conclusion_of(run, context),
        created_at=context.time(run, "created_at"),
        run_started_at=context.time(run, "run_started_at"),
        updated_at=context.time(run, "updated_at"),
    )


METRIC = Metric("workflow-run", "github::workflow_run", Output, applies, key, collect, versioned=True)
