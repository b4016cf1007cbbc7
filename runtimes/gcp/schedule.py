"""The schedule function: Cloud Scheduler posts `{"job": NAME}`, and the function runs that job once."""

import json
import time
from collections.abc import Callable

from core.errors import TelemetryError
from core.job import JobOutcome
from core.jobs import NoSuchJob, run
from core.services import JobServices
from runtimes.gcp.webhook import answer

TIME = 280.0
"""Seconds that a job has; the function has 300."""


def respond(
    body: bytes, schedule_services: Callable[[Callable[[], float]], JobServices]
) -> tuple[str, int, dict[str, str]]:
    """Run one job; return 500 when it fails, so that Cloud Scheduler counts an error and retries."""
    ends = time.monotonic() + TIME
    services = schedule_services(lambda: ends - time.monotonic())
    name = None
    try:
        payload = json.loads(body or b"{}")
        name = payload.get("job") if isinstance(payload, dict) else None
        done = run(name, services).done
    except (NoSuchJob, ValueError) as error:
        reason = str(error) if isinstance(error, NoSuchJob) else "the body is no JSON"
        return answer(400, {"status": "error", "reason": reason})
    except TelemetryError as error:
        services.log("error", "job", JobOutcome.FAILED, job=str(name), reason=str(error))
        return answer(500, {"status": "error", "reason": str(error)})
    return answer(200, {"status": "done", "job": name, "done": done})
