"""Counts for `/health`: accepted, processed and failed events since the server started."""

import threading
from collections import Counter
from collections.abc import Iterable
from itertools import islice

from core.batch import BatchResult
from core.handler import AcceptOutcome
from core.ports import Queue, QueuedMessage

_REMEMBERED = 100_000
"""Processed messages that are remembered: a queue may deliver one again soon after it was processed."""


class Health:
    """Counts events; `accepted = queued + processed + failed` always holds. Thread-safe."""

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        """Start to count; of processed messages only the last `remembered` are kept, since a server runs for months."""
        self._counts: Counter[str] = Counter()
        self._leftover = 0
        self._waiting: set[str] = set()
        self._finished: dict[str, None] = {}
        self._remembered = remembered
        self._lock = threading.Lock()

    def answered(self, status: int, outcome: str) -> None:
        """Count a response of /telemetry."""
        with self._lock:
            self._counts["ignored"] += outcome == AcceptOutcome.IGNORED
            self._counts["rejected"] += status >= 400

    def add_leftover(self, count: int) -> None:
        """Count messages that an earlier run left in the queue; they count as accepted."""
        with self._lock:
            self._leftover = count
            self._counts["accepted"] += count

    def accepted(self, id: str) -> None:
        """Count a message that was put into the queue."""
        with self._lock:
            self._counts["accepted"] += len(self._add_new({id}))

    def received(self, ids: Iterable[str]) -> None:
        """Count received messages: known ones, or those that an earlier run left."""
        with self._lock:
            new = self._add_new(set(ids))
            expected = min(self._leftover, len(new))
            self._leftover -= expected
            self._counts["accepted"] += len(new) - expected

    def copied(self, id: str) -> None:
        """Record a message that the worker queued again: the same event with another id."""
        with self._lock:
            self._add_new({id})

    def _add_new(self, ids: set[str]) -> set[str]:
        """Return the ids that were not known, which wait from now on."""
        new = ids - self._waiting - self._finished.keys()
        self._waiting |= new
        return new

    def record_batch(self, ids: Iterable[str], result: BatchResult) -> None:
        """Count the outcome of a batch."""
        with self._lock:
            ended = set(ids) - set(result.failed) - self._finished.keys()
            self._finished |= dict.fromkeys(ended)
            self._waiting -= ended
            for oldest in list(islice(self._finished, max(0, len(self._finished) - self._remembered))):
                del self._finished[oldest]
            dead = ended & set(result.dead)
            self._counts["failed"] += len(dead)
            self._counts["processed"] += len(ended - dead - set(result.again))
            self._counts["records"] += result.records

    def counts(self) -> dict[str, str | int]:
        """Return the body of `/health`."""
        with self._lock:
            counts = self._counts
            queued = counts["accepted"] - counts["processed"] - counts["failed"]
            return {
                "status": "ok",
                "accepted": counts["accepted"],
                "ignored": counts["ignored"],
                "rejected": counts["rejected"],
                "queued": queued,
                "processed": counts["processed"],
                "failed": counts["failed"],
                "records": counts["records"],
            }


class CountedQueue:
    """A Queue that reports to Health what is sent: events that the worker queues again (`copies`), or new events.

    Methods raise what the wrapped queue raises.
    """

    def __init__(self, queue: Queue, health: Health, *, copies: bool) -> None:
        self._queue = queue
        self._health = health
        self._copies = copies
        self.limit = queue.limit

    def send(self, body: str, delay: int = 0) -> str:
        """Send to the wrapped queue and count the message."""
        id = self._queue.send(body, delay)
        if self._copies:
            self._health.copied(id)
        else:
            self._health.accepted(id)
        return id

    def hide(self, message: QueuedMessage, delay: int) -> None:
        """Hide the message in the wrapped queue."""
        self._queue.hide(message, delay)

    def dead_letter(self, message: QueuedMessage, reason: str) -> None:
        """Dead-letter the message in the wrapped queue."""
        self._queue.dead_letter(message, reason)
