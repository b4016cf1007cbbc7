"""The canary function: Cloud Scheduler's tick in, a signed event of our own to our own public URL."""

from core.canary import CanaryServices, send
from core.errors import TelemetryError
from runtimes.gcp.webhook import answer


def respond(services: CanaryServices) -> tuple[str, int, dict[str, str]]:
    """Send one; 500 where it was not taken, so that it is counted as an error."""
    try:
        return answer(200, {"sent": send(services)})
    except TelemetryError as error:
        services.log("error", "canary", "failed", reason=str(error))
        return answer(500, {"status": "error", "reason": str(error)})
