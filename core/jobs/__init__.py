"""One module = one scheduled job, discovered."""

from functools import cache

from core.discovery import discover
from core.errors import TelemetryError
from core.job import Job, JobOutcome, Report
from core.services import JobServices


class NoSuchJob(TelemetryError):
    """There is no job of this name."""


class Unfinished(TelemetryError):
    """The job has items left to process: the run was not a success."""


@cache
def all_jobs() -> dict[str, Job]:
    """Return every job by its name."""
    return {job.name: job for job in discover(__name__, "JOB")}


def run(name: object, services: JobServices) -> Report:
    """Run the job of that name once. Raises NoSuchJob, Unfinished, or the errors of the job."""
    job = all_jobs().get(name) if isinstance(name, str) else None
    if job is None:
        raise NoSuchJob(f"there is no such job; the jobs are {', '.join(all_jobs())}")
    in_time = services.worker._replace(seconds_left=services.seconds_left)
    report = job.run(services._replace(worker=in_time))
    outcome = JobOutcome.UNFINISHED if report.left else JobOutcome.DONE
    services.log("info", "job", outcome, job=job.name, done=report.done, left=report.left)
    if report.left:
        raise Unfinished(f"{job.name}: {report.done} done, {report.left} left")
    return report
