"""Entry points of the worker's archive for functions-framework, which finds this file as main.py at the archive's root.

https://cloud.google.com/functions/docs/writing/write-http-functions
"""

from typing import Any

from runtimes.gcp import schedule as schedule_function
from runtimes.gcp import worker as worker_function
from runtimes.gcp import worker_wiring

Answer = tuple[str, int, dict[str, str]]


def worker(request: Any) -> Answer:  # noqa: ARG001 (Cloud Scheduler's request has no content)
    """Drain the subscription; Cloud Scheduler calls this every minute."""
    return worker_function.respond(worker_wiring.subscription(), worker_wiring.worker_services())


def schedule(request: Any) -> Answer:
    """Run the job that Cloud Scheduler names: `{"job": NAME}`."""
    return schedule_function.respond(request.get_data(cache=False), worker_wiring.schedule_services)
