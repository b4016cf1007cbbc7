"""Creates, lists and deletes topics and subscriptions. A subscription's topic and dead-letter topic must exist."""

import threading
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from google.pubsub_v1 import types

from fakes.google.errors import Refused
from fakes.google.pagination import page
from fakes.google.pubsub_limits import check_resource, check_subscription
from fakes.google.subscription import Subscription

_ATTEMPTS = 5
_ACK_DEADLINE = 10
_DELETED = "_deleted-topic_"


class Catalogue:
    """The topics and subscriptions. Requests and responses are protobuf messages; errors raise Refused. Thread-safe."""

    def __init__(self) -> None:
        self.changed = threading.Condition(threading.RLock())
        """Hold it to access a subscription; notified when a pull may return more."""
        self.subscriptions: dict[str, Subscription] = {}
        self._topics: dict[str, Any] = {}
        self._ack_ids = (f"{number:0192x}" for number in count(1))  # as long as Google's, since a request holds 512 KB

    def topic(self, name: str) -> Any:
        """Return a topic's settings; raises Refused if it does not exist."""
        return _require(name, self._topics)

    def has_topic(self, name: str) -> bool:
        """Return whether the topic exists."""
        return name in self._topics

    def subscription(self, name: str) -> Subscription:
        """Return a subscription; raises Refused if it does not exist."""
        subscription: Subscription = _require(name, self.subscriptions)
        return subscription

    def create_topic(self, request: Any) -> Any:
        """Create a topic from a Topic message."""
        check_resource(request)
        with self.changed:
            _check_absent(request.name, self._topics)
            self._topics[request.name] = request
        return request

    def list_topics(self, request: Any) -> Any:
        """Answer a ListTopicsRequest."""
        with self.changed:
            topics, token = page(_in_project(request.project, self._topics), request)
        return types.ListTopicsResponse.pb()(topics=topics, next_page_token=token)

    def delete_topic(self, request: Any) -> Any:
        """Answer a DeleteTopicRequest. Subscriptions of the topic stay, with their messages."""
        with self.changed:
            self.topic(request.topic)
            del self._topics[request.topic]
            for subscription in self.subscriptions.values():
                if subscription.settings.topic == request.topic:
                    subscription.settings.topic = _DELETED
        return empty_pb2.Empty()

    def create_subscription(self, request: Any) -> Any:
        """Create a subscription from a Subscription message."""
        check_resource(request)
        check_subscription(request)
        request.ack_deadline_seconds = request.ack_deadline_seconds or _ACK_DEADLINE
        with self.changed:
            _check_absent(request.name, self.subscriptions)
            self.topic(request.topic)
            policy = request.dead_letter_policy
            if policy.dead_letter_topic:
                self.topic(policy.dead_letter_topic)
                policy.max_delivery_attempts = policy.max_delivery_attempts or _ATTEMPTS
            self.subscriptions[request.name] = Subscription(request, self._ack_ids)
        return request

    def list_subscriptions(self, request: Any) -> Any:
        """Answer a ListSubscriptionsRequest."""
        with self.changed:
            settings = [subscription.settings for subscription in _in_project(request.project, self.subscriptions)]
        subscriptions, token = page(settings, request)
        return types.ListSubscriptionsResponse.pb()(subscriptions=subscriptions, next_page_token=token)

    def delete_subscription(self, request: Any) -> Any:
        """Answer a DeleteSubscriptionRequest."""
        with self.changed:
            self.subscription(request.subscription)
            del self.subscriptions[request.subscription]
        return empty_pb2.Empty()


def _require(name: str, resources: Mapping[str, Any]) -> Any:
    if name not in resources:
        raise Refused("NOT_FOUND", f"Resource not found (resource={name.rsplit('/', 1)[-1]}).")
    return resources[name]


def _check_absent(name: str, resources: Mapping[str, Any]) -> None:
    if name in resources:
        raise Refused("ALREADY_EXISTS", f"Resource already exists in the project (resource={name.rsplit('/', 1)[-1]}).")


def _in_project(project: str, resources: Mapping[str, Any]) -> Sequence[Any]:
    return [resource for name, resource in sorted(resources.items()) if name.startswith(f"{project}/")]
