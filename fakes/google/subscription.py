"""One pull subscription: what waits, and what was handed out until its deadline.

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
"""In an answer to a pull, but for its first message: gRPC reads no more than 4 MB unless it is told to, and Google's
client does not tell it to when it speaks to an emulator."""
_LONGEST_BACKOFF = 600.0
_SHORTEST_BACKOFF = 10.0


@dataclass(slots=True, order=True)
class Copy:
    """A message on its way through one subscription; in order of who has been due for longest."""

    due: float
    """UNIX s: when it may be handed out, or by when it must be acknowledged."""
    number: int
    message: Any = field(compare=False)
    attempt: int = field(default=0, compare=False)
    ack_id: str = field(default="", compare=False)


class Subscription:
    """Not thread-safe: its Pub/Sub is. Times are in UNIX seconds."""

    def __init__(self, settings: Any, ack_ids: Iterator[str]) -> None:
        """`settings` is a protobuf Subscription."""
        self.settings = settings
        self.duplicates = 0
        """How many of the next messages to be handed out come twice."""
        self._ack_ids = ack_ids
        self._issued: set[str] = set()
        self._numbers = count(1)
        self._waiting: list[Copy] = []  # a heap
        self._out: dict[str, Copy] = {}

    @property
    def backlog(self) -> list[Any]:
        """Every message that is not acknowledged, whether handed out or not."""
        return [copy.message for copy in (*self._out.values(), *sorted(self._waiting))]

    def add(self, message: Any, now: float) -> None:
        """It is ready to be handed out."""
        heappush(self._waiting, Copy(now, next(self._numbers), message))

    def take(self, most: int, now: float) -> list[Any]:
        """Protobuf ReceivedMessages: at most `most`, 1,000 and, but for the first, 4 MB."""
        copies: list[Copy] = []
        size = 0
        while self._waiting and self._waiting[0].due <= now and len(copies) < min(most, MOST_MESSAGES):
            size += self._waiting[0].message.ByteSize()
            if copies and size > _MOST_BYTES:
                break
            copies.append(heappop(self._waiting))
        received = [self._hand_out(copy, now) for copy in copies]
        for copy in copies[: self.duplicates]:
            heappush(self._waiting, Copy(now, next(self._numbers), copy.message, copy.attempt - 1))
        self.duplicates = max(0, self.duplicates - len(copies))
        return received

    def acknowledge(self, ack_ids: Iterable[str]) -> None:
        """They are done; those whose deadline is over come again all the same."""
        for ack_id in ack_ids:
            self._out.pop(ack_id, None)

    def hide(self, ack_ids: Iterable[str], seconds: int, now: float) -> None:
        """Their deadline ends so many seconds from now; zero seconds give them back."""
        for ack_id in ack_ids:
            if ack_id in self._out:
                self._out[ack_id].due = now + seconds

    def issued(self, ack_id: str) -> bool:
        """Whether it was ever one of its own."""
        return ack_id in self._issued

    def settle(self, now: float, dead_letter: Callable[[Any, Copy], bool]) -> None:
        """Take back what nobody acknowledged in time; `dead_letter` takes what was tried too often, if it can."""
        for copy in [copy for copy in self._out.values() if copy.due <= now]:
            del self._out[copy.ack_id]
            if not (self._has_used_attempts(copy) and dead_letter(self.settings, copy)):
                copy.due += self._backoff(copy.attempt)
                heappush(self._waiting, copy)

    def _hand_out(self, copy: Copy, now: float) -> Any:
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
        """Seconds: none without a retry policy, or else twice as many each time."""
        if not self.settings.HasField("retry_policy"):
            return 0.0
        policy = self.settings.retry_policy
        limits = {field.name: getattr(policy, field.name).ToTimedelta() for field, _ in policy.ListFields()}
        least = limits["minimum_backoff"].total_seconds() if "minimum_backoff" in limits else _SHORTEST_BACKOFF
        most = limits["maximum_backoff"].total_seconds() if "maximum_backoff" in limits else _LONGEST_BACKOFF
        return float(min(most, least * 2.0 ** min(attempt - 1, 20)))
