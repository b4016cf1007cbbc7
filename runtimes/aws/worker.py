"""The worker function: a batch of SQS messages in, the ids of those that must stay in the queue out.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
"""

from collections.abc import Callable
from typing import Any

from core.batch import BatchResult, work
from core.ports import QueuedMessage
from core.services import Processing


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (Lambda's signature)
    """What Lambda calls."""
    from runtimes.aws import wiring  # noqa: PLC0415 (local hands in services of its own)

    return respond(event, wiring.processing())


def respond(
    event: dict[str, Any], services: Processing, observe: Callable[[BatchResult], object] = lambda _: None
) -> dict[str, Any]:
    """One batch; `observe` is told what became of it."""
    result = work([_message(record) for record in event["Records"]], services)
    observe(result)
    return {"batchItemFailures": [{"itemIdentifier": id} for id in result.failed]}


def _message(record: dict[str, Any]) -> QueuedMessage:
    return QueuedMessage(
        id=record["messageId"],
        body=record["body"],
        attempt=int(record["attributes"]["ApproximateReceiveCount"]),
        handle=record["receiptHandle"],
        source=record.get("eventSourceARN", ""),
    )
