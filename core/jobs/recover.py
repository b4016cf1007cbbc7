"""recover: finds deliveries that our webhook did not accept, pulls their payloads from GitHub, and processes them.

GitHub never redelivers automatically, and keeps deliveries for three days. Pulled events are processed in this process, not
through the queue: so recovery works while our endpoint is down, and for bodies that no platform accepts.
https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from core.add_signature import add_signature
from core.collect_metrics import FIRST_READS
from core.errors import BadRequest, NotFound, PermanentError, RetryableError
from core.events import RECOVERY, SignedTriggerEvent, TriggerEvent
from core.github.webhooks import Hook, payload
from core.handler import process
from core.job import Job, Report
from core.jobs._delivery_scan import RecoverOutcome, scan
from core.jobs._recovery_cursor import Failed, read, write
from core.jobs._webhook_walk import walk
from core.receipts import RETRIED, EventResult
from core.services import JobServices

_RESERVE = 30.0
"""Seconds before the time limit at which no further batch begins."""
_SHARE = 0.25
"""Share of the hour's requests to GitHub that is reserved for live events."""
_AT_ONCE = 50
"""Deliveries in one write."""
_MOST_LOST = 1000
"""Maximum number of lost deliveries in the cursor."""


class _Pulled(NamedTuple):
    failed: Failed
    event: SignedTriggerEvent


def run(services: JobServices) -> Report:
    """Recover every webhook of ours; one that cannot be read does not affect the others. `done` counts deliveries."""
    return walk(services, JOB.name, lambda hook: _recover(hook, services))


def _recover(hook: Hook, services: JobServices) -> Report:
    before, raw = read(hook, services)
    cursor, complete = scan(before, hook, services, lambda: _may_go_on(hook, services))
    if cursor != before:
        raw = write(cursor, raw, hook, services)
    done = 0
    while cursor.pending and _may_go_on(hook, services):
        batch, rest = cursor.pending[:_AT_ONCE], cursor.pending[_AT_ONCE:]
        again, lost = _process_batch(batch, hook, services)
        done += len(batch) - len(again) - len(lost)
        cursor = cursor._replace(pending=(*rest, *again), lost=(*cursor.lost, *lost)[-_MOST_LOST:])
        raw = write(cursor, raw, hook, services)
        if len(again) == len(batch):  # every event of the batch must be retried: stop for now
            break
    remaining = len(cursor.pending) + (not complete)
    services.log(
        "info",
        "recover",
        RecoverOutcome.SCANNED,
        hook=str(hook.id),
        recovered=done,
        left=remaining,
        lost=len(cursor.lost),
    )
    return Report(done, remaining)


def _process_batch(batch: Sequence[Failed], hook: Hook, services: JobServices) -> tuple[list[Failed], list[Failed]]:
    """Process a batch; return the deliveries to retry, and the lost ones. All others are durable."""
    again: list[Failed] = []
    lost: list[Failed] = []
    pulled: list[_Pulled] = []
    for failed in batch:
        try:
            pulled += _pull_event(failed, hook, services)
        except NotFound as error:
            again_or_lost = again if failed.failed_reads < FIRST_READS else lost
            again_or_lost.append(_failed_again(failed, str(error)))
        except RetryableError as error:
            again.append(failed._replace(reason=str(error)))
        except (PermanentError, BadRequest) as error:
            lost.append(failed._replace(reason=str(error)))
    outcomes = process([item.event for item in pulled], services.worker)
    for item, outcome in zip(pulled, outcomes, strict=True):
        if outcome.result == EventResult.READ_AGAIN:
            again.append(_failed_again(item.failed, outcome.reason or ""))
        elif outcome.result in RETRIED:
            again.append(item.failed._replace(reason=outcome.reason or ""))
        elif outcome.result == EventResult.FAILED:
            lost.append(item.failed._replace(reason=outcome.reason or ""))
    for failed in lost:
        services.log(
            "error", "recover", RecoverOutcome.LOST, delivery=failed.guid, hook=str(hook.id), reason=failed.reason
        )
    return again, lost


def _failed_again(failed: Failed, reason: str) -> Failed:
    return failed._replace(reason=reason, failed_reads=failed.failed_reads + 1)


def _pull_event(failed: Failed, hook: Hook, services: JobServices) -> Iterator[_Pulled]:
    """Yield the event if a metric listens to it."""
    body = payload(services.github, hook, failed.id)
    event = add_signature(TriggerEvent("github", failed.event, failed.guid, services.now(), body, RECOVERY))
    if event is not None:
        yield _Pulled(failed, event._replace(failed_reads=failed.failed_reads))


def _may_go_on(hook: Hook, services: JobServices) -> bool:
    return services.seconds_left() >= _RESERVE and services.github.budget(hook.path) >= _SHARE


JOB = Job("recover", run)
