"""Entry points of the webhook's archive for functions-framework, which finds this file as main.py at the archive's root.

https://cloud.google.com/functions/docs/writing/write-http-functions
"""

from typing import Any

from runtimes.gcp import canary as canary_function
from runtimes.gcp import canary_wiring, webhook_wiring
from runtimes.gcp import webhook as webhook_function

Answer = tuple[str, int, dict[str, str]]


def webhook(request: Any) -> Answer:
    """Handle a webhook request from GitHub."""
    return webhook_function.respond(request, webhook_wiring.webhook_services())


def canary(request: Any) -> Answer:  # noqa: ARG001 (Cloud Scheduler's request has no content)
    """Send a canary event; Cloud Scheduler calls this every hour."""
    return canary_function.respond(canary_wiring.canary_services())
