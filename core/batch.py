"""Many queued messages to the ids that failed: what is done, what comes back later, what is dead.

What may work later comes back with growing delays; its age decides, not its attempts. What never will goes to the
dead letters at once, with its reason. A read that failed is counted on the message itself, which is therefore
queued anew; a store that is out is nobody's fault, and the message as it stands is only hidden for a while. Nor is it that
a batch had no time for an event: that comes back at once, and what was received most often goes first.
"""

import random
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from core import deadline, message
from core.errors import MalformedPayload, Unavailable
from core.events import SignedTriggerEvent
from core.handler import process
from core.ports import QueuedMessage
from core.services import WorkerServices
from core.store_data import FAILED, READ_AGAIN, WAITING, Outcome

LONGEST_DELAY = 900
"""Seconds: the most that SQS delays a message, and the design's own bound."""
MOST_JSON = 12 * 1024 * 1024
"""Bytes of JSON in a batch: they become some 100 MB. A thousand usual events have 2 to 5 MB, a job of 300 steps 60 KB alone."""
SOON = 1
"""Seconds after which an event comes back that the batch had no time for."""
_AT_ONCE = 8
"""Messages settled side by side, where there are more than that: each is a request to the queue."""
LONGEST_WAIT = 72 * 3600 * 1000
"""Milliseconds from receipt, after which an event that could not be stored is a dead letter."""


class BatchResult(NamedTuple):
    """What became of a batch."""

    failed: tuple[str, ...]
    """Ids of the messages that must stay in the queue: the runtime reports them as failed."""
    dead: tuple[str, ...]
    """Ids of the messages that are in the dead letters now."""
    again: tuple[str, ...]
    """Ids of the messages that were replaced by a later copy."""
    records: int
    """How many records the events that ended left in the store."""


class _Received(NamedTuple):
    queued: QueuedMessage
    event: SignedTriggerEvent


class _Settled(NamedTuple):
    result: str
    records: int = 0


def work(messages: Sequence[QueuedMessage], services: WorkerServices) -> BatchResult:
    """Process a batch of messages: side by side, one commit, each on its own.

    What there is no time or no memory for stays in the queue.
    """
    received: list[_Received] = []
    rest: list[QueuedMessage] = []
    settled: dict[str, _Settled] = {}
    bytes_left = MOST_JSON
    for queued in _ordered(messages):
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
        services.log("warning", "collect", "too-large", events=len(messages), left=len(rest))
    outcomes = process([item.event for item in received], services)
    settled |= _all_settled(received, outcomes, rest, services)
    kinds = ("failed", "dead", "again")
    failed, dead, again = (
        tuple(queued.id for queued in messages if settled[queued.id].result == kind) for kind in kinds
    )
    return BatchResult(failed, dead, again, sum(settlement.records for settlement in settled.values()))


def _ordered(messages: Sequence[QueuedMessage]) -> list[QueuedMessage]:
    """What was received most often first, else at random.

    So nothing starves where there is never time for all, whatever order the queue hands out and whichever events are slow.
    """
    return sorted(random.sample(messages, len(messages)), key=lambda queued: -queued.receive_count)


def _all_settled(
    received: Sequence[_Received], outcomes: Sequence[Outcome], rest: Sequence[QueuedMessage], services: WorkerServices
) -> dict[str, _Settled]:
    """Each as far as there is time; a message that is not settled comes back when its visibility timeout ends."""
    settled: dict[str, _Settled] = {}
    tasks = {queued.id: partial(_return_soon, queued, services) for queued in rest}
    for (queued, _), outcome in zip(received, outcomes, strict=True):
        if outcome.result in (FAILED, READ_AGAIN, WAITING):
            tasks[queued.id] = partial(_settle, queued, outcome, services)
        else:
            _log(services, "info", outcome.result, queued, outcome)
            settled[queued.id] = _Settled("done", outcome.records)
    threads = _AT_ONCE if len(tasks) > _AT_ONCE else 1
    hows = deadline.run_all(list(tasks.values()), threads, services.seconds_left)
    records = {queued.id: outcome.records for (queued, _), outcome in zip(received, outcomes, strict=True)}
    for id, result in zip(tasks, hows, strict=True):
        settled[id] = _Settled(result or "failed", records[id] if result == "dead" else 0)
    return settled


def _return_soon(queued: QueuedMessage, services: WorkerServices) -> str:
    try:
        services.queue.hide(queued, SOON)
    except Unavailable as error:
        _log(services, "warning", "queue-out", queued, None, cause=str(error))
    return "failed"


def _settle(queued: QueuedMessage, outcome: Outcome, services: WorkerServices) -> str:
    if outcome.result == FAILED:
        return _dead_letter(queued, outcome.reason or "", outcome, services)
    if services.now() - outcome.event.received_at > LONGEST_WAIT:
        return _dead_letter(queued, f"waited {LONGEST_WAIT // 3_600_000} hours: {outcome.reason}", outcome, services)
    return _retry_later(queued, outcome, services)


def _retry_later(queued: QueuedMessage, outcome: Outcome, services: WorkerServices) -> str:
    event = outcome.event
    again = outcome.result == READ_AGAIN
    attempts = event.failed_reads + 1 if again else queued.receive_count
    pause = SOON if outcome.out_of_time else delay(attempts, outcome.retry_after, services.settings.retry_seconds)
    _log(services, "debug" if outcome.out_of_time else "warning", outcome.result, queued, outcome, delay=pause)
    try:
        if again:
            services.queue.send(message.encode(event._replace(failed_reads=event.failed_reads + 1)), pause)
            return "again"
        services.queue.hide(queued, pause)
    except Unavailable as error:
        _log(services, "warning", "queue-out", queued, outcome, cause=str(error))
    return "failed"


def _dead_letter(queued: QueuedMessage, reason: str, outcome: Outcome | None, services: WorkerServices) -> str:
    _log(services, "error", "dead", queued, outcome, cause=reason)
    try:
        services.queue.dead_letter(queued, reason)
    except Unavailable as error:
        _log(services, "warning", "queue-out", queued, outcome, cause=str(error))
        return "failed"
    return "dead"


def delay(attempts: int, retry_after: float | None, first: float) -> int:
    """Seconds until the next attempt: `first`, doubled each time, at least what was asked for, at most 900.

    With up to a fifth of jitter, so that a batch that failed together does not come back together.
    """
    grown = first * 2 ** min(attempts - 1, 20) * random.uniform(0.8, 1.0)  # noqa: S311 (jitter, not a secret)
    return max(0, min(LONGEST_DELAY, -int(-max(grown, retry_after or 0) // 1)))


def _log(
    services: WorkerServices,
    level: str,
    result: str,
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
