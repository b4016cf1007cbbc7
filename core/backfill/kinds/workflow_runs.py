"""The jobs of workflow runs, of every attempt. https://docs.github.com/en/rest/actions/workflow-jobs."""

from collections.abc import Iterator, Sequence

from core.backfill.context import BackfillContext, Unit, require_int
from core.events import SignedTriggerEvent
from core.payload import Json

_TIMES = ("created_at", "started_at", "completed_at")


def units(context: BackfillContext) -> Iterator[Unit]:
    """Yield a unit for every completed run of which a job may have ended since the start: the list of runs has no jobs."""
    for run in context.runs:
        if run.get("status") == "completed":
            yield _unit(context, require_int(run, "id", "a workflow run"))


def _unit(context: BackfillContext, run: int) -> Unit:
    def events() -> Sequence[SignedTriggerEvent]:
        jobs = context.listed(f"{context.path}/actions/runs/{run}/jobs", "jobs", {"filter": "all"})
        ended = (job for job in jobs if job.get("status") == "completed" and context.is_any_since(job, *_TIMES))
        return [event for job in ended for event in _completed(context, job)]

    return Unit("workflow runs", run, 1, events)


def _completed(context: BackfillContext, job: Json) -> list[SignedTriggerEvent]:
    payload = {"action": "completed", "workflow_job": job}
    return context.event("workflow_job", require_int(job, "id", "a job"), payload)


UNITS = units
