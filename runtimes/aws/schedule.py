"""The schedule function: EventBridge Scheduler's `{"job": NAME}` in, one run of that job.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from typing import Any

from core.jobs import all_jobs, run
from core.services import JobServices
from runtimes.aws import cloudwatch_metrics, worker_wiring

all_jobs()  # imports every job in INIT, when Lambda gives a function the most CPU


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Run a job for Lambda; raises TelemetryError when it fails, so that Lambda counts an error and retries."""
    services = worker_wiring.schedule_services(lambda: context.get_remaining_time_in_millis() / 1000)
    result = respond(event, services)
    cloudwatch_metrics.count("JobSucceeded", Environment=services.settings.environment_id, Job=str(result["job"]))
    return result


def respond(event: dict[str, Any], services: JobServices) -> dict[str, Any]:
    """Run one job; raises TelemetryError if the job is unknown or has work left."""
    name = event.get("job")
    return {"job": name, "done": run(name, services).done}
