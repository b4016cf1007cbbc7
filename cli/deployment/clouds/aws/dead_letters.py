"""Reads and re-queues dead letters of an SQS queue."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cli.deployment.dead_letters import Letter

if TYPE_CHECKING:  # the stubs are for mypy only
    from mypy_boto3_sqs import SQSClient

_AT_ONCE = 10
_HIDDEN = 120
"""Visibility timeout of received dead letters, in seconds."""


class SqsLetters:
    """Implements cli.deployment.dead_letters.Letters with the URLs of both queues."""

    def __init__(self, sqs: "SQSClient", dead_letters: str, queue: str) -> None:
        self._sqs = sqs
        self._dead_letters = dead_letters
        self._queue = queue

    def receive(self) -> list[Letter]:
        """Receive at most ten messages, which is the SQS limit."""
        response = self._sqs.receive_message(
            QueueUrl=self._dead_letters,
            MaxNumberOfMessages=_AT_ONCE,
            VisibilityTimeout=_HIDDEN,
            MessageAttributeNames=["All"],
            WaitTimeSeconds=1,
        )
        return [_letter(message) for message in response.get("Messages", [])]

    def requeue(self, letter: Letter) -> None:
        """Send the message to the queue, then delete the dead letter."""
        self._sqs.send_message(QueueUrl=self._queue, MessageBody=letter.body)
        self._sqs.delete_message(QueueUrl=self._dead_letters, ReceiptHandle=letter.handle)

    def release(self, letter: Letter) -> None:
        """Make the message visible immediately."""
        message = {"QueueUrl": self._dead_letters, "ReceiptHandle": letter.handle}
        self._sqs.change_message_visibility(**message, VisibilityTimeout=0)


def _letter(message: Mapping[str, Any]) -> Letter:
    attributes = message.get("MessageAttributes", {})
    scheduled = "ERROR_CODE" in attributes
    reason = attributes.get("ERROR_MESSAGE" if scheduled else "reason", {}).get("StringValue")
    text = reason or "received too many times"
    return Letter(message["MessageId"], message["Body"], text, message["ReceiptHandle"], not scheduled)
