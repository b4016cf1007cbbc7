"""Passes batches of a queue's messages to the worker and deletes the processed ones, as Lambda's event source mapping does.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import NamedTuple, Protocol

from core.batch import BatchResult
from core.log import Log
from core.ports import QueuedMessage
from core.settings import Settings
from runtimes.local.health import Health
from runtimes.local.stoppable_thread import StoppableThread

_PAUSE = 1.0


class Consumer(Protocol):
    """The consumer's side of a queue. Its methods raise Unavailable or the SDK's errors."""

    visibility: int
    """Visibility timeout of a received message in seconds."""

    def receive(self, most: int, wait: float) -> list[QueuedMessage]:
        """Return up to `most` messages and hide them for the visibility timeout; wait up to `wait` seconds for the first."""

    def delete(self, *messages: QueuedMessage) -> None:
        """Delete processed messages."""

    def renew(self, messages: Iterable[QueuedMessage]) -> None:
        """Hide messages that are still processed for another visibility timeout."""


class Pace(NamedTuple):
    """Size and timing of batches."""

    batch_size: int = 1000
    """Maximum number of messages."""
    batch_bytes: int = 6 * 1024 * 1024
    """Bytes of messages after which a batch gets no more, as at Lambda:
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching"""
    window: float = 1.0
    """Seconds to fill a batch, from its first message on; short, because a developer is waiting."""
    spacing: float = 0.0
    """Minimum seconds from the start of one batch to the start of the next."""
    visibility: int = 20
    """Visibility timeout in seconds, extended while the worker runs."""
    limit: float = 300.0
    """Seconds that a batch may take, as in Terraform's `queue.worker_timeout`."""


USUAL = Pace()
Work = Callable[[Sequence[QueuedMessage]], BatchResult]


class PollOutcome(StrEnum):
    """The outcome of polling the queue, in the log."""

    FAILED = "failed"
    NOT_RENEWED = "not-renewed"


class Poller:
    """Passes the messages of one queue to `work`, in its own thread, until stopped."""

    def __init__(self, consumer: Consumer, work: Work, health: Health, log: Log, pace: Pace = USUAL) -> None:
        self._consumer = consumer
        self._work = work
        self._health = health
        self._log = log
        self._pace = pace
        self._next = time.monotonic()
        self._thread = StoppableThread("poller", self._run)

    def start(self) -> None:
        """Start to poll."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Stop after the current batch, or after the part of it that is done within `timeout` seconds."""
        self._thread.stop(timeout)

    def seconds_left(self) -> float:
        """Return the seconds until the current batch must be settled."""
        return self._thread.seconds_left()

    def _run(self) -> None:
        while not self._thread.is_stopping:
            try:
                self._thread.wait(self._next - time.monotonic())
                self.poll()
            except Exception as error:  # noqa: BLE001 (a restarted emulator must not stop the server)
                self._log("warning", "poll", PollOutcome.FAILED, reason=type(error).__name__)
                self._thread.wait(_PAUSE)

    def poll(self) -> None:
        """Process one batch, if a message arrives within a second."""
        messages = self._gather()
        if not messages:
            return
        self._next = time.monotonic() + self._pace.spacing
        ids = [message.id for message in messages]
        self._health.received(ids)
        self._thread.limit(self._pace.limit)
        with self._heartbeat(messages):
            result = self._work(messages)
        self._consumer.delete(*(message for message in messages if message.id not in result.failed))
        self._health.record_batch(ids, result)

    def _gather(self) -> list[QueuedMessage]:
        messages = self._consumer.receive(self._pace.batch_size, wait=1.0)
        first = time.monotonic()
        ends, latest = first + self._pace.window, first + self._consumer.visibility / 3  # then the heartbeat extends it
        size = _size(messages)
        while messages and len(messages) < self._pace.batch_size and not self._thread.is_stopping:
            if time.monotonic() >= latest or size >= self._pace.batch_bytes:
                break
            more = self._consumer.receive(self._pace.batch_size - len(messages), wait=0.0)
            messages += more
            size += _size(more)
            if not more and time.monotonic() >= ends:
                break
            if not more:
                self._thread.wait(0.05)
        return messages

    @contextmanager
    def _heartbeat(self, messages: Sequence[QueuedMessage]) -> Iterator[None]:
        """Extend the visibility timeout while the work runs; messages return soon if this process is killed."""
        stopped = threading.Event()
        heartbeat = threading.Thread(
            target=self._renew_visibility, args=(messages, stopped), name="heartbeat", daemon=True
        )
        heartbeat.start()
        try:
            yield
        finally:
            stopped.set()
            heartbeat.join()

    def _renew_visibility(self, messages: Sequence[QueuedMessage], stopped: threading.Event) -> None:
        while not stopped.wait(self._consumer.visibility / 3):
            try:
                self._consumer.renew(messages)
            except Exception as error:  # noqa: BLE001 (at worst a message is processed twice, which is harmless)
                self._log("warning", "poll", PollOutcome.NOT_RENEWED, reason=type(error).__name__)


def _size(messages: Iterable[QueuedMessage]) -> int:
    """Return the bytes of messages, which are ASCII but for a few."""
    return sum(len(message.body) for message in messages)


def pace_of(settings: Settings) -> Pace:
    """Return a slower pace for a repository store: GitHub advises against more than 6 pushes a minute.

    https://docs.github.com/en/repositories/creating-and-managing-repositories/repository-limits
    """
    return Pace(window=2.0, spacing=settings.batch_seconds) if settings.store == "github" else USUAL
