"""What the two metrics of a workflow job have in common: its identity."""

from core.events import SignedTriggerEvent
from core.metric import Key, day


def workflow_job_key(event: SignedTriggerEvent) -> Key:
    """`{job id}`, then `{run_attempt}`."""
    job = event.fields("workflow_job")
    times = (job.time("completed_at"), job.time("started_at"), job.time("created_at"))
    return Key((job.integer("id"),), (job.integer_or_none("run_attempt"),), day(*times))
