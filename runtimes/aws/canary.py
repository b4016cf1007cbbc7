"""The canary function: EventBridge Scheduler starts it, and it sends a signed event to the webhook's public URL."""

from typing import Any

from core.canary import CanaryServices, send
from runtimes.aws import canary_wiring


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (Lambda's signature)
    """Run the canary for Lambda; raises Unavailable when the event is not accepted, so that Lambda counts an error."""
    return respond(canary_wiring.canary_services())


def respond(services: CanaryServices) -> dict[str, Any]:
    """Send one canary event; raises Unavailable."""
    return {"sent": send(services)}
