"""The canary function: EventBridge Scheduler's tick in, a signed event of our own to our own public URL."""

from typing import Any

from core.canary import CanaryServices, send


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (Lambda's signature)
    """What Lambda calls; raises where the event was not taken, so that Lambda counts an error."""
    from runtimes.aws import wiring  # noqa: PLC0415 (nothing at import time)

    return respond(wiring.sending())


def respond(services: CanaryServices) -> dict[str, Any]:
    """Send one; raises Unavailable."""
    return {"sent": send(services)}
