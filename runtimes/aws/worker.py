"""The worker function: takes a batch of SQS messages and returns the ids of those that must stay in the queue.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
"""

from collections.abc import Callable
from typing import Any

from core.batch import BatchResult, work
from core.ports import QueuedMessage
from core.services import WorkerServices
from runtimes.aws import worker_wiring

MARGIN = 5.0
"""Seconds between the end of a batch and the function's timeout, which would return all messages to the queue."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Process one batch for Lambda.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    def seconds_left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000 - MARGIN

    return respond(event, worker_wiring.worker_services()._replace(seconds_left=seconds_left))


def respond(
    event: dict[str, Any], services: WorkerServices, observe: Callable[[BatchResult], object] = lambda _: None
) -> dict[str, Any]:
    """Process one batch and pass its result to `observe`."""
    result = work([_message(record) for record in event["Records"]], services)
    observe(result)
    return {"batchItemFailures": [{"itemIdentifier": id} for id in result.failed]}


def _message(record: dict[str, Any]) -> QueuedMessage:
    return QueuedMessage(
        id=record["messageId"],
        body=record["body"],
        receive_count=int(record["attributes"]["ApproximateReceiveCount"]),
        handle=record["receiptHandle"],
        source=record.get("eventSourceARN", ""),
    )
