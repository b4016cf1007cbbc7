"""One pull subscription: waiting messages, and messages delivered until their ack deadline.

https://cloud.google.com/pubsub/docs/lease-management, https://cloud.google.com/pubsub/docs/handling-failures
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Any

from google.pubsub_v1 import types

from fakes.google.pubsub_limits import MOST_MESSAGES

_ReceivedMessage: Any = types.ReceivedMessage.pb()
_MOST_BYTES = 4_000_000
"""Bytes of a pull response, unless its first message is longer: gRPC reads at most 4 MB by default, and Google's client
keeps the default for an emulator."""
_LONGEST_BACKOFF = 600.0
_SHORTEST_BACKOFF = 10.0


@dataclass(slots=True, order=True)
class Copy:
    """A message in one subscription; ordered by the time at which it is due."""

    due: float
    """UNIX seconds at which it may be delivered, or by which it must be acknowledged."""
    number: int
    message: Any = field(compare=False)
    attempt: int = field(default=0, compare=False)
    ack_id: str = field(default="", compare=False)


class Subscription:
    """The state of a subscription. Times are in UNIX seconds. Not thread-safe: PubSub holds the lock."""

    def __init__(self, settings: Any, ack_ids: Iterator[str]) -> None:
        """Create a subscription from a protobuf Subscription."""
        self.settings = settings
        self.duplicates = 0
        """Number of the next messages that are delivered twice."""
        self._ack_ids = ack_ids
        self._issued: set[str] = set()
        self._numbers = count(1)
        self._waiting: list[Copy] = []  # a heap
        self._out: dict[str, Copy] = {}

    @property
    def backlog(self) -> list[Any]:
        """All unacknowledged messages, delivered or not."""
        return [copy.message for copy in (*self._out.values(), *sorted(self._waiting))]

    def add(self, message: Any, now: float) -> None:
        """Add a message that can be delivered from `now` on."""
        heappush(self._waiting, Copy(now, next(self._numbers), message))

    def take(self, most: int, now: float) -> list[Any]:
        """Return protobuf ReceivedMessages: at most `most`, 1,000 and, except for the first, 4 MB."""
        copies: list[Copy] = []
        size = 0
        while self._waiting and self._waiting[0].due <= now and len(copies) < min(most, MOST_MESSAGES):
            size += self._waiting[0].message.ByteSize()
            if copies and size > _MOST_BYTES:
                break
            copies.append(heappop(self._waiting))
        received = [self._deliver(copy, now) for copy in copies]
        for copy in copies[: self.duplicates]:
            heappush(self._waiting, Copy(now, next(self._numbers), copy.message, copy.attempt - 1))
        self.duplicates = max(0, self.duplicates - len(copies))
        return received

    def acknowledge(self, ack_ids: Iterable[str]) -> None:
        """Remove messages; those whose ack deadline has passed are delivered again nevertheless."""
        for ack_id in ack_ids:
            self._out.pop(ack_id, None)

    def hide(self, ack_ids: Iterable[str], seconds: int, now: float) -> None:
        """Set the ack deadline of messages to `seconds` from now; zero makes them available immediately."""
        for ack_id in ack_ids:
            if ack_id in self._out:
                self._out[ack_id].due = now + seconds

    def issued(self, ack_id: str) -> bool:
        """Return whether this subscription issued the ack id."""
        return ack_id in self._issued

    def settle(self, now: float, dead_letter: Callable[[Any, Copy], bool]) -> None:
        """Requeue messages whose ack deadline has passed; pass those without attempts left to `dead_letter`."""
        for copy in [copy for copy in self._out.values() if copy.due <= now]:
            del self._out[copy.ack_id]
            if not (self._has_used_attempts(copy) and dead_letter(self.settings, copy)):
                copy.due += self._backoff(copy.attempt)
                heappush(self._waiting, copy)

    def _deliver(self, copy: Copy, now: float) -> Any:
        copy.attempt += 1
        copy.due = now + self.settings.ack_deadline_seconds
        copy.ack_id = next(self._ack_ids)
        self._out[copy.ack_id] = copy
        self._issued.add(copy.ack_id)
        attempt = copy.attempt if self.settings.HasField("dead_letter_policy") else 0
        return _ReceivedMessage(ack_id=copy.ack_id, message=copy.message, delivery_attempt=attempt)

    def _has_used_attempts(self, copy: Copy) -> bool:
        policy = self.settings.dead_letter_policy
        return bool(policy.dead_letter_topic) and copy.attempt >= policy.max_delivery_attempts

    def _backoff(self, attempt: int) -> float:
        """Return the delay in seconds: zero without a retry policy, else doubled with each attempt."""
        if not self.settings.HasField("retry_policy"):
            return 0.0
        policy = self.settings.retry_policy
        limits = {field.name: getattr(policy, field.name).ToTimedelta() for field, _ in policy.ListFields()}
        least = limits["minimum_backoff"].total_seconds() if "minimum_backoff" in limits else _SHORTEST_BACKOFF
        most = limits["maximum_backoff"].total_seconds() if "maximum_backoff" in limits else _LONGEST_BACKOFF
        return float(min(most, least * 2.0 ** min(attempt - 1, 20)))
