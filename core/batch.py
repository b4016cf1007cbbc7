"""Many queued messages to the ids that failed: what is done, what comes back later, what is dead.

What may work later comes back with growing delays; its age decides, not its attempts. What never will goes to the
dead letters at once, with its reason. A read that failed is counted on the message itself, which is therefore
queued anew; a store that is out is nobody's fault, and the message as it stands is only hidden for a while.
"""

import random
from collections.abc import Sequence
from typing import NamedTuple

from core import message
from core.errors import Malformed, Unavailable
from core.events import SignedTriggerEvent
from core.handler import process
from core.ports import QueuedMessage
from core.services import Processing
from core.store_data import FAILED, READ_AGAIN, WAITING, Outcome

LONGEST_DELAY = 900
"""Seconds: the most that SQS delays a message, and the design's own bound."""
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


def work(messages: Sequence[QueuedMessage], services: Processing) -> BatchResult:
    """Process a batch of messages: side by side, one commit, each on its own."""
    events: list[tuple[QueuedMessage, SignedTriggerEvent]] = []
    settled: list[tuple[str, str]] = []
    for queued in messages:
        try:
            events.append((queued, message.decode(queued.body)))
        except Malformed as error:
            settled.append((queued.id, _bury(queued, str(error), None, services)))
    outcomes = process([event for _, event in events], services)
    records = 0
    for (queued, _), outcome in zip(events, outcomes, strict=True):
        how = _settle(queued, outcome, services)
        settled.append((queued.id, how))
        records += outcome.records if how in ("done", "dead") else 0
    failed, dead, again = (tuple(id for id, how in settled if how == kind) for kind in ("failed", "dead", "again"))
    return BatchResult(failed, dead, again, records)


def _settle(queued: QueuedMessage, outcome: Outcome, services: Processing) -> str:
    if outcome.result == FAILED:
        return _bury(queued, outcome.reason or "", outcome, services)
    if outcome.result not in (READ_AGAIN, WAITING):
        _log(services, "info", outcome.result, queued, outcome)
        return "done"
    if services.now() - outcome.event.received_at > LONGEST_WAIT:
        return _bury(queued, f"waited {LONGEST_WAIT // 3_600_000} hours: {outcome.reason}", outcome, services)
    return _later(queued, outcome, services)


def _later(queued: QueuedMessage, outcome: Outcome, services: Processing) -> str:
    event = outcome.event
    again = outcome.result == READ_AGAIN
    attempts = event.failed_reads + 1 if again else queued.attempt
    pause = delay(attempts, outcome.retry_after, services.settings.retry_seconds)
    _log(services, "warning", outcome.result, queued, outcome, delay=pause)
    try:
        if again:
            services.queue.put(message.encode(event._replace(failed_reads=event.failed_reads + 1)), pause)
            return "again"
        services.queue.defer(queued, pause)
    except Unavailable as error:
        _log(services, "warning", "queue-out", queued, outcome, cause=str(error))
    return "failed"


def _bury(queued: QueuedMessage, reason: str, outcome: Outcome | None, services: Processing) -> str:
    _log(services, "error", "dead", queued, outcome, cause=reason)
    try:
        services.queue.bury(queued, reason)
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
    services: Processing, level: str, how: str, queued: QueuedMessage, outcome: Outcome | None, **told: str | int
) -> None:
    event = outcome.event if outcome else None
    services.log(
        level,
        "settle",
        how,
        message=queued.id,
        attempt=queued.attempt,
        delivery=event.delivery_id if event else None,
        signature=event.trigger_event_signature if event else None,
        age_ms=services.now() - event.received_at if event else None,
        reason=outcome.reason if outcome else None,
        **told,
    )
