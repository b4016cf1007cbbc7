"""Entry points for functions-framework. The file is at the root of the archive and imports nothing before a call.

https://cloud.google.com/functions/docs/writing/write-http-functions
"""

from typing import Any

Answer = tuple[str, int, dict[str, str]]


def webhook(request: Any) -> Answer:
    """Handle a webhook request from GitHub."""
    from runtimes.gcp.webhook import respond  # noqa: PLC0415 (nothing at import time)
    from runtimes.gcp.wiring import receiving  # noqa: PLC0415 (nothing at import time)

    return respond(request, receiving())


def canary(request: Any) -> Answer:  # noqa: ARG001 (Cloud Scheduler's request has no content)
    """Send a canary event; Cloud Scheduler calls this every hour."""
    from runtimes.gcp.canary import respond  # noqa: PLC0415 (nothing at import time)
    from runtimes.gcp.wiring import sending  # noqa: PLC0415 (nothing at import time)

    return respond(sending())


def worker(request: Any) -> Answer:  # noqa: ARG001 (Cloud Scheduler's request has no content)
    """Drain the subscription; Cloud Scheduler calls this every minute."""
    from runtimes.gcp.wiring import processing, subscription  # noqa: PLC0415 (nothing at import time)
    from runtimes.gcp.worker import respond  # noqa: PLC0415 (nothing at import time)

    return respond(subscription(), processing())


def schedule(request: Any) -> Answer:
    """Run the job that Cloud Scheduler names: `{"job": NAME}`."""
    from runtimes.gcp.schedule import respond  # noqa: PLC0415 (nothing at import time)
    from runtimes.gcp.wiring import scheduling  # noqa: PLC0415 (nothing at import time)

    return respond(request.get_data(cache=False), scheduling)
