"""Collects the records of a SignedTriggerEvent: every metric that applies, each isolated from the others."""

import threading
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from math import inf
from typing import NamedTuple

from core import deadline
from core.add_signature import CANARY
from core.errors import OutOfTime, PermanentError, TelemetryError, TransientReadError, Unavailable
from core.events import (
    BACKFILL,
    RECOVERY,
    SCHEMA,
    EnhancedTriggerEvent,
    Record,
    SignedTriggerEvent,
    plain,
    repository_of,
)
from core.log import milliseconds_since
from core.metric import MOST_REQUESTS, CollectContext, Metric, applies_to, skip_reason
from core.metrics import listening_to
from core.record_path import key_name, record_path
from core.services import WorkerServices

SIDE_BY_SIDE = 8
"""Events collected concurrently: GitHub advises few concurrent requests, its secondary limit is 100."""
EVENT_SHARE = 0.75
"""Share of a batch's time that one event may take. After that its read counts as failed, which limits the number of retries."""
MOST_VALUES = 500_000
"""Values in the records of a batch, some 100 MB: a usual record has 20, a deployment of 2,500 commits 35,000. The rest of the
batch is retried."""
READS_UNTIL_PARTIAL = 5
"""Failed reads of one event before it is stored with nulls (`networkError`)."""
YOUNG_FOR = 60 * 60_000
"""Milliseconds from the receipt of an event for which a 404 may be one that passes. GitHub sends a webhook before all of its
servers have what it is about: https://github.com/runatlantis/atlantis/issues/1019 and
https://github.com/kubernetes/test-infra/issues/2229"""
FIRST_READS = 2
"""Failed reads until which a 404 may pass whatever the age of the event: it may have waited in the queue."""
BACKFILL_REQUESTS = 200
"""Requests that one event of a backfill may take: its lists are requested once for all events of the repository."""
_WORST_FIRST = (TransientReadError, Unavailable, PermanentError)


Wanted = Callable[[Metric, SignedTriggerEvent], bool]
"""Returns whether a metric that applies to an event is to be collected."""


class CollectOutcome(StrEnum):
    """The outcome of collecting the records of an event, or of a batch that was cut short; in the log."""

    COLLECTED = "collected"
    SKIPPED = "skipped"
    READ_FAILED = "read-failed"
    WAITING = "waiting"
    FAILED = "failed"
    OUT_OF_TIME = "out-of-time"
    TOO_LARGE = "too-large"


class Collected(NamedTuple):
    """The records of one event, and the failure that kept it from having all of them."""

    event: SignedTriggerEvent
    records: tuple[Record, ...] = ()
    failure: TelemetryError | None = None
    skipped: str | None = None
    """Why there is nothing to collect; None if there is something."""


def collect_all(
    events: Sequence[SignedTriggerEvent], services: WorkerServices, wanted: Wanted | None = None
) -> list[Collected]:
    """Collect the records of each event, several events concurrently; OutOfTime for events not collected in time.

    An event that had not begun costs nothing. An event that was being read is abandoned; its requests end at the same
    deadline, unless they hang where Python cannot stop them.
    """
    most, budget = services.seconds_left() * EVENT_SHARE, _ValueBudget()
    tasks = [partial(_collect_in_time, event, services, wanted, most, budget) for event in events]
    results = deadline.run_all(tasks, SIDE_BY_SIDE, services.seconds_left)
    collected = [result or Collected(event, failure=_late()) for event, result in zip(events, results, strict=True)]
    late = sum(isinstance(item.failure, OutOfTime) for item in collected)
    if late:
        services.log("warning", "collect", CollectOutcome.OUT_OF_TIME, events=len(events), left=late)
    return collected


def _late() -> OutOfTime:
    return OutOfTime("it was not collected within the time of the batch")


class _ValueBudget:
    """Counts the values in the records of a batch. Thread-safe."""

    def __init__(self) -> None:
        self._values = 0
        self._lock = threading.Lock()

    def take(self, collected: Collected) -> Collected:
        """Count the values of an event's records, and return the argument."""
        values = sum(_values(record.event.output) for record in collected.records)
        with self._lock:
            self._values += values
        return collected

    @property
    def is_full(self) -> bool:
        """Whether no further event may begin."""
        return self._values > MOST_VALUES


def _values(value: object) -> int:
    if type(value) is dict:
        return 1 + sum(map(_values, value.values()))
    return 1 + sum(map(_values, value)) if type(value) is list else 1


def _collect_in_time(
    event: SignedTriggerEvent, services: WorkerServices, wanted: Wanted | None, most: float, budget: _ValueBudget
) -> Collected:
    if budget.is_full:
        return Collected(event, failure=OutOfTime("the records of the batch are too large for another"))
    return budget.take(_collect_within_share(event, services, wanted, most))


