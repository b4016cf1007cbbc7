"""Limits of Pub/Sub: https://cloud.google.com/pubsub/quotas#resource_limits."""

import re
from typing import Any

from fakes.google.errors import Refused

MOST_MESSAGES = 1000
"""Messages in a publish request, and in a pull response."""
MOST_BYTES = 10_000_000
"""Bytes of a publish request, and of a message."""
_MOST_ACK_BYTES = 524_288
_ATTRIBUTES, _KEY_BYTES, _VALUE_BYTES = 100, 256, 1024
_NAME = re.compile(r"projects/[^/]+/(?:topics|subscriptions)/(?!goog)[A-Za-z][\w.~+%-]{2,254}", re.ASCII)
_SUPPORTED_FIELDS = {
    "Topic": {"name", "labels", "message_retention_duration", "message_storage_policy", "kms_key_name"},
    "Subscription": {
        "name",
        "topic",
        "labels",
        "ack_deadline_seconds",
        "message_retention_duration",
        "expiration_policy",
        "dead_letter_policy",
        "retry_policy",
    },
}
"""Fields that the fake implements, or that do not affect it. Messages never expire."""


def invalid(message: str) -> Refused:
    """Return the error for an invalid argument."""
    return Refused("INVALID_ARGUMENT", message)


def check_resource(settings: Any) -> None:
    """Check the name and fields of a new topic or subscription; raises Refused."""
    if not _NAME.fullmatch(settings.name):
        raise invalid(f"Invalid resource name given (name={settings.name}).")
    unknown = {field.name for field, _ in settings.ListFields()} - _SUPPORTED_FIELDS[settings.DESCRIPTOR.name]
    if unknown:
        raise Refused("UNIMPLEMENTED", f"The fake does not support {sorted(unknown)}.")


def check_subscription(settings: Any) -> None:
    """Check a subscription's numbers, where zero means the default; raises Refused."""
    if settings.ack_deadline_seconds and not 10 <= settings.ack_deadline_seconds <= 600:
        raise invalid("Invalid ack deadline given: it must be between 10 and 600 seconds.")
    attempts = settings.dead_letter_policy.max_delivery_attempts
    if attempts and not 5 <= attempts <= 100:
        raise invalid("Invalid maximum delivery attempts: it must be between 5 and 100.")
    backoff = settings.retry_policy
    for duration in (backoff.minimum_backoff, backoff.maximum_backoff):
        if not 0 <= duration.ToTimedelta().total_seconds() <= 600:
            raise invalid("Invalid backoff: it must be between 0 and 600 seconds.")


def check_publish(request: Any) -> None:
    """Check the messages of a PublishRequest; raises Refused."""
    if not 1 <= len(request.messages) <= MOST_MESSAGES:
        raise invalid(f"A request has 1 to {MOST_MESSAGES} messages.")
    if request.ByteSize() > MOST_BYTES:
        raise invalid(f"Request payload size exceeds the limit: {MOST_BYTES} bytes.")
    for message in request.messages:
        if not message.data and not message.attributes:
            raise invalid("A message needs either data or at least one attribute.")
        _check_attributes(message.attributes)


def _check_attributes(attributes: Any) -> None:
    if len(attributes) > _ATTRIBUTES:
        raise invalid(f"A message has at most {_ATTRIBUTES} attributes.")
    for key, value in attributes.items():
        if not 1 <= len(key.encode()) <= _KEY_BYTES or len(value.encode()) > _VALUE_BYTES:
            raise invalid(f"An attribute's key has 1 to {_KEY_BYTES} bytes and its value up to {_VALUE_BYTES}.")
        if key.startswith("goog"):
            raise invalid("An attribute's key does not begin with goog.")


def check_acks(request: Any) -> None:
    """Check the size of an AcknowledgeRequest or a ModifyAckDeadlineRequest; raises Refused."""
    if not request.ack_ids:
        raise invalid("No ack ids specified.")
    if request.ByteSize() > _MOST_ACK_BYTES:
        raise invalid(f"Request payload size exceeds the limit: {_MOST_ACK_BYTES} bytes.")
