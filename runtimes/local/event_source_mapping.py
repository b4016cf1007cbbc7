"""Replaces Lambda's event source mapping: passes batches from SQS to the worker function, as Lambda does.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from core.batch import BatchResult
from core.log import Log
from core.ports import QueuedMessage
from runtimes.local.health import Health
from runtimes.local.poller import USUAL, Pace, Poller

if TYPE_CHECKING:  # the stubs are for mypy only
    from mypy_boto3_sqs import SQSClient

_AT_ONCE = 10  # SQS returns, hides and deletes at most ten messages a call


Function = Callable[[dict[str, Any], Callable[[BatchResult], object]], dict[str, Any]]
"""The worker function; it passes its result to the second argument, if it can."""


def poller(sqs: "SQSClient", url: str, function: Function, health: Health, log: Log, pace: Pace = USUAL) -> Poller:
    """Return a poller that passes the messages of an SQS queue to the function."""
    return Poller(
        SqsConsumer(sqs, url, pace.visibility), lambda messages: _invoke(function, messages), health, log, pace
    )


def _invoke(function: Function, messages: Sequence[QueuedMessage]) -> BatchResult:
    """Return the function's result; the failed messages are those of its response, which is all that Lambda reads."""
    results = [BatchResult((), (), (), 0)]
    response = function({"Records": [_record(message) for message in messages]}, results.append)
    failed = tuple(item["itemIdentifier"] for item in response["batchItemFailures"])
    return results[-1]._replace(failed=failed)


def _record(message: QueuedMessage) -> dict[str, Any]:
    return {
        "messageId": message.id,
        "receiptHandle": message.handle,
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": str(message.receive_count)},
        "eventSource": "aws:sqs",
    }


class SqsConsumer:
    """Implements runtimes.local.poller.Consumer on a boto3 `sqs` client. Methods raise botocore's errors."""

    def __init__(self, sqs: "SQSClient", url: str, visibility: int) -> None:
        self.visibility = visibility
        self._sqs = sqs
        self._url = url

    def receive(self, most: int, wait: float) -> list[QueuedMessage]:
        """Call ReceiveMessage, with a long poll if `wait` is a second or more."""
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=min(most, _AT_ONCE),
            WaitTimeSeconds=int(wait),
            VisibilityTimeout=self.visibility,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return [
            QueuedMessage(
                message["MessageId"],
                message["Body"],
                int(message["Attributes"]["ApproximateReceiveCount"]),
                message["ReceiptHandle"],
            )
            for message in answer.get("Messages", [])
        ]

    def delete(self, *messages: QueuedMessage) -> None:
        """Call DeleteMessageBatch."""
        for batch in _batches(messages):
            self._sqs.delete_message_batch(
                QueueUrl=self._url,
                Entries=[{"Id": str(n), "ReceiptHandle": message.handle} for n, message in enumerate(batch)],
            )

    def renew(self, messages: Iterable[QueuedMessage]) -> None:
        """Call ChangeMessageVisibilityBatch."""
        for batch in _batches(messages):
            self._sqs.change_message_visibility_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(n), "ReceiptHandle": message.handle, "VisibilityTimeout": self.visibility}
                    for n, message in enumerate(batch)
                ],
            )


def _batches(messages: Iterable[QueuedMessage]) -> Iterator[list[QueuedMessage]]:
    waiting = iter(messages)
    while batch := list(islice(waiting, _AT_ONCE)):
        yield batch
