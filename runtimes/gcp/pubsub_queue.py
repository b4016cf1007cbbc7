"""Implements the queue with Pub/Sub: a topic, its pull subscription, and a dead-letter topic.

Pub/Sub has no delayed delivery. A message sent with a delay carries the time before which it must not be processed, and
a worker that receives it earlier hides it until then. After 100 deliveries the subscription dead-letters a message
automatically. An outage must not use up a message's deliveries, so after 50 the message is published again with its count.
https://cloud.google.com/pubsub/docs/dead-letter-topics
"""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from core.errors import Unavailable
from core.ports import QueuedMessage
from runtimes.gcp.google_api import GoogleError
from runtimes.gcp.secretmanager_secrets import error_code

if TYPE_CHECKING:  # the webhook function does not import Google's clients
    from google.pubsub_v1 import PublisherClient, ReceivedMessage, SubscriberClient

_LONGEST_REASON = 1000
_LONGEST_HIDDEN = 600
"""Seconds: https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions/modifyAckDeadline"""
_RENEWED_AT = 50
"""Deliveries after which a message is published again."""
_TIMEOUT = 10.0


class Publisher(Protocol):
    """Publishes messages: GoogleApi, which is light, or PubSub, which uses Google's client."""

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str]) -> str:
        """Publish one message to `projects/P/topics/T` and return its id; raises GoogleError."""


class Delivered(NamedTuple):
    """One delivery of a message."""

    message: QueuedMessage
    not_before: int
    """UNIX ms before which the message must not be processed; 0: none."""
    reason: str
    """Why the message was dead-lettered; empty if Pub/Sub did it, and for all other messages."""


class PubSub:
    """Wraps Google's own clients; `subscription` is `projects/P/subscriptions/S`. Methods raise GoogleError."""

    def __init__(self, publisher: "PublisherClient", subscriber: "SubscriberClient", subscription: str) -> None:
        """Wrap a google.pubsub_v1 PublisherClient and a SubscriberClient, which do no batching of their own."""
        self._publisher = publisher
        self._subscriber = subscriber
        self._subscription = subscription

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str]) -> str:
        """Publish one message immediately and return its id."""
        message = {"data": data, "attributes": dict(attributes)}
        answer = self._ask(self._publisher.publish, topic=topic, messages=[message])
        return str(answer.message_ids[0])

    def pull(self, most: int, patience: float) -> list[Delivered]:
        """Return up to `most` messages; empty if none arrives within `patience` seconds."""
        try:
            response = self._ask(self._subscriber.pull, patience, subscription=self._subscription, max_messages=most)
        except GoogleError as error:
            if error.code == "DEADLINE_EXCEEDED":
                return []
            raise
        return [_to_delivery(received) for received in response.received_messages]

    def hide(self, handles: list[str], seconds: int) -> None:
        """Hide messages for `seconds`, unless they are acknowledged before."""
        ids = [_ack_id(handle) for handle in handles]
        hide = self._subscriber.modify_ack_deadline
        self._ask(hide, subscription=self._subscription, ack_ids=ids, ack_deadline_seconds=seconds)

    def acknowledge(self, handles: list[str]) -> None:
        """Acknowledge messages, so that they are not delivered again."""
        ids = [_ack_id(handle) for handle in handles]
        self._ask(self._subscriber.acknowledge, subscription=self._subscription, ack_ids=ids)

    def _ask(self, call: Callable[..., Any], patience: float = _TIMEOUT, **fields: Any) -> Any:
        try:
            return call(request=fields, timeout=patience, retry=None)
        except Exception as error:  # noqa: BLE001 (any client error means that the call is not confirmed)
            raise GoogleError(error_code(error)) from None


class PubSubQueue:
    """Implements core.ports.Queue. Methods raise Unavailable."""

    limit = 7_000_000
    """Bytes: a request may have 10 MB, of which base64 takes a quarter and attributes some.
    https://cloud.google.com/pubsub/quotas#resource_limits"""

    def __init__(
        self,
        publisher: Publisher,
        topic: str,
        dead_letters: str = "",
        subscription: PubSub | None = None,
        now: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """Create a queue; `subscription` is the subscription whose messages can be hidden, None for a queue that only sends."""
        self._publisher = publisher
        self._topic = topic
        self._dead_letters = dead_letters
        self._subscription = subscription
        self._now = now

    def send(self, body: str, delay: int = 0) -> str:
        """Publish a message and return its id."""
        return self._publish(self._topic, body, self._after(delay))

    def hide(self, message: QueuedMessage, delay: int) -> None:
        """Hide a message for `delay` seconds, at most ten minutes."""
        if self._subscription is None:
            raise Unavailable("Pub/Sub: there is no subscription")
        try:
            if _deliveries(message.handle) >= _RENEWED_AT:
                self._publish(self._topic, message.body, {**self._after(delay), "attempts": str(message.receive_count)})
                self._subscription.acknowledge([message.handle])
            else:
                self._subscription.hide([message.handle], min(delay, _LONGEST_HIDDEN))
        except GoogleError as error:
            raise Unavailable(f"Pub/Sub refused: {error.code}") from None

    def dead_letter(self, message: QueuedMessage, reason: str) -> None:
        """Publish to the dead-letter topic with the reason as an attribute; the caller acknowledges the original."""
        text = reason.encode("unicode_escape").decode()[:_LONGEST_REASON] or "unknown"
        self._publish(self._dead_letters, message.body, {"reason": text})

    def _after(self, delay: int) -> dict[str, str]:
        return {"not_before": str(self._now() + delay * 1000)} if delay else {}

    def _publish(self, topic: str, body: str, attributes: Mapping[str, str]) -> str:
        try:
            return self._publisher.publish(topic, body.encode("utf-8", "surrogatepass"), attributes)
        except GoogleError as error:
            raise Unavailable(f"Pub/Sub refused to publish: {error.code}") from None


def _to_delivery(received: "ReceivedMessage") -> Delivered:
    message = received.message
    attributes = message.attributes
    deliveries = max(1, received.delivery_attempt)
    queued = QueuedMessage(
        id=message.message_id,
        body=message.data.decode("utf-8", "replace"),
        receive_count=_number(attributes.get("attempts")) + deliveries,
        handle=f"{deliveries} {received.ack_id}",
    )
    return Delivered(queued, _number(attributes.get("not_before")), attributes.get("reason", ""))


def _deliveries(handle: str) -> int:
    return int(handle.partition(" ")[0])


def _ack_id(handle: str) -> str:
    return handle.partition(" ")[2]


def _number(value: str | None) -> int:
    return int(value) if value and value.isdecimal() else 0
