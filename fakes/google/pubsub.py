"""Fakes Pub/Sub: topics, pull subscriptions, ack deadlines, retries with backoff, dead letters.

It delivers at least once, and the message that has been due longest first, which Google does not promise but makes tests
repeatable. Messages never expire. https://cloud.google.com/pubsub/docs/subscriber
"""

import time
from collections.abc import Callable
from itertools import count
from typing import Any

from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from google.pubsub_v1 import types

from fakes.google.pubsub_limits import check_acks, check_publish, invalid
from fakes.google.pubsub_resources import Catalogue
from fakes.google.pubsub_routes import ROUTES
from fakes.google.service import Service
from fakes.google.subscription import Copy, Subscription

_POLL_INTERVAL = 0.05
"""Seconds after which a waiting pull checks again: the passing of time does not notify the condition."""
_DEAD = "CloudPubSubDeadLetterSource"


class PubSub(Service):
    """A Pub/Sub service. `clock` is in UNIX seconds. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.patience = 0.5
        """Seconds that a pull waits for a message. Google waits longer, and the caller's own limit may come first."""
        self._clock = clock
        self._message_ids = count(1)
        self._catalogue = catalogue = Catalogue()
        self._changed = catalogue.changed
        operations: dict[str, Callable[[Any], Any]] = {
            "CreateTopic": catalogue.create_topic,
            "GetTopic": lambda request: catalogue.topic(request.topic),
            "ListTopics": catalogue.list_topics,
            "DeleteTopic": catalogue.delete_topic,
            "Publish": self._publish,
            "CreateSubscription": catalogue.create_subscription,
            "GetSubscription": lambda request: catalogue.subscription(request.subscription).settings,
            "ListSubscriptions": catalogue.list_subscriptions,
            "DeleteSubscription": catalogue.delete_subscription,
            "Pull": self._pull,
            "Acknowledge": self._acknowledge,
            "ModifyAckDeadline": self._modify_ack_deadline,
        }
        super().__init__(ROUTES, operations)

    def add_topic(self, name: str) -> None:
        """Create `projects/P/topics/T`; raises Refused."""
        self._catalogue.create_topic(types.Topic.pb()(name=name))

    def add_subscription(self, name: str, topic: str, **settings: Any) -> None:
        """Create `projects/P/subscriptions/S`; `settings` are fields of a protobuf Subscription. Raises Refused."""
        self._catalogue.create_subscription(types.Subscription.pb()(name=name, topic=topic, **settings))

    def backlog(self, subscription: str) -> list[Any]:
        """Return all unacknowledged messages, delivered or not, as protobuf PubsubMessages."""
        with self._changed:
            self._settle()
            return self._catalogue.subscription(subscription).backlog

    def duplicate(self, subscription: str, times: int = 1) -> None:
        """Deliver each of the next `times` messages a second time, in a later pull."""
        with self._changed:
            self._catalogue.subscription(subscription).duplicates += times

    def _publish(self, request: Any) -> Any:
        with self._changed:
            self._catalogue.topic(request.topic)
            check_publish(request)
            ids = [self._deliver(request.topic, message) for message in request.messages]
        return types.PublishResponse.pb()(message_ids=ids)

    def _deliver(self, topic: str, message: Any) -> str:
        now = self._clock()
        message.message_id = str(next(self._message_ids))
        message.publish_time.FromMicroseconds(int(now * 1e6))
        for subscription in self._catalogue.subscriptions.values():
            if subscription.settings.topic == topic:
                subscription.add(message, now)
        self._changed.notify_all()
        return str(message.message_id)

    def _pull(self, request: Any) -> Any:
        """Return messages; a client that disconnects meanwhile gets them again after the ack deadline, as at Google."""
        if request.max_messages < 1:
            raise invalid("Invalid max_messages given: it must be positive.")
        ends = time.monotonic() + (0 if request.return_immediately else self.patience)
        with self._changed:
            while True:
                self._settle()
                messages = self._catalogue.subscription(request.subscription).take(request.max_messages, self._clock())
                seconds_left = ends - time.monotonic()
                if messages or seconds_left <= 0:
                    return types.PullResponse.pb()(received_messages=messages)
                self._changed.wait(min(seconds_left, _POLL_INTERVAL))

    def _acknowledge(self, request: Any) -> Any:
        with self._changed:
            self._checked(request).acknowledge(request.ack_ids)
        return empty_pb2.Empty()

    def _modify_ack_deadline(self, request: Any) -> Any:
        if not 0 <= request.ack_deadline_seconds <= 600:
            raise invalid("Invalid ack deadline given: it must be between 0 and 600 seconds.")
        with self._changed:
            self._checked(request).hide(request.ack_ids, request.ack_deadline_seconds, self._clock())
            self._changed.notify_all()
        return empty_pb2.Empty()

    def _checked(self, request: Any) -> Subscription:
        """Return the settled subscription of acknowledgements: late ack ids are ignored, unknown ones are refused."""
        subscription = self._catalogue.subscription(request.subscription)
        check_acks(request)
        for ack_id in request.ack_ids:
            if not subscription.issued(ack_id):
                raise invalid(f"You have passed an invalid ack ID to the service (ack_id={ack_id}).")
        self._settle()
        return subscription

    def _settle(self) -> None:
        for subscription in self._catalogue.subscriptions.values():
            subscription.settle(self._clock(), self._dead_letter)

    def _dead_letter(self, source: Any, copy: Copy) -> bool:
        """Publish to the dead-letter topic and return whether it exists; `source` holds the subscription's settings.

        https://cloud.google.com/pubsub/docs/dead-letter-topics#how_dead_letter_topics_work
        """
        topic = source.dead_letter_policy.dead_letter_topic
        if not self._catalogue.has_topic(topic):
            return False
        _, project, _, name = source.name.split("/")
        dead = types.PubsubMessage.pb()(data=copy.message.data, attributes=copy.message.attributes)
        dead.attributes[f"{_DEAD}DeliveryCount"] = str(copy.attempt)
        dead.attributes[f"{_DEAD}Subscription"] = name
        dead.attributes[f"{_DEAD}SubscriptionProject"] = project
        dead.attributes[f"{_DEAD}TopicPublishTime"] = copy.message.publish_time.ToJsonString()
        self._deliver(topic, dead)
        return True
