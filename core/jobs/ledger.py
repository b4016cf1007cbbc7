"""ledger: writes once a day, for each webhook, what GitHub sent and how each delivery was processed.

It covers all of yesterday, and of the day before the deliveries that were missing then. A delivery that is missing for
longer than a day makes the run fail, and so raises the alarm.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from functools import cache, partial
from typing import NamedTuple

from core.add_signature import add_signature
from core.errors import TransientReadError
from core.events import TriggerEvent
from core.github.webhooks import Delivery, Hook, deliveries, payload
from core.job import Job, Report
from core.jobs._delivery_scan import OVERLAP
from core.jobs._recovery_cursor import read
from core.jobs._webhook_walk import walk
from core.ledger import Day, Missing, day, update_day
from core.metrics import events_of_github
from core.payload import DAY, Json, day_of, parse_json
from core.receipts import Receipt, Receipts, parse, payload_digest
from core.record_file import LEDGER, RECEIPTS
from core.services import JobServices

OfDay = Callable[[str], "Lines"]
"""Returns the receipts of a day."""
DigestOf = Callable[[Delivery], str]
_READERS = 8
"""Concurrent reads of receipts: a data repository takes a request for each."""

MOST_COMPARED = 100
"""Maximum number of deliveries whose payload a run requests from GitHub because their receipt is doubtful."""

Lines = list[tuple[str, Receipt]]
"""Delivery ids and receipts."""


class LedgerOutcome(StrEnum):
    """The outcome of writing a day, or of reading a receipt or a delivery for it; in the log."""

    WRITTEN = "written"
    MISSING = "missing"
    RECEIPT_UNREADABLE = "receipt-unreadable"


class _LedgerDay(NamedTuple):
    """A day, and GitHub's last attempt of each missing delivery, by guid."""

    day: Day
    listed: dict[str, Delivery]


def run(services: JobServices) -> Report:
    """Write the ledger of every webhook of ours; one that cannot be read does not affect the others. `done` counts files."""
    today, yesterday, before = (str(day_of(services.now() - back * DAY)) for back in range(3))
    compared = iter(range(MOST_COMPARED))

    @cache
    def receipts_of_day(date: str) -> Lines:
        return _receipts(date, services)

    def write_days(hook: Hook) -> Report:
        digest_of = partial(_digest, hook=hook, services=services, compared=compared)
        updated = _update_yesterday(hook, before, [yesterday, today], receipts_of_day, services, digest_of)
        ledger_day = _ledger_day_of(hook, yesterday, [yesterday, today], receipts_of_day, services, digest_of)
        _write(hook, yesterday, ledger_day, services)
        return Report(2, len(updated.missing))

    return walk(services, JOB.name, write_days)


def path_of(hook: str, date: str, services: JobServices) -> str:
    """Return the path of a day's file."""
    return f"{_root(services)}{LEDGER}/{date}/{hook}.json"


def _update_yesterday(
    hook: Hook, date: str, later: list[str], receipts_of_day: OfDay, services: JobServices, digest_of: DigestOf
) -> Day:
    """Return a day that was written yesterday, with the receipts since; if it was not written, compute it now."""
    known = _read(services.store.read(path_of(hook.key, date, services)))
    if known is None:
        ledger_day = _ledger_day_of(hook, date, [date, *later], receipts_of_day, services, digest_of)
    elif not known.day.missing:
        return known.day
    else:
        attempts = {guid: [delivery] for guid, delivery in known.listed.items()}
        receipts, doubts = _match_receipts(attempts, later, receipts_of_day, digest_of)
        ledger_day = _LedgerDay(update_day(known.day, receipts, doubts | _lost(hook, services)), known.listed)
    _write(hook, date, ledger_day, services)
    return ledger_day.day


def _ledger_day_of(
    hook: Hook, date: str, days: list[str], receipts_of_day: OfDay, services: JobServices, digest_of: DigestOf
) -> _LedgerDay:
    attempts: dict[str, list[Delivery]] = {}
    for delivery in _since(hook, date, services):
        if day_of(delivery.delivered_at) == date:
            attempts.setdefault(delivery.guid, []).append(delivery)
    receipts, doubts = _match_receipts(attempts, days, receipts_of_day, digest_of)
    own = [delivery for tries in attempts.values() for delivery in tries]
    counted = day(own, receipts, frozenset(events_of_github()), doubts | _lost(hook, services))
    last = {guid: max(tries, key=lambda attempt: attempt.id) for guid, tries in attempts.items()}
    return _LedgerDay(counted, {missing.guid: last[missing.guid] for missing in counted.missing})


