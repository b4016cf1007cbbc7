"""The worker function: drains the subscription in batches, one commit each, within its time limit.

Cloud Scheduler calls it every minute. The limit of one instance is not a lock; the store's check of the branch is.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from core import deadline
from core.batch import work
from core.errors import OutOfTime, Unavailable
from core.services import WorkerServices
from runtimes.gcp.google_api import GoogleError
from runtimes.gcp.pubsub_queue import Delivered, PubSub
from runtimes.gcp.webhook import answer

TIME = 50.0
"""Maximum seconds of a drain. The function's timeout and the interval of its calls are 60 s. At the timeout Cloud Run returns
504 while the container continues beside the next drain: https://cloud.google.com/run/docs/configuring/request-timeout"""
_GRACE = 5.0
"""Seconds after TIME at which an unanswered acknowledgement is abandoned; the message is then processed twice."""
_BATCH_TIME = 20.0
"""Seconds that must remain to start another batch, which collects messages for half of them."""
_SIDE_BY_SIDE = 8
"""Messages hidden in parallel: each is one request."""
_MOST = 1000
_MOST_BYTES = 6_000_000
_FIRST_WAIT, _NEXT_WAIT = 4.0, 1.0
"""Seconds that a pull waits for a message: Pub/Sub may return only some of the messages, and the rest on the next pull."""
_LEASE = 60
_RENEWAL = 20.0
"""Ack deadline in seconds of messages in flight, and the interval at which it is extended."""
_AT_ONCE = 500
"""Acknowledgements in a request, whose limit is 512 KB."""


class DrainOutcome(StrEnum):
    """The outcome of draining the subscription, or of a request to Pub/Sub on the way; in the log."""

    DONE = "done"
    UNAVAILABLE = "unavailable"
    NOT_ACKNOWLEDGED = "not-acknowledged"
    QUEUE_OUT = "queue-out"
    LEASE_LOST = "lease-lost"


class DrainResult(NamedTuple):
    """Counts of a drain."""

    batches: int
    done: int
    """Messages that were acknowledged."""
    failed: int
    """Messages that will be delivered again."""
    records: int


def respond(
    subscription: PubSub, services: WorkerServices, clock: Callable[[], float] = time.monotonic
) -> tuple[str, int, dict[str, str]]:
    """Drain the subscription once; return 500 if Pub/Sub refuses, so that Cloud Scheduler counts an error."""
    ends = clock() + TIME
    try:
        result = drain(subscription, services, lambda: ends - clock())
    except GoogleError as error:
        services.log("error", "drain", DrainOutcome.UNAVAILABLE, reason=f"Pub/Sub refused: {error.code}")
        return answer(500, {"status": "error", "reason": f"Pub/Sub refused: {error.code}"})
    services.log("info" if result.batches else "debug", "drain", DrainOutcome.DONE, **result._asdict())
    return answer(200, {"status": "drained", **result._asdict()})


def drain(subscription: PubSub, services: WorkerServices, seconds_left: Callable[[], float]) -> DrainResult:
    """Process batches until no message arrives, time runs out, or a batch has no success. Raises GoogleError."""
    total = DrainResult(0, 0, 0, 0)
    while seconds_left() > _BATCH_TIME:
        batch = pull_batch(subscription, services, seconds_left)
        if not batch:
            return total
        with _leased(subscription, [delivery.message.handle for delivery in batch], services, seconds_left):
            result = work([delivery.message for delivery in batch], services._replace(seconds_left=seconds_left))
        failed = set(result.failed)
        done = [delivery.message.handle for delivery in batch if delivery.message.id not in failed]
        _acknowledge(subscription, done, seconds_left, services)
        total = DrainResult(
            total.batches + 1, total.done + len(done), total.failed + len(failed), total.records + result.records
        )
        if not done:  # the store is unavailable: waiting messages keep their deliveries
            return total
    return total


def _acknowledge(
    subscription: PubSub, handles: list[str], seconds_left: Callable[[], float], services: WorkerServices
) -> None:
    def acknowledge() -> None:
        for start in range(0, len(handles), _AT_ONCE):
            subscription.acknowledge(handles[start : start + _AT_ONCE])

    try:
        deadline.run_until(acknowledge, lambda: seconds_left() + _GRACE, "Pub/Sub")
    except OutOfTime as error:
        services.log("warning", "drain", DrainOutcome.NOT_ACKNOWLEDGED, reason=str(error))


def pull_batch(subscription: PubSub, services: WorkerServices, seconds_left: Callable[[], float]) -> list[Delivered]:
    """Return a batch without duplicates; messages received before their time are hidden until then. Raises GoogleError."""
    batch: dict[str, Delivered] = {}
    size, wait = 0, _FIRST_WAIT
    while len(batch) < _MOST and size < _MOST_BYTES and seconds_left() > _BATCH_TIME:
        pulled = subscription.pull(_MOST - len(batch), wait)
        if not pulled:
            break
        due = [delivery for delivery in pulled if delivery.not_before <= services.now()]
        early = [delivery for delivery in pulled if delivery.not_before > services.now()]
        hiding = [partial(_hide, delivery, services) for delivery in early]
        deadline.run_all(hiding, _SIDE_BY_SIDE if len(early) > _SIDE_BY_SIDE else 1, seconds_left)
        batch |= {delivery.message.id: delivery for delivery in due}
        size += sum(len(delivery.message.body) for delivery in due)
        wait = _NEXT_WAIT
    return list(batch.values())


def _hide(delivery: Delivered, services: WorkerServices) -> None:
    try:
        services.queue.hide(delivery.message, -(-(delivery.not_before - services.now()) // 1000))
    except Unavailable as error:
        services.log("warning", "drain", DrainOutcome.QUEUE_OUT, message=delivery.message.id, reason=str(error))


@contextmanager
def _leased(
    subscription: PubSub, handles: list[str], services: WorkerServices, seconds_left: Callable[[], float]
) -> Iterator[None]:
    """Extend the ack deadline of messages while they are processed."""
    over = threading.Event()

    def renew() -> None:
        while not over.wait(_RENEWAL):
            try:
                for start in range(0, len(handles), _AT_ONCE):
                    subscription.hide(handles[start : start + _AT_ONCE], _LEASE)
            except GoogleError as error:
                services.log("warning", "drain", DrainOutcome.LEASE_LOST, reason=error.code)

    renewing = threading.Thread(target=renew, daemon=True)
    renewing.start()
    try:
        yield
    finally:
        over.set()
        renewing.join(max(0.0, min(_GRACE, seconds_left())))
