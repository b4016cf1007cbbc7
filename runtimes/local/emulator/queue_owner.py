"""Marks a queue with a tag that holds the id of its state folder, so that no server receives another's events.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from core.errors import TelemetryError
from runtimes.aws.ssm_secrets import error_code

if TYPE_CHECKING:  # the stubs are for mypy only
    from mypy_boto3_sqs import SQSClient

TAG = "telemetry-owner"
_MISSING = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


class ForeignQueue(TelemetryError):
    """Another folder's server owns the queue; the message is one line with the remedy."""


def claim(sqs: "SQSClient", names: Sequence[str], owner: str) -> list[str]:
    """Create and tag queues unless they exist, and return their URLs; raises ForeignQueue before any change.

    CreateQueue does not change the tags of an existing queue, so if two servers create one concurrently, the first owns it.
    """
    for name in names:
        check(sqs, name, owner)
    urls = [sqs.create_queue(QueueName=name, tags={TAG: owner})["QueueUrl"] for name in names]
    for name, url in zip(names, urls, strict=True):
        if not _owner(sqs, url):  # created by an earlier version or another tool
            sqs.tag_queue(QueueUrl=url, Tags={TAG: owner})
        _check(sqs, name, url, owner)
    return urls


def check(sqs: "SQSClient", name: str, owner: str) -> None:
    """Raise ForeignQueue if the queue exists and another folder owns it; change nothing."""
    _check(sqs, name, _url(sqs, name), owner)


def _check(sqs: "SQSClient", name: str, url: str, owner: str) -> None:
    current = _owner(sqs, url) if url else ""
    if current not in ("", owner):
        raise ForeignQueue(
            f"the queue {name} at {sqs.meta.endpoint_url} belongs to the server of another folder: set ENVIRONMENT_ID to "
            "another name, or unset AWS_ENDPOINT_URL and LOCALSTACK_HOST to use an emulator of this folder's own"
        )


def _url(sqs: "SQSClient", name: str) -> str:
    try:
        url: str = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    except ClientError as error:
        if error_code(error) in _MISSING:
            return ""
        raise
    return url


def _owner(sqs: "SQSClient", url: str) -> str:
    return str((sqs.list_queue_tags(QueueUrl=url).get("Tags") or {}).get(TAG, ""))
