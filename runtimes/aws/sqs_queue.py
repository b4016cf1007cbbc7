"""Implements the queue with SQS; dead letters go to a second SQS queue.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
"""

from collections.abc import Sequence
from typing import Any

from core.errors import Unavailable
from core.ports import QueuedMessage
from runtimes.aws.ssm_secrets import error_code

_LONGEST_REASON = 1000


class SqsQueue:
    """Implements core.ports.Queue on a boto3 `sqs` client or one with the same interface. Methods raise Unavailable."""

    limit = 256 * 1024 - 4096
    """Bytes: SQS's limit of 256 KiB, less 4 KiB for the reason that a dead letter carries."""

    def __init__(self, client: Any, url: str, dead_letters_url: str = "", other_urls: Sequence[str] = ()) -> None:
        """Create a queue that sends to `url`; `other_urls` are those of further queues whose messages it can hide."""
        self._client = client
        self._url = url
        self._dead_letters_url = dead_letters_url
        self._worked = {queue_url.rpartition("/")[2]: queue_url for queue_url in (url, *other_urls)}

    def send(self, body: str, delay: int = 0) -> str:
        """Call SendMessage and return the message id."""
        answer = self._call("send_message", QueueUrl=self._url, MessageBody=body, DelaySeconds=delay)
        return str(answer["MessageId"])

    def hide(self, message: QueuedMessage, delay: int) -> None:
        """Call ChangeMessageVisibility: the message becomes visible again after `delay` seconds."""
        url = self._worked.get(message.source.rpartition(":")[2], self._url)
        parameters = {"QueueUrl": url, "ReceiptHandle": message.handle, "VisibilityTimeout": delay}
        self._call("change_message_visibility", **parameters)

    def dead_letter(self, message: QueuedMessage, reason: str) -> None:
        """Send the message to the dead-letter queue with the reason as an attribute; the caller deletes the original."""
        text = reason.encode("unicode_escape").decode()[:_LONGEST_REASON] or "unknown"  # SQS refuses control characters
        attributes = {"reason": {"DataType": "String", "StringValue": text}}
        parameters = {"QueueUrl": self._dead_letters_url, "MessageBody": message.body, "MessageAttributes": attributes}
        self._call("send_message", **parameters)

    def _call(self, operation: str, **parameters: Any) -> Any:
        try:
            return getattr(self._client, operation)(**parameters)
        except Exception as error:  # noqa: BLE001 (any client error means that the call is not confirmed)
            raise Unavailable(f"SQS refused {operation}: {error_code(error)}") from None
