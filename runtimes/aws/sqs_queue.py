"""Implements the queue with SQS; dead letters go to a second SQS queue.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from core.errors import Unavailable
from core.ports import QueuedMessage
from runtimes.aws.ssm_secrets import error_code

if TYPE_CHECKING:  # the stubs are for mypy only
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef

    from runtimes.aws.aws_api import AwsApi

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

_LONGEST_REASON = 1000


class SqsQueue:
    """Implements core.ports.Queue on a boto3 `sqs` client or one with the same interface. Methods raise Unavailable."""

    limit = 256 * 1024 - 4096
    """Bytes: SQS's limit of 256 KiB, less 4 KiB for the reason that a dead letter carries."""

    def __init__(
        self, client: "SQSClient | AwsApi", url: str, dead_letters_url: str = "", other_urls: Sequence[str] = ()
    ) -> None:
        """Create a queue that sends to `url`; `other_urls` are those of further queues whose messages it can hide."""
        self._client = client
        self._url = url
        self._dead_letters_url = dead_letters_url
        self._worked = {queue_url.rpartition("/")[2]: queue_url for queue_url in (url, *other_urls)}

    def send(self, body: str, delay: int = 0) -> str:
        """Call SendMessage and return the message id."""
        answer = _call(self._client.send_message, QueueUrl=self._url, MessageBody=body, DelaySeconds=delay)
        return str(answer["MessageId"])

    def hide(self, message: QueuedMessage, delay: int) -> None:
        """Call ChangeMessageVisibility: the message becomes visible again after `delay` seconds."""
        url = self._worked.get(message.source.rpartition(":")[2], self._url)
        client = cast("SQSClient", self._client)  # the webhook, which has an AwsApi, hides nothing
        hide = client.change_message_visibility
        _call(hide, QueueUrl=url, ReceiptHandle=message.handle, VisibilityTimeout=delay)

    def dead_letter(self, message: QueuedMessage, reason: str) -> None:
        """Send the message to the dead-letter queue with the reason as an attribute; the caller deletes the original."""
        text = reason.encode("unicode_escape").decode()[:_LONGEST_REASON] or "unknown"  # SQS refuses control characters
        reason_attribute: MessageAttributeValueTypeDef = {"DataType": "String", "StringValue": text}
        _call(
            self._client.send_message,
            QueueUrl=self._dead_letters_url,
            MessageBody=message.body,
            MessageAttributes={"reason": reason_attribute},
        )


def _call(
    operation: Callable[_Parameters, _Result], *arguments: _Parameters.args, **parameters: _Parameters.kwargs
) -> _Result:
    try:
        return operation(*arguments, **parameters)
    except Exception as error:  # noqa: BLE001 (any client error means that the call is not confirmed)
        name = getattr(operation, "__name__", "a request")
        raise Unavailable(f"SQS refused {name}: {error_code(error)}") from None
