"""Writes the records of many events to the store in one write, with a receipt.

A receipt is `_system/receipts/DAY/BATCH.jsonl`, with a line for each event that was processed. BATCH is a hash of its
lines: a batch that is processed again after a crash writes the same file again, and so changes nothing. A canary's receipt
is a file of its own, named after the time of sending.
"""

import hashlib
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from core import deadline
from core.add_signature import CANARY
from core.canary import receipt_of
from core.collect_metrics import Collected
from core.errors import Conflict, OutOfTime, PermanentError, TelemetryError, TransientReadError, Unavailable
from core.events import SignedTriggerEvent, plain
from core.known_values import keep_known
from core.log import Level, milliseconds_since
from core.payload import Json, day_of
from core.receipts import RETRIED, EventResult, identifying
from core.record_file import RECEIPTS, to_line
from core.services import WorkerServices

_PAUSE = 0.2
"""Seconds before the first retry of a conflict; doubled each time, with jitter, so that two writers do not collide again."""


class StoreOutcome(StrEnum):
    """The outcome of a write, in the log."""

    STORED = "stored"
    WAITING = "waiting"
    CONFLICT = "conflict"
    FAILED = "failed"


class Outcome(NamedTuple):
    """The outcome of one event in this batch."""

    event: SignedTriggerEvent
    result: EventResult
    records: int = 0
    """Number of its records that are now in the store."""
    reason: str | None = None
    retry_after: float | None = None
    """Seconds, if the other side named a time."""
    out_of_time: bool = False
    """Whether the only reason is that the batch had no time for the event."""


def store_data(
    batch: Sequence[Collected], services: WorkerServices, sleep: Callable[[float], object] = time.sleep
) -> list[Outcome]:
    """Write every record and the receipt; return the outcome of each event, in the order of the batch.

    If the store is unavailable, the whole batch waits. A batch that can never be written is bisected until the failing
    event is alone; the other events are stored.
    """
    start = time.perf_counter()
    files = _files(batch, services)
    try:
        message = f"Store {len(batch)} event{'s' if len(batch) != 1 else ''}"
        changed = bool(files) and write_files(files, message, services, sleep)
    except PermanentError as error:
        return _bisect_batch(batch, error, services, sleep)
    except Unavailable as error:
        _log(services, "warning", StoreOutcome.WAITING, start, events=len(batch), reason=str(error))
        return [_without_store(item, error) for item in batch]
    _log(services, "info", StoreOutcome.STORED, start, events=len(batch), files=len(files), changed=changed)
    return [_with_store(item) for item in batch]


def write_files(
    files: Mapping[str, bytes], message: str, services: WorkerServices, sleep: Callable[[float], object] = time.sleep
) -> bool:
    """Write the files in one write and return whether any was new or different; a Conflict is retried. Raises as the store does."""
    retries = services.settings.conflict_retries
    for attempt in range(retries + 1):
        try:
            return _write_in_time(files, message, services)
        except Conflict as error:
            if attempt == retries:
                raise
            services.log("info", "store", StoreOutcome.CONFLICT, attempt=attempt + 1, reason=str(error))
            pause = _PAUSE * 2**attempt * random.uniform(0.5, 1.5)  # noqa: S311 (jitter, not a secret)
            if pause >= services.seconds_left():
                raise
            sleep(pause)
    raise AssertionError("unreachable: the last attempt returns or raises")


def _write_in_time(files: Mapping[str, bytes], message: str, services: WorkerServices) -> bool:
    """Write in time or raise Unavailable. The store may still finish the write, which the next attempt then repeats."""

    def write() -> bool:
        with deadline.within(services.seconds_left):
            return services.store.write(files, message)

    try:
        return deadline.run_until(write, services.seconds_left, "the store")
    except OutOfTime as error:  # of the store, not of an event
        raise Unavailable(str(error), error.retry_after) from None


