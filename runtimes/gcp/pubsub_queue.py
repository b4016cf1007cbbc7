"""The queue in Pub/Sub: a topic, its pull subscription, and a topic of dead letters.

Pub/Sub delays nothing: a message that is put with a delay says when its time is, and whoever receives it before hides it
until then. After a hundred deliveries the subscription buries a message by itself. An outage must never cost an event
its attempts, so one that was delivered fifty times is put anew, with its count.
https://cloud.google.com/pubsub/docs/dead-letter-topics
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from core.errors import Unavailable
from core.ports import QueuedMessage
from runtimes.gcp.google_api import GoogleError
from runtimes.gcp.secretmanager_secrets import error_code

_LONGEST_REASON = 1000
_LONGEST_HIDDEN = 600
"""Seconds: https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions/modifyAckDeadline"""
_RENEWED_AT = 50
"""Deliveries."""
_TIMEOUT = 10.0


class Publisher(Protocol):
    """GoogleApi, which is light, or PubSub, which is Google's own."""

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str]) -> str:
        """One message to `projects/P/topics/T`: its id; raises GoogleError."""


class Delivered(NamedTuple):
    """One delivery of a message."""

    message: QueuedMessage
    not_before: int
    """UNIX ms; 0: now."""
    reason: str
    """Of a dead letter; empty where Pub/Sub itself buried it, and of everything else."""


class PubSub:
    """Google's own clients behind few words; `subscription` is `projects/P/subscriptions/S`. Raises GoogleError."""

    def __init__(self, publisher: Any, subscriber: Any, subscription: str) -> None:
        """A google.pubsub_v1 PublisherClient and a SubscriberClient: those that do no batching of their own."""
        self._publisher = publisher
        self._subscriber = subscriber
        self._subscription = subscription

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str]) -> str:
        """At once; the message's id."""
        message = {"data": data, "attributes": dict(attributes)}
        answer = self._ask(self._publisher.publish, topic=topic, messages=[message])
        return str(answer.message_ids[0])

    def pull(self, most: int, patience: float) -> list[Delivered]:
        """Up to `most` messages; none if none comes within `patience` seconds."""
        try:
            response = self._ask(self._subscriber.pull, patience, subscription=self._subscription, max_messages=most)
        except GoogleError as error:
            if error.code == "DEADLINE_EXCEEDED":
                return []
            raise
        return [_delivered(received) for received in response.received_messages]

    def hide(self, handles: list[str], seconds: int) -> None:
        """They come back after so many seconds, unless they are acknowledged."""
        ids = [_ack_id(handle) for handle in handles]
        hide = self._subscriber.modify_ack_deadline
        self._ask(hide, subscription=self._subscription, ack_ids=ids, ack_deadline_seconds=seconds)

    def acknowledge(self, handles: list[str]) -> None:
        """They are done."""
        ids = [_ack_id(handle) for handle in handles]
        self._ask(self._subscriber.acknowledge, subscription=self._subscription, ack_ids=ids)

    def _ask(self, call: Callable[..., Any], patience: float = _TIMEOUT, **fields: Any) -> Any:
        try:
            return call(request=fields, timeout=patience, retry=None)
        except Exception as error:  # noqa: BLE001 (whatever the client raises: it did not happen for certain)
            raise GoogleError(error_code(error)) from None


class PubSubQueue:
    """Implements core.ports.Queue."""

    limit = 7_000_000
    """Bytes: a request has 10 MB, of which base64 takes a quarter, and attributes some.
    https://cloud.google.com/pubsub/quotas#resource_limits"""

    def __init__(
        self,
        publisher: Publisher,
        topic: str,
        dead_letters: str = "",
        worked: PubSub | None = None,
        now: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """`worked` is the subscription whose messages are deferred; who only puts has none."""
        self._publisher = publisher
        self._topic = topic
        self._dead_letters = dead_letters
        self._worked = worked
        self._now = now

    def send(self, body: str, delay: int = 0) -> str:
        """Publish; the message's id."""
        return self._publish(self._topic, body, self._after(delay))

    def hide(self, message: QueuedMessage, delay: int) -> None:
        """It comes back after `delay` seconds, but after ten minutes at most."""
        if self._worked is None:
            raise Unavailable("Pub/Sub: there is no subscription")
        try:
            if _deliveries(message.handle) >= _RENEWED_AT:
                self._publish(self._topic, message.body, {**self._after(delay), "attempts": str(message.receive_count)})
                self._worked.acknowledge([message.handle])
            else:
                self._worked.hide([message.handle], min(delay, _LONGEST_HIDDEN))
        except GoogleError as error:
            raise Unavailable(f"Pub/Sub refused: {error.code}") from None

    def dead_letter(self, message: QueuedMessage, reason: str) -> None:
        """Publish to the dead letters, the reason as an attribute; the caller acknowledges the original."""
        text = reason.encode("unicode_escape").decode()[:_LONGEST_REASON] or "unknown"
        self._publish(self._dead_letters, message.body, {"reason": text})

    def _after(self, delay: int) -> dict[str, str]:
        return {"not_before": str(self._now() + delay * 1000)} if delay else {}

    def _publish(self, topic: str, body: str, attributes: Mapping[str, str]) -> str:
        try:
            return self._publisher.publish(topic, body.encode("utf-8", "surrogatepass"), attributes)
        except GoogleError as error:
            raise Unavailable(f"Pub/Sub refused to publish: {error.code}") from None


def _delivered(received: Any) -> Delivered:
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