def _match_receipts(
    attempts: dict[str, list[Delivery]], days: list[str], receipts_of_day: OfDay, digest_of: DigestOf
) -> tuple[dict[str, Receipt], dict[str, str]]:
    """Return the receipts that count, and why others do not, by guid."""
    receipts = Receipts(line for date in days for line in receipts_of_day(date))
    matched = {guid: receipts.of(tries, digest_of) for guid, tries in attempts.items()}
    counting = {guid: receipt for guid, (receipt, _) in matched.items() if receipt is not None}
    return counting, {guid: doubt for guid, (_, doubt) in matched.items() if doubt}


def _digest(delivery: Delivery, hook: Hook, services: JobServices, compared: Iterator[int]) -> str:
    """Return the digest of the payload that GitHub returns for a delivery. Raises TelemetryError."""
    if next(compared, None) is None:
        raise TransientReadError(f"a run compares {MOST_COMPARED} at most")
    body = payload(services.github, hook, delivery.id)
    event = add_signature(TriggerEvent("github", delivery.event, delivery.guid, services.now(), body))
    return payload_digest(event.payload) if event else ""


def _lost(hook: Hook, services: JobServices) -> dict[str, str]:
    """Return why deliveries were not recovered, by guid."""
    cursor, _ = read(hook, services)
    waiting = {failed.guid: f"not recovered yet: {failed.reason}" for failed in cursor.pending if failed.reason}
    return waiting | {failed.guid: f"lost: {failed.reason}" for failed in cursor.lost}


def _write(hook: Hook, date: str, ledger_day: _LedgerDay, services: JobServices) -> None:
    line = {"hook": hook.id, "owner": hook.owner.name, "day": date, **ledger_day.day._asdict()}
    line["missing"] = [_missing(missing, ledger_day.listed) for missing in ledger_day.day.missing]
    content = (json.dumps(line, separators=(",", ":")) + "\n").encode()
    services.store.write({path_of(hook.key, date, services): content}, f"Ledger of {date}")
    for missing in ledger_day.day.missing[:20]:
        services.log(
            "warning", "ledger", LedgerOutcome.MISSING, delivery=missing.guid, hook=str(hook.id), reason=missing.reason
        )
    counts = {"sent": ledger_day.day.sent, "left": len(ledger_day.day.missing)}
    services.log("info", "ledger", LedgerOutcome.WRITTEN, hook=str(hook.id), day=date, **counts)


def _missing(missing: Missing, listed: dict[str, Delivery]) -> Json:
    """Return a missing delivery with the fields that GitHub lists, which a later receipt must match."""
    return {**missing._asdict(), **{name: getattr(listed[missing.guid], name) for name in _LISTED}}


_LISTED = ("delivered_at", "action", "repository_id")


def _read(content: bytes | None) -> _LedgerDay | None:
    """Parse a day's file; return None if it is absent or invalid."""
    try:
        fields = parse_json(content or b"")
        counts = {name: int(fields[name]) for name in Day._fields if name != "missing"}
        missing = tuple(Missing(*(item[name] for name in Missing._fields)) for item in fields["missing"])
        listed = {
            item["guid"]: Delivery(
                item["delivery_id"],
                item["guid"],
                item["event"],
                item["status_code"],
                item.get("delivered_at", 0),
                item.get("action"),
                item.get("repository_id"),
            )
            for item in fields["missing"]
        }
        return _LedgerDay(Day(**counts, missing=missing), listed)
    except (ValueError, TypeError, KeyError):
        return None


def _since(hook: Hook, first: str, services: JobServices) -> Iterator[Delivery]:
    """Yield deliveries newest first, until half of a page is older than the first day less an overlap.

    The list may be out of order.
    """
    for page in deliveries(services.github, hook):
        yield from page.deliveries
        older = sum(str(day_of(delivery.delivered_at + OVERLAP)) < first for delivery in page.deliveries)
        if older and 2 * older >= len(page.deliveries):
            return


def _receipts(date: str, services: JobServices) -> Lines:
    lines: Lines = []
    with ThreadPoolExecutor(_READERS) as readers:
        for content in readers.map(services.store.read, services.store.list(f"{_root(services)}{RECEIPTS}/{date}/")):
            for line in (content or b"").splitlines():
                try:
                    lines.append(parse(parse_json(line)))
                except (ValueError, TypeError, KeyError):
                    services.log("warning", "ledger", LedgerOutcome.RECEIPT_UNREADABLE, day=date)
    return lines


def _root(services: JobServices) -> str:
    return f"{services.settings.repo_path}/" if services.settings.repo_path else ""


JOB = Job("ledger", run)
