"""The key of a workflow job, for the two metrics of it."""

from core.events import SignedTriggerEvent
from core.metric import Key, day


def workflow_job_key(event: SignedTriggerEvent) -> Key:
    """Return the key `{job id}`, with the version `{run_attempt}`."""
    job = event.fields("workflow_job")
    times = (job.time("completed_at"), job.time("started_at"), job.time("created_at"))
    return Key((job.integer("id"),), (job.integer_or_none("run_attempt"),), day(*times))
