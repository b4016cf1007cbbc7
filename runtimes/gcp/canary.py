"""The canary function: Cloud Scheduler calls it, and it sends a signed event to the webhook's public URL."""

from core.canary import CanaryOutcome, CanaryServices, send
from core.errors import TelemetryError
from runtimes.gcp.webhook import answer


def respond(services: CanaryServices) -> tuple[str, int, dict[str, str]]:
    """Send one canary event; return 500 when it is not accepted, so that Cloud Run counts an error."""
    try:
        return answer(200, {"sent": send(services)})
    except TelemetryError as error:
        services.log("error", "canary", CanaryOutcome.FAILED, reason=str(error))
        return answer(500, {"status": "error", "reason": str(error)})
