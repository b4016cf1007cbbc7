"""Workflow runs, and the jobs of all their attempts.

The list of runs has only the last attempt of each. https://docs.github.com/en/rest/actions/workflow-runs and
https://docs.github.com/en/rest/actions/workflow-jobs
"""

from collections.abc import Iterator, Sequence

from core.backfill.context import BackfillContext, Unit, require_int
from core.events import SignedTriggerEvent
from core.payload import Json

_TIMES = ("created_at", "started_at", "completed_at")


def units(context: BackfillContext) -> Iterator[Unit]:
    """Yield a unit for every completed run of which a job may have ended since the start: the list of runs has no jobs."""
    for run in context.runs:
        if run.get("status") == "completed":
            yield _unit(context, run, require_int(run, "id", "a workflow run"))


def _unit(context: BackfillContext, run: Json, id: int) -> Unit:
    def events() -> Sequence[SignedTriggerEvent]:
        jobs = list(context.listed(f"{context.path}/actions/runs/{id}/jobs", "jobs", {"filter": "all"}))
        if any(job.get("status") != "completed" for job in jobs):
            context.changing.add(unit.name)
        ended = (job for job in jobs if job.get("status") == "completed" and context.is_any_since(job, *_TIMES))
        return [
            *_completed_run(context, run, id, jobs),
            *(event for job in ended for event in _completed(context, run, job)),
        ]

    unit = Unit("workflow runs", id, 1, events, context.state(run, "run_attempt", "conclusion"))
    return unit


def _completed_run(context: BackfillContext, run: Json, id: int, jobs: Sequence[Json]) -> list[SignedTriggerEvent]:
    """Return the event of a run. Its workflow's name is that of its jobs: the name of a run may be another."""
    workflow = {"name": next((name for job in jobs if (name := job.get("workflow_name"))), None)}
    payload = {"action": "completed", "workflow_run": run, "workflow": workflow}
    return context.event("workflow_run", f"{id}-{run.get('run_attempt')}", payload)


def _completed(context: BackfillContext, run: Json, job: Json) -> list[SignedTriggerEvent]:
    """Return the event of a job, with what GitHub's webhook lacks: what started its run, and the workflow's file."""
    of_run = {key: run.get(key) for key in ("id", "event", "path")}
    payload = {"action": "completed", "workflow_job": job, "workflow_run": of_run}
    return context.event("workflow_job", require_int(job, "id", "a job"), payload)


UNITS = units
