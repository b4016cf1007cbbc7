"""The worker function: drains the subscription in batches, one commit each, within its time.

Cloud Scheduler calls it every minute. That Google runs one instance only is no lock: the store's own check of the branch is.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from core.batch import work
from core.errors import Unavailable
from core.services import Processing
from runtimes.gcp.google_api import GoogleError
from runtimes.gcp.pubsub_queue import Delivered, PubSub
from runtimes.gcp.webhook import answer

TIME = 50.0
"""Seconds that a drain takes at most; the function has 60, and the next tick comes after 60."""
_BATCH_TIME = 20.0
"""Seconds that there must be left for another batch."""
_MOST = 1000
_MOST_BYTES = 6_000_000
_FIRST_WAIT, _NEXT_WAIT = 4.0, 1.0
"""Seconds that a pull waits for a message: Pub/Sub hands out what it has at hand, and more at the next pull."""
_LEASE = 60
_RENEWAL = 20.0
"""Seconds that a message in hand is hidden from others, and after which that is said again."""
_AT_ONCE = 500
"""Acknowledgements in a request, of which 512 KB are taken."""


class Drained(NamedTuple):
    """What a drain did."""

    batches: int
    done: int
    """Messages that are acknowledged."""
    failed: int
    """Messages that come back."""
    records: int


def respond(
    subscription: PubSub, services: Processing, clock: Callable[[], float] = time.monotonic
) -> tuple[str, int, dict[str, str]]:
    """One tick; a 500 where Pub/Sub refuses, so that Cloud Scheduler counts an error."""
    ends = clock() + TIME
    try:
        told = drain(subscription, services, lambda: ends - clock())
    except GoogleError as error:
        services.log("error", "drain", "unavailable", reason=f"Pub/Sub refused: {error.code}")
        return answer(500, {"status": "error", "reason": f"Pub/Sub refused: {error.code}"})
    services.log("info" if told.batches else "debug", "drain", "done", **told._asdict())
    return answer(200, {"status": "drained", **told._asdict()})


def drain(subscription: PubSub, services: Processing, seconds_left: Callable[[], float]) -> Drained:
    """Batch after batch, until nothing comes, the time is up, or nothing at all could be done."""
    told = Drained(0, 0, 0, 0)
    while seconds_left() > _BATCH_TIME:
        batch = gathered(subscription, services, seconds_left)
        if not batch:
            return told
        with _leased(subscription, [each.message.handle for each in batch], services):
            result = work([each.message for each in batch], services)
        failed = set(result.failed)
        done = [each.message.handle for each in batch if each.message.id not in failed]
        for start in range(0, len(done), _AT_ONCE):
            subscription.acknowledge(done[start : start + _AT_ONCE])
        told = Drained(
            told.batches + 1, told.done + len(done), told.failed + len(failed), told.records + result.records
        )
        if not done:  # the store is out: whatever else waits keeps its deliveries
            return told
    return told


def gathered(subscription: PubSub, services: Processing, seconds_left: Callable[[], float]) -> list[Delivered]:
    """A batch; what was delivered twice is in it once, what is before its time is hidden until then."""
    found: dict[str, Delivered] = {}
    size, wait = 0, _FIRST_WAIT
    while len(found) < _MOST and size < _MOST_BYTES and seconds_left() > _BATCH_TIME:
        pulled = subscription.pull(_MOST - len(found), wait)
        if not pulled:
            break
        due = [each for each in pulled if not _hidden(each, services)]
        found |= {each.message.id: each for each in due}
        size += sum(len(each.message.body) for each in due)
        wait = _NEXT_WAIT
    return list(found.values())


def _hidden(each: Delivered, services: Processing) -> bool:
    early = each.not_before - services.now()
    if early <= 0:
        return False
    try:
        services.queue.defer(each.message, -(-early // 1000))
    except Unavailable as error:
        services.log("warning", "drain", "queue-out", message=each.message.id, reason=str(error))
    return True


@contextmanager
def _leased(subscription: PubSub, handles: list[str], services: Processing) -> Iterator[None]:
    """They stay hidden while they are worked, however long that takes."""
    over = threading.Event()

    def renew() -> None:
        while not over.wait(_RENEWAL):
            try:
                for start in range(0, len(handles), _AT_ONCE):
                    subscription.hide(handles[start : start + _AT_ONCE], _LEASE)
            except GoogleError as error:
                services.log("warning", "drain", "lease-lost", reason=error.code)

    renewing = threading.Thread(target=renew, daemon=True)
    renewing.start()
    try:
        yield
    finally:
        over.set()
        renewing.join(15)
