"""What functions-framework serves: it stands at the root of the archive, and imports nothing before it is called.

https://cloud.google.com/functions/docs/writing/write-http-functions
"""

from typing import Any

Answer = tuple[str, int, dict[str, str]]


def webhook(request: Any) -> Answer:
    """GitHub's, with a Flask request."""
    from runtimes.gcp.webhook import respond  # noqa: PLC0415 (nothing at import time)
    from runtimes.gcp.wiring import receiving  # noqa: PLC0415 (likewise)

    return respond(request, receiving())


def canary(request: Any) -> Answer:  # noqa: ARG001 (Cloud Scheduler's tick says nothing)
    """Cloud Scheduler's, every hour."""
    from runtimes.gcp.canary import respond  # noqa: PLC0415 (likewise)
    from runtimes.gcp.wiring import sending  # noqa: PLC0415 (likewise)

    return respond(sending())


def worker(request: Any) -> Answer:  # noqa: ARG001 (Cloud Scheduler's tick says nothing)
    """Cloud Scheduler's, every minute."""
    from runtimes.gcp.wiring import processing, subscription  # noqa: PLC0415 (likewise)
    from runtimes.gcp.worker import respond  # noqa: PLC0415 (likewise)

    return respond(subscription(), processing())


def schedule(request: Any) -> Answer:
    """Cloud Scheduler's, `{"job": NAME}`."""
    from runtimes.gcp.schedule import respond  # noqa: PLC0415 (likewise)
    from runtimes.gcp.wiring import scheduling  # noqa: PLC0415 (likewise)

    return respond(request.get_data(cache=False), scheduling)
