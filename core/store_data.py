"""Records to files to the Store, in one write for many events; and a receipt beside them that says so.

A receipt is `_system/receipts/DAY/BATCH.jsonl`, a line for each event that came to something. BATCH is a hash of
its lines: a batch that is worked again after a crash writes the same file again, and so changes nothing. A canary's line is
a file of its own, named after when it was sent.
"""

import hashlib
import json
import random
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from core import deadline
from core.add_signature import CANARY
from core.canary import receipt_of
from core.collect_metrics import Collected
from core.errors import Conflict, OutOfTime, PermanentError, TelemetryError, TransientReadError, Unavailable
from core.events import SignedTriggerEvent, plain
from core.log import milliseconds_since
from core.payload import Json, day_of
from core.receipts import identifying
from core.services import WorkerServices

STORED, SKIPPED, READ_AGAIN, WAITING, FAILED = "stored", "skipped", "read-again", "waiting", "failed"
RECEIPTS = "_system/receipts"
_PAUSE = 0.2
"""Seconds before the first retry of a conflict; doubles, with jitter, so that two writers fall out of step."""


class Outcome(NamedTuple):
    """How one event ended, this time."""

    event: SignedTriggerEvent
    result: str
    """STORED or SKIPPED: done. READ_AGAIN, WAITING: later. FAILED: never."""
    records: int = 0
    """How many of its records are now in the store."""
    reason: str | None = None
    retry_after: float | None = None
    """Seconds, if whoever refused said so."""
    out_of_time: bool = False
    """Whether nothing is wrong with it but that the batch had no time for it."""


def store_data(
    batch: Sequence[Collected], services: WorkerServices, sleep: Callable[[float], object] = time.sleep
) -> list[Outcome]:
    """Write every record and the receipt; the outcome of each event, in the order given.

    A store that is out makes the whole batch wait. A batch that can never be written is halved until the event
    at fault stands alone: the others lose nothing.
    """
    start = time.perf_counter()
    files = _files(batch, services)
    try:
        changed = bool(files) and _write(files, len(batch), services, sleep)
    except PermanentError as error:
        return _bisect_batch(batch, error, services, sleep)
    except Unavailable as error:
        _log(services, "warning", "waiting", start, events=len(batch), reason=str(error))
        return [_without_store(each, error) for each in batch]
    _log(services, "info", "stored", start, events=len(batch), files=len(files), changed=changed)
    return [_with_store(each) for each in batch]


def to_json(value: object) -> str:
    """Compact, non-ASCII raw; escaped only where a lone surrogate has no UTF-8."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text


def _write(files: dict[str, bytes], events: int, services: WorkerServices, sleep: Callable[[float], object]) -> bool:
    retries = services.settings.conflict_retries
    for attempt in range(retries + 1):
        try:
            return _write_in_time(files, f"Store {events} event{'s' if events != 1 else ''}", services)
        except Conflict as error:
            if attempt == retries:
                raise
            services.log("info", "store", "conflict", attempt=attempt + 1, reason=str(error))
            pause = _PAUSE * 2**attempt * random.uniform(0.5, 1.5)  # noqa: S311 (jitter, not a secret)
            if pause >= services.seconds_left():
                raise
            sleep(pause)
    raise AssertionError("unreachable: the last attempt returns or raises")


def _write_in_time(files: dict[str, bytes], message: str, services: WorkerServices) -> bool:
    """Write, or raise Unavailable: what the store may still do then is what the next attempt does again."""

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
    files = {root + record.path: _line(plain(record.event)) for collected in ordered for record in collected.records}
    folder = f"{root}{RECEIPTS}/{day_of(services.now())}"
    own = {name: each for each in batch if (name := _canary(each)) is not None}
    files |= {f"{folder}/{name}": b"".join(map(_line, _receipt([each]))) for name, each in own.items()}
    others = [each for each in batch if _canary(each) is None]
    receipt = b"".join(sorted(_line(line) for line in _receipt(others)))  # in whatever order they came
    if receipt:
        files[f"{folder}/{_digest(receipt)}.jsonl"] = receipt
    return files


def _canary(each: Collected) -> str | None:
    """The file of its own that a canary's receipt is."""
    return receipt_of(each.event.payload) if each.event.trigger_event_signature == CANARY else None


def _receipt(batch: Iterable[Collected]) -> Iterable[Json]:
    for each in batch:
        outcome = _with_store(each)
        if outcome.result in (READ_AGAIN, WAITING) and not each.records:
            continue  # nothing has come of it yet
        line = {
            "delivery_id": each.event.delivery_id,
            "trigger_event_signature": each.event.trigger_event_signature,
            "received_at": each.event.received_at,
            "collected_by": each.event.collected_by,
            "outcome": outcome.result,
            "records": [record.event.id for record in each.records],
        }
        if each.event.trigger_event_signature.startswith("github::"):
            line |= identifying(each.event.payload)
        yield line if outcome.reason is None else {**line, "reason": outcome.reason}


def _line(value: object) -> bytes:
    return (to_json(value) + "\n").encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _with_store(each: Collected) -> Outcome:
    """The outcome of an event whose records are durable."""
    records = len(each.records)
    failure = each.failure
    if failure is None:
        return Outcome(each.event, SKIPPED if each.skipped else STORED, records, each.skipped)
    if isinstance(failure, TransientReadError):
        return Outcome(each.event, READ_AGAIN, records, str(failure), failure.retry_after)
    if isinstance(failure, Unavailable):
        late = isinstance(failure, OutOfTime)
        return Outcome(each.event, WAITING, records, str(failure), failure.retry_after, out_of_time=late)
    return Outcome(each.event, FAILED, records, str(failure))


def _without_store(each: Collected, error: Unavailable) -> Outcome:
    """The outcome of an event while the store is out: what can never work need not wait for it."""
    if isinstance(each.failure, PermanentError) and not each.records:
        return Outcome(each.event, FAILED, 0, str(each.failure))
    if isinstance(each.failure, TransientReadError):
        return Outcome(each.event, READ_AGAIN, 0, str(each.failure), each.failure.retry_after)
    if isinstance(each.failure, OutOfTime):
        return Outcome(each.event, WAITING, 0, str(each.failure), out_of_time=True)
    return Outcome(each.event, WAITING, 0, str(error), error.retry_after)


def _bisect_batch(
    batch: Sequence[Collected], error: TelemetryError, services: WorkerServices, sleep: Callable[[float], object]
) -> list[Outcome]:
    if len(batch) == 1:
        services.log("warning", "store", "failed", delivery=batch[0].event.delivery_id, reason=str(error))
        return [Outcome(batch[0].event, FAILED, 0, str(error))]
    middle = len(batch) // 2
    return [*store_data(batch[:middle], services, sleep), *store_data(batch[middle:], services, sleep)]


def _log(services: WorkerServices, level: str, outcome: str, start: float, **told: str | int) -> None:
    services.log(level, "store", outcome, ms=milliseconds_since(start), **told)
