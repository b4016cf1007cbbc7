"""Reads and re-queues dead letters of a Pub/Sub subscription."""

from cli.deployment.dead_letters import Letter
from runtimes.gcp.pubsub_queue import Delivered, PubSub

_AT_ONCE = 100
_HIDDEN = 120
"""Ack deadline of pulled dead letters, in seconds."""
_WAIT = 4.0
"""Seconds to wait for messages before the subscription counts as empty."""


class PubSubLetters:
    """Implements cli.deployment.dead_letters.Letters with the dead-letter subscription and the event topic."""

    def __init__(self, subscription: PubSub, topic: str) -> None:
        self._subscription = subscription
        self._topic = topic

    def receive(self) -> list[Letter]:
        """Pull messages and extend their ack deadline."""
        pulled = self._subscription.pull(_AT_ONCE, _WAIT)
        if pulled:
            self._subscription.hide([delivery.message.handle for delivery in pulled], _HIDDEN)
        return [_letter(delivery) for delivery in pulled]

    def requeue(self, letter: Letter) -> None:
        """Publish the event, then acknowledge the dead letter."""
        self._subscription.publish(self._topic, letter.body.encode("utf-8", "surrogatepass"), {})
        self._subscription.acknowledge([letter.handle])

    def release(self, letter: Letter) -> None:
        """Make the message available immediately."""
        self._subscription.hide([letter.handle], 0)


def _letter(delivery: Delivered) -> Letter:
    message = delivery.message
    return Letter(
        message.id, message.body, delivery.reason or "delivered a hundred times", message.handle, is_event=True
    )
