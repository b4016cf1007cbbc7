"""One module = one scheduled job, found by being there."""

from functools import cache

from core.job import Job
from core.metric import discover


@cache
def all_jobs() -> dict[str, Job]:
    """Every job by its name."""
    return {job.name: job for job in discover(__name__, "JOB")}