def _files(batch: Sequence[Collected], services: WorkerServices) -> dict[str, bytes]:
    root = services.settings.root
    # A batch is worked in any order; of one fact in several events, the one that was received last is stored.
    ordered = sorted(batch, key=lambda collected: (collected.event.received_at, collected.event.delivery_id))
    files: dict[str, bytes] = {}
    for record in (record for collected in ordered for record in collected.records):
        path = root + record.path
        files[path] = keep_known(path, files.get(path), to_line(plain(record.event)))
    folder = f"{root}{RECEIPTS}/{day_of(services.now())}"
    own = {name: item for item in batch if (name := _canary(item)) is not None}
    files |= {f"{folder}/{name}": b"".join(map(to_line, _receipt([item]))) for name, item in own.items()}
    others = [item for item in batch if _canary(item) is None]
    receipt = b"".join(
        sorted(to_line(line) for line in _receipt(others))
    )  # the same bytes in whatever order the events came
    if receipt:
        files[f"{folder}/{_digest(receipt)}.jsonl"] = receipt
    return files


def _canary(collected: Collected) -> str | None:
    """Return the file name of a canary's receipt; None if the event is not a canary."""
    return receipt_of(collected.event.payload) if collected.event.trigger_event_signature == CANARY else None


def _receipt(batch: Iterable[Collected]) -> Iterable[Json]:
    for collected in batch:
        outcome = _with_store(collected)
        if outcome.result in RETRIED and not collected.records:
            continue  # not processed yet
        line = {
            "delivery_id": collected.event.delivery_id,
            "trigger_event_signature": collected.event.trigger_event_signature,
            "received_at": collected.event.received_at,
            "collected_by": collected.event.collected_by,
            "outcome": outcome.result,
            "records": [record.event.id for record in collected.records],
        }
        if collected.event.trigger_event_signature.startswith("github::"):
            line |= identifying(collected.event.payload)
        yield line if outcome.reason is None else {**line, "reason": outcome.reason}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _with_store(collected: Collected) -> Outcome:
    """Return the outcome of an event whose records are durable."""
    records = len(collected.records)
    failure = collected.failure
    if failure is None:
        return Outcome(
            collected.event,
            EventResult.SKIPPED if collected.skipped else EventResult.STORED,
            records,
            collected.skipped,
        )
    if isinstance(failure, TransientReadError):
        return Outcome(collected.event, EventResult.READ_AGAIN, records, str(failure), failure.retry_after)
    if isinstance(failure, Unavailable):
        late = isinstance(failure, OutOfTime)
        return Outcome(
            collected.event, EventResult.WAITING, records, str(failure), failure.retry_after, out_of_time=late
        )
    return Outcome(collected.event, EventResult.FAILED, records, str(failure))


def _without_store(collected: Collected, error: Unavailable) -> Outcome:
    """Return the outcome of an event while the store is unavailable: a permanent failure does not wait for the store."""
    if isinstance(collected.failure, PermanentError) and not collected.records:
        return Outcome(collected.event, EventResult.FAILED, 0, str(collected.failure))
    if isinstance(collected.failure, TransientReadError):
        return Outcome(
            collected.event, EventResult.READ_AGAIN, 0, str(collected.failure), collected.failure.retry_after
        )
    if isinstance(collected.failure, OutOfTime):
        return Outcome(collected.event, EventResult.WAITING, 0, str(collected.failure), out_of_time=True)
    return Outcome(collected.event, EventResult.WAITING, 0, str(error), error.retry_after)


def _bisect_batch(
    batch: Sequence[Collected], error: TelemetryError, services: WorkerServices, sleep: Callable[[float], object]
) -> list[Outcome]:
    if len(batch) == 1:
        services.log("warning", "store", StoreOutcome.FAILED, delivery=batch[0].event.delivery_id, reason=str(error))
        return [Outcome(batch[0].event, EventResult.FAILED, 0, str(error))]
    middle = len(batch) // 2
    return [*store_data(batch[:middle], services, sleep), *store_data(batch[middle:], services, sleep)]


def _log(services: WorkerServices, level: Level, outcome: StoreOutcome, start: float, **fields: str | int) -> None:
    services.log(level, "store", outcome, ms=milliseconds_since(start), **fields)
