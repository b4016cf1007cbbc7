"""Reads which run and job of GitHub Actions a payload names, for the metrics of deployments, runs and jobs.

Texts that people choose are cut to LONGEST characters.
"""

from typing import NamedTuple

from core.events import SignedTriggerEvent
from core.metric import CollectContext
from core.payload import Fields

LONGEST = 255
"""Characters of a branch, a path or a name."""


class WorkflowRun(NamedTuple):
    """A run of a workflow."""

    id: int
    """The run's id; all its attempts and jobs have the same."""
    name: str | None
    """The workflow's name; null where GitHub did not tell."""
    path: str | None
    """The workflow's file, as GitHub spells it; a branch or tag may follow it behind an `@`."""
    event: str | None
    """What started the run: `push`, `schedule`, `workflow_dispatch`…"""
    head_branch: str | None
    """The branch or tag that it ran on; null where GitHub did not tell."""
    run_attempt: int | None
    """Which attempt of the run it is, from 1."""


class CheckRun(NamedTuple):
    """A check run; that of a job of GitHub Actions has the job's id."""

    id: int
    """The check run's id."""
    name: str | None
    """The job's name; null for a check run that is not known to be a job of this repository."""


def bounded(text: str | None, context: CollectContext) -> str | None:
    """Return a text cut to LONGEST characters, with an anomaly if anything was cut."""
    if text is None or len(text) <= LONGEST:
        return text
    context.add_anomaly("text_truncated")
    return text[:LONGEST]


def workflow_run(event: SignedTriggerEvent, context: CollectContext) -> WorkflowRun | None:
    """Return the run that a payload names; None if it names none."""
    run = event.fields().child_or_none("workflow_run")
    id = run.integer_or_none("id") if run else None
    if run is None or id is None:
        return None
    return WorkflowRun(
        id=id,
        name=workflow_name(event, context),
        path=bounded(run.text_or_none("path"), context),
        event=bounded(run.text_or_none("event"), context),
        head_branch=bounded(run.text_or_none("head_branch"), context),
        run_attempt=run.integer_or_none("run_attempt"),
    )


def workflow_name(event: SignedTriggerEvent, context: CollectContext) -> str | None:
    """Return the workflow's name, from the payload's `workflow`.

    `workflow_run.name` is not used: for a workflow with a `run-name` it is that, which may hold a title and differs from run to
    run. https://github.com/actions/runner/issues/4141, https://github.com/scribd/github-action-datadog-reporting/pull/29
    """
    workflow = event.fields().child_or_none("workflow")
    return bounded(workflow.text_or_none("name"), context) if workflow else None


def check_run(event: SignedTriggerEvent, context: CollectContext) -> CheckRun | None:
    """Return the check run that a payload names; None if it names none.

    It is a job only if the payload also names the run, and that is the repository's own: another App's status may name a check
    run of that App.
    """
    check = event.fields().child_or_none("check_run")
    id = check.integer_or_none("id") if check else None
    if check is None or id is None:
        return None
    return CheckRun(id, bounded(check.text_or_none("name"), context) if _runs_here(event) else None)


def _runs_here(event: SignedTriggerEvent) -> bool:
    run = event.fields().child_or_none("workflow_run")
    if run is None:
        return False
    place, repository = _id(run.child_or_none("repository")), _id(event.fields().child_or_none("repository"))
    return place is None or place == repository


def _id(fields: Fields | None) -> int | None:
    return fields.integer_or_none("id") if fields else None
