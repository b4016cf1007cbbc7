"""Processes a batch of queued messages and settles each on its own: done, retried later, or dead-lettered.

Events that may succeed later are retried with growing delays, limited by age, not by attempts. Events that can never
succeed are dead-lettered at once with the reason. A failed read is counted in the message, so a copy with the new count is
queued. If the store is unavailable, the message is left unchanged and hidden for a while. An event that the batch had no
time for comes back at once. The messages received most often are processed first.
"""

import random
from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from core import deadline, message
from core.collect_metrics import CollectOutcome
from core.errors import MalformedPayload, Unavailable
from core.events import SignedTriggerEvent
from core.handler import process
from core.log import Level
from core.ports import QueuedMessage
from core.receipts import RETRIED, EventResult
from core.services import WorkerServices
from core.store_data import Outcome

LONGEST_DELAY = 900
"""Seconds: the longest delay of SQS, and our own limit."""
MOST_JSON = 12 * 1024 * 1024
"""Bytes of JSON in a batch, which take some 100 MB of memory. A thousand usual events have 2 to 5 MB, one job of 300 steps 60 KB."""
SOON = 1
"""Seconds until the retry of an event that the batch had no time for."""
_AT_ONCE = 8
"""Messages settled concurrently if there are more than that: each is a request to the queue."""
LONGEST_WAIT = 72 * 3600 * 1000
"""Milliseconds from receipt, after which an event that could not be stored is dead-lettered."""


class Settlement(StrEnum):
    """How a message of the batch was settled."""

    DONE = "done"
    RETURNED = "failed"
    """The message stays in the queue and comes back: SQS calls it a batch item failure."""
    DEAD_LETTERED = "dead"
    REPLACED = "again"
    """A later copy of the message is in the queue."""


class SettleOutcome(StrEnum):
    """The outcome of settling a message, in the log; a message that is done or retried has an EventResult there."""

    DEAD_LETTERED = "dead"
    QUEUE_OUT = "queue-out"
    OLDEST = "oldest"


class BatchResult(NamedTuple):
    """The outcome of a batch."""

    failed: tuple[str, ...]
    """Ids of the messages that must stay in the queue: the runtime reports them as failed."""
    dead: tuple[str, ...]
    """Ids of the messages that were dead-lettered."""
    again: tuple[str, ...]
    """Ids of the messages that were replaced by a later copy."""
    records: int
    """Number of records in the store of the events that are settled for good."""


class _Received(NamedTuple):
    queued: QueuedMessage
    event: SignedTriggerEvent


class _Settled(NamedTuple):
    settlement: Settlement
    records: int = 0


def work(messages: Sequence[QueuedMessage], services: WorkerServices) -> BatchResult:
    """Process a batch of messages concurrently, with one commit; settle each message on its own.

    Messages that there is no time or no memory for stay in the queue.
    """
    received: list[_Received] = []
    rest: list[QueuedMessage] = []
    settled: dict[str, _Settled] = {}
    bytes_left = MOST_JSON
    for queued in _order(messages):
        size = message.unpacked_size(queued.body)
        if size > bytes_left and received:
            rest.append(queued)
            continue
        try:
            received.append(_Received(queued, message.decode(queued.body)))
        except MalformedPayload as error:
            settled[queued.id] = _Settled(_dead_letter(queued, str(error), None, services))
        else:
            bytes_left -= size
    if rest:
        services.log("warning", "collect", CollectOutcome.TOO_LARGE, events=len(messages), left=len(rest))
    outcomes = process([item.event for item in received], services)
    settled |= _settle_all(received, outcomes, rest, services)
    _log_oldest(
        [
            outcome.event
            for (queued, _), outcome in zip(received, outcomes, strict=True)
            if settled[queued.id].settlement in (Settlement.RETURNED, Settlement.REPLACED)
        ],
        services,
    )
    kinds = (Settlement.RETURNED, Settlement.DEAD_LETTERED, Settlement.REPLACED)
    failed, dead, again = (
        tuple(queued.id for queued in messages if settled[queued.id].settlement == kind) for kind in kinds
    )
    return BatchResult(failed, dead, again, sum(entry.records for entry in settled.values()))


def _order(messages: Sequence[QueuedMessage]) -> list[QueuedMessage]:
    """Return the messages by receive count, highest first, and in random order among equals.

    So no message starves when there is never time for all of them, whatever the order of the queue.
    """
    return sorted(random.sample(messages, len(messages)), key=lambda queued: -queued.receive_count)


