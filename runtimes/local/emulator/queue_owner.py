"""Whose queue it is: a tag with the id of the folder that it works for, so that no server takes another's events.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html
"""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from core.errors import TelemetryError
from runtimes.aws.ssm_secrets import error_code

TAG = "telemetry-owner"
_MISSING = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


class ForeignQueue(TelemetryError):
    """Another folder's server owns the queue; the message is one line with the remedy."""


def claimed(sqs: Any, names: Sequence[str], owner: str) -> list[str]:
    """Return the URLs of the queues of these names, created if they are missing; raises ForeignQueue before any is changed.

    CreateQueue leaves the tags of a queue that exists as they are, so of two servers that create one at once the first owns it.
    """
    for name in names:
        check(sqs, name, owner)
    urls = [sqs.create_queue(QueueName=name, tags={TAG: owner})["QueueUrl"] for name in names]
    for name, url in zip(names, urls, strict=True):
        if not _owner(sqs, url):  # of an earlier version, or of nobody
            sqs.tag_queue(QueueUrl=url, Tags={TAG: owner})
        _check(sqs, name, url, owner)
    return urls


def check(sqs: Any, name: str, owner: str) -> None:
    """Raise ForeignQueue when the queue of this name exists and is another's; change nothing."""
    _check(sqs, name, _url(sqs, name), owner)


def _check(sqs: Any, name: str, url: str, owner: str) -> None:
    known = _owner(sqs, url) if url else ""
    if known not in ("", owner):
        raise ForeignQueue(
            f"the queue {name} at {sqs.meta.endpoint_url} belongs to the server of another folder: set ENVIRONMENT_ID to "
            "another name, or unset AWS_ENDPOINT_URL and LOCALSTACK_HOST to use an emulator of this folder's own"
        )


def _url(sqs: Any, name: str) -> str:
    try:
        url: str = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    except ClientError as error:
        if error_code(error) in _MISSING:
            return ""
        raise
    return url


def _owner(sqs: Any, url: str) -> str:
    return str((sqs.list_queue_tags(QueueUrl=url).get("Tags") or {}).get(TAG, ""))