def _collect_within_share(
    event: SignedTriggerEvent, services: WorkerServices, wanted: Wanted | None, most: float
) -> Collected:
    if most == inf:
        return collect_metrics(event, services, wanted)
    begun = services.seconds_left()
    with (
        deadline.within(services.seconds_left),
        deadline.within(lambda: most - (begun - services.seconds_left()), TransientReadError),
    ):
        return collect_metrics(event, services, wanted)


def collect_metrics(event: SignedTriggerEvent, services: WorkerServices, wanted: Wanted | None = None) -> Collected:
    """Collect the records of every metric that applies (and is wanted); the failure of one does not affect the others."""
    start = time.perf_counter()
    results = [_collect_isolated(metric, event, services, wanted) for metric in listening_to(event)]
    records = tuple(result for result in results if isinstance(result, Record))
    failures = [result for result in results if isinstance(result, TelemetryError)]
    failure = next((f for kind in _WORST_FIRST for f in failures if isinstance(f, kind)), None)
    skipped = None if records or failure else _nothing(event)
    outcome = _outcome(failure, skipped)
    services.log(
        "info" if failure is None else "warning",
        "collect",
        outcome,
        delivery=event.delivery_id,
        signature=event.trigger_event_signature,
        records=len(records),
        reason="; ".join(str(f) for f in failures) or skipped,
        ms=milliseconds_since(start),
    )
    return Collected(event, records, _join_reasons(failure, failures), skipped)


def _nothing(event: SignedTriggerEvent) -> str:
    if event.trigger_event_signature == CANARY:
        return "the canary: it makes no record"
    return skip_reason(listening_to(event), event)


def _outcome(failure: TelemetryError | None, skipped: str | None) -> CollectOutcome:
    if failure is None:
        return CollectOutcome.SKIPPED if skipped else CollectOutcome.COLLECTED
    kinds = {TransientReadError: CollectOutcome.READ_FAILED, PermanentError: CollectOutcome.FAILED}
    return kinds.get(type(failure), CollectOutcome.WAITING)


def _join_reasons(failure: TelemetryError | None, failures: Sequence[TelemetryError]) -> TelemetryError | None:
    """Join the reasons of all metrics, so that a dead letter names every failure and not only the first."""
    if isinstance(failure, PermanentError):
        return PermanentError("; ".join(str(error) for error in failures))
    return failure


def _collect_isolated(
    metric: Metric, event: SignedTriggerEvent, services: WorkerServices, wanted: Wanted | None
) -> Record | TelemetryError | None:
    try:
        if not applies_to(metric, event, services.settings) or (wanted is not None and not wanted(metric, event)):
            return None
        return collect(metric, event, services)
    except PermanentError as error:
        return PermanentError(f"{metric.name}: {error}")
    except (TransientReadError, Unavailable) as error:
        return error
    except Exception as error:  # noqa: BLE001 (a bug in one metric must not cost its siblings; the type says enough)
        return PermanentError(f"{metric.name}: unexpected {type(error).__name__}")


def is_young(event: SignedTriggerEvent, now: int) -> bool:
    """Return whether a 404 may pass, so that it counts as a failed read; `now` is in UNIX ms.

    An event of a backfill is never young. One of a recovery is received long after its webhook: only its reads count. At the
    last try a 404 is final, so that it never becomes nulls.
    """
    if event.collected_by == BACKFILL:
        return False
    if event.failed_reads < FIRST_READS:
        return True
    in_time = event.collected_by != RECOVERY and now - event.received_at < YOUNG_FOR
    return in_time and event.failed_reads + 1 < READS_UNTIL_PARTIAL


def collect(metric: Metric, event: SignedTriggerEvent, services: WorkerServices) -> Record:
    """Collect one metric's record of an event that it applies to. Raises as the metric's collector does."""
    repository = repository_of(event)
    last_try = event.failed_reads + 1 >= READS_UNTIL_PARTIAL
    context = CollectContext(
        services.github,
        services.settings,
        last_try=last_try,
        is_young=is_young(event, services.now()),
        most_requests=BACKFILL_REQUESTS if event.collected_by == BACKFILL else MOST_REQUESTS,
    )
    output = plain(metric.collect(event, context))
    key = metric.key(event)
    name = key_name(key)
    status = "networkError" if context.read_failed else "success"
    record = EnhancedTriggerEvent(
        created_at=event.received_at,
        owner=repository.owner,
        repo=repository.name,
        trigger_event_signature=event.trigger_event_signature,
        metric_signature=metric.name,
        status=status,
        output=output,
        id=f"{repository.owner}/{repository.name}/{metric.name}/{name}",
        repository_id=repository.id,
        github_host=event.github_host or services.settings.github_host,
        schema=SCHEMA,
        delivery_id=event.delivery_id,
        collected_by=event.collected_by,
        anomalies=context.anomalies,
    )
    return Record(record_path(repository, metric.name, key, partial=context.read_failed), record)