def _settle_all(
    received: Sequence[_Received], outcomes: Sequence[Outcome], rest: Sequence[QueuedMessage], services: WorkerServices
) -> dict[str, _Settled]:
    """Settle the messages as far as there is time; the others come back when their visibility timeout ends."""
    settled: dict[str, _Settled] = {}
    tasks = {queued.id: partial(_return_soon, queued, services) for queued in rest}
    for (queued, _), outcome in zip(received, outcomes, strict=True):
        if outcome.result in (EventResult.FAILED, *RETRIED):
            tasks[queued.id] = partial(_settle, queued, outcome, services)
        else:
            _log(services, "info", outcome.result, queued, outcome)
            settled[queued.id] = _Settled(Settlement.DONE, outcome.records)
    threads = _AT_ONCE if len(tasks) > _AT_ONCE else 1
    settlements = deadline.run_all(list(tasks.values()), threads, services.seconds_left)
    records = {queued.id: outcome.records for (queued, _), outcome in zip(received, outcomes, strict=True)}
    for id, result in zip(tasks, settlements, strict=True):
        stored = records[id] if result == Settlement.DEAD_LETTERED else 0
        settled[id] = _Settled(result or Settlement.RETURNED, stored)
    return settled


def _return_soon(queued: QueuedMessage, services: WorkerServices) -> Settlement:
    try:
        services.queue.hide(queued, SOON)
    except Unavailable as error:
        _log(services, "warning", SettleOutcome.QUEUE_OUT, queued, None, cause=str(error))
    return Settlement.RETURNED


def _settle(queued: QueuedMessage, outcome: Outcome, services: WorkerServices) -> Settlement:
    if outcome.result == EventResult.FAILED:
        return _dead_letter(queued, outcome.reason or "", outcome, services)
    if services.now() - outcome.event.received_at > LONGEST_WAIT:
        return _dead_letter(queued, f"waited {LONGEST_WAIT // 3_600_000} hours: {outcome.reason}", outcome, services)
    return _retry_later(queued, outcome, services)


def _retry_later(queued: QueuedMessage, outcome: Outcome, services: WorkerServices) -> Settlement:
    event = outcome.event
    again = outcome.result == EventResult.READ_AGAIN
    attempts = event.failed_reads + 1 if again else queued.receive_count
    pause = SOON if outcome.out_of_time else delay(attempts, outcome.retry_after, services.settings.retry_seconds)
    _log(services, "debug" if outcome.out_of_time else "warning", outcome.result, queued, outcome, delay=pause)
    try:
        if again:
            services.queue.send(message.encode(event._replace(failed_reads=event.failed_reads + 1)), pause)
            return Settlement.REPLACED
        services.queue.hide(queued, pause)
    except Unavailable as error:
        _log(services, "warning", SettleOutcome.QUEUE_OUT, queued, outcome, cause=str(error))
    return Settlement.RETURNED


def _dead_letter(queued: QueuedMessage, reason: str, outcome: Outcome | None, services: WorkerServices) -> Settlement:
    _log(services, "error", SettleOutcome.DEAD_LETTERED, queued, outcome, cause=reason)
    try:
        services.queue.dead_letter(queued, reason)
    except Unavailable as error:
        _log(services, "warning", SettleOutcome.QUEUE_OUT, queued, outcome, cause=str(error))
        return Settlement.RETURNED
    return Settlement.DEAD_LETTERED


def delay(attempts: int, retry_after: float | None, first: float) -> int:
    """Return the seconds until the next attempt: `first`, doubled each time, at least `retry_after`, at most 900.

    A jitter of up to 20 % keeps a batch that failed together from coming back together.
    """
    grown = first * 2 ** min(attempts - 1, 20) * random.uniform(0.8, 1.0)  # noqa: S311 (jitter, not a secret)
    return max(0, min(LONGEST_DELAY, -int(-max(grown, retry_after or 0) // 1)))


def _log_oldest(waiting: Sequence[SignedTriggerEvent], services: WorkerServices) -> None:
    """Log the age of the oldest event that goes back into the queue, at any LOG_LEVEL: an alarm watches it.

    The age that a queue reports begins with the message, and an event whose read failed is a new message.
    """
    if waiting:
        oldest = min(waiting, key=lambda event: event.received_at)
        age = services.now() - oldest.received_at
        services.log.always(
            "warning", "settle", SettleOutcome.OLDEST, delivery=oldest.delivery_id, age_ms=age, events=len(waiting)
        )


def _log(
    services: WorkerServices,
    level: Level,
    result: EventResult | SettleOutcome,
    queued: QueuedMessage,
    outcome: Outcome | None,
    **fields: str | int,
) -> None:
    event = outcome.event if outcome else None
    services.log(
        level,
        "settle",
        result,
        message=queued.id,
        attempt=queued.receive_count,
        delivery=event.delivery_id if event else None,
        signature=event.trigger_event_signature if event else None,
        age_ms=services.now() - event.received_at if event else None,
        reason=outcome.reason if outcome else None,
        **fields,
    )
