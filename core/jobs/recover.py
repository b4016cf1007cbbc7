"""recover: finds the deliveries that our side did not take, pulls their payloads from GitHub, and processes them.

GitHub never redelivers by itself, and keeps deliveries for three days. What is pulled goes through the second half of the
pipeline in this very process, not through the queue: so it works while our endpoint is down, and for bodies that no
platform takes. https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from core.add_signature import add_signature
from core.errors import BadRequest, Later, Permanent, TelemetryError
from core.events import SignedTriggerEvent, TriggerEvent
from core.handler import process
from core.hooks import Hook, deliveries, of_ours, payload
from core.job import Job, Report
from core.jobs._recovery_cursor import Cursor, Failed, OtherCopy, read, write
from core.metrics import events_of_github
from core.services import Scheduling
from core.store_data import FAILED, READ_AGAIN, WAITING

_RESERVE = 30.0
"""Seconds before the end at which nothing further is begun."""
_SHARE = 0.25
"""Of the hour's requests to GitHub, what is left to live events."""
_AT_ONCE = 50
"""Deliveries in one write."""
_MOST_LOST = 1000
"""That the cursor remembers."""


class _Pulled(NamedTuple):
    failed: Failed
    event: SignedTriggerEvent


class _OutOfTime(Exception):
    """Or out of budget: the next run goes on."""


def run(services: Scheduling) -> Report:
    """Every webhook that is ours; one that cannot be looked at costs the others nothing. `done` counts deliveries."""
    done = left = 0
    for owner in services.settings.hook_owners:
        try:
            for hook in of_ours(services.github, owner, services.settings):
                report = _recover(hook, services)
                done, left = done + report.done, left + report.left
        except OtherCopy:
            raise
        except TelemetryError as error:
            left += 1
            services.log("warning", "job", "not-looked-at", job=JOB.name, reason=f"webhooks of {owner}: {error}")
    return Report(done, left)


def _recover(hook: Hook, services: Scheduling) -> Report:
    cursor, raw = read(hook, services)
    before = cursor
    try:
        cursor = _looked_back(cursor, hook, services)
    except _Cut as cut:
        cursor = cut.cursor
    if cursor != before:
        raw = write(cursor, raw, hook, services)
    done = 0
    while cursor.pending and _may_go_on(hook, services):
        batch, rest = cursor.pending[:_AT_ONCE], cursor.pending[_AT_ONCE:]
        again, lost = _worked(batch, hook, services)
        done += len(batch) - len(again) - len(lost)
        cursor = cursor._replace(pending=(*rest, *again), lost=(*cursor.lost, *lost)[-_MOST_LOST:])
        raw = write(cursor, raw, hook, services)
        if len(again) == len(batch):  # nothing works just now
            break
    left = len(cursor.pending) + (cursor.following is not None)
    services.log("info", "recover", "looked", hook=str(hook.id), recovered=done, left=left, lost=len(cursor.lost))
    return Report(done, left)


class _Cut(_OutOfTime):
    def __init__(self, cursor: Cursor) -> None:
        super().__init__()
        self.cursor = cursor


def _looked_back(cursor: Cursor, hook: Hook, services: Scheduling) -> Cursor:
    """The cursor moved to the newest delivery, the failed ones since then pending, the oldest first. Raises _Cut."""
    if cursor.following is not None:
        try:
            cursor = _looked(cursor, cursor.following, hook, services)
        except Permanent as error:  # it is no longer on the list: everything that still is will be looked at
            services.log("warning", "recover", "cursor-gone", hook=str(hook.id), reason=str(error))
            cursor = cursor._replace(newest=0, following=None)
    return _looked(cursor, None, hook, services)


def _looked(cursor: Cursor, start: dict[str, str] | None, hook: Hook, services: Scheduling) -> Cursor:
    newest, failed, taken = (cursor.newest if start else 0), dict[str, Failed](), set[str]()
    for page in deliveries(services.github, hook, start):
        newest = max(newest, *(each.id for each in page.deliveries), 0, 0)
        unseen = [each for each in page.deliveries if each.id > cursor.through]
        for each in unseen:
            if each.accepted:
                taken.add(each.guid)
            elif each.event in events_of_github():
                failed.setdefault(each.guid, Failed(each.id, each.guid, each.event, each.delivered_at))
        if len(unseen) < len(page.deliveries) or page.following is None:
            break
        if not _may_go_on(hook, services):
            pending = _merged(cursor, failed, taken)
            raise _Cut(cursor._replace(pending=pending, newest=newest, following=dict(page.following)))
    pending = _merged(cursor, failed, taken)
    return cursor._replace(through=max(newest, cursor.through), pending=pending, newest=0, following=None)


def _merged(cursor: Cursor, failed: dict[str, Failed], taken: set[str]) -> tuple[Failed, ...]:
    """Each event once, the oldest first, but for those that were taken in another attempt."""
    known = {each.guid: each for each in cursor.pending} | failed
    return tuple(sorted((each for guid, each in known.items() if guid not in taken), key=lambda each: each.id))


def _worked(batch: Sequence[Failed], hook: Hook, services: Scheduling) -> tuple[list[Failed], list[Failed]]:
    """What must be tried again, and what is lost; everything else is durable."""
    again: list[Failed] = []
    lost: list[Failed] = []
    pulled: list[_Pulled] = []
    for failed in batch:
        try:
            pulled += _pulled(failed, hook, services)
        except Later as error:
            again.append(failed._replace(reason=str(error)))
        except (Permanent, BadRequest) as error:
            lost.append(failed._replace(reason=str(error)))
    outcomes = process([each.event for each in pulled], services.processing)
    for each, outcome in zip(pulled, outcomes, strict=True):
        if outcome.result in (READ_AGAIN, WAITING):
            again.append(each.failed._replace(reason=outcome.reason or ""))
        elif outcome.result == FAILED:
            lost.append(each.failed._replace(reason=outcome.reason or ""))
    for failed in lost:
        services.log("error", "recover", "lost", delivery=failed.guid, hook=str(hook.id), reason=failed.reason)
    return again, lost


def _pulled(failed: Failed, hook: Hook, services: Scheduling) -> Iterator[_Pulled]:
    """The event, if it is one that some metric listens to."""
    told = payload(services.github, hook, failed.id)
    event = add_signature(TriggerEvent("github", failed.event, failed.guid, services.now(), told, "recovery"))
    if event is not None:
        yield _Pulled(failed, event)


def _may_go_on(hook: Hook, services: Scheduling) -> bool:
    return services.seconds_left() >= _RESERVE and services.github.budget(hook.path) >= _SHARE


JOB = Job("recover", run)
