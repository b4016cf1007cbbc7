"""The jobs of workflow runs, those of every attempt. https://docs.github.com/en/rest/actions/workflow-jobs."""

from collections.abc import Iterator, Sequence

from core.backfill.context import BackfillContext, Unit, require_int
from core.events import SignedTriggerEvent
from core.payload import Json


def units(look: BackfillContext) -> Iterator[Unit]:
    """Every run made since then and over: the list of runs does not tell its jobs."""
    for run in look.runs:
        if run.get("status") == "completed":
            yield _unit(look, require_int(run, "id", "a workflow run"))


def _unit(look: BackfillContext, run: int) -> Unit:
    def events() -> Sequence[SignedTriggerEvent]:
        jobs = look.listed(f"{look.path}/actions/runs/{run}/jobs", "jobs", {"filter": "all"})
        return [event for each in jobs if each.get("status") == "completed" for event in _completed(look, each)]

    return Unit("workflow runs", run, 1, events)


def _completed(look: BackfillContext, job: Json) -> list[SignedTriggerEvent]:
    told = {"action": "completed", "workflow_job": job}
    return look.event("workflow_job", require_int(job, "id", "a job"), told)


UNITS = units
