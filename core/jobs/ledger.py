"""ledger: once a day, what GitHub sent to each of our webhooks, and what became of it, as a file a day and webhook.

Yesterday whole, and of the day before what was missing then: what came late is settled a day after. What is missing for
longer than a day makes the run no success, and so raises the alarm.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import NamedTuple

from core.add_signature import add_signature
from core.errors import TelemetryError, TransientReadError
from core.events import TriggerEvent
from core.github.webhooks import Delivery, Hook, deliveries, find_own_webhooks, payload
from core.job import Job, Report
from core.jobs._delivery_scan import OVERLAP
from core.jobs._recovery_cursor import read
from core.ledger import Day, Missing, day, settled
from core.metrics import events_of_github
from core.payload import Json, day_of, parse_json
from core.receipts import Receipt, Receipts, parse, payload_digest
from core.services import JobServices
from core.store_data import RECEIPTS

OfDay = Callable[[str], "Lines"]
"""The receipts of a day."""
DigestOf = Callable[[Delivery], str]
LEDGER = "_system/ledger"
_DAY = 86_400_000
_READERS = 8
"""Receipts that are read at once: a data repository takes a request for each."""

MOST_COMPARED = 100
"""Deliveries whose payload a run asks GitHub for, because their receipt is in doubt."""

Lines = list[tuple[str, Receipt]]
"""Delivery ids and receipts."""


class _Found(NamedTuple):
    """A day, and GitHub's last attempt at each delivery that is missing, by guid."""

    day: Day
    listed: dict[str, Delivery]


def run(services: JobServices) -> Report:
    """Every webhook that is ours; one that cannot be looked at costs the others nothing. `done` counts files."""
    today, yesterday, before = (str(day_of(services.now() - back * _DAY)) for back in range(3))
    compared = iter(range(MOST_COMPARED))

    @cache
    def of_day(told: str) -> Lines:
        return _receipts(told, services)

    done = left = 0
    for owner in services.settings.hook_owners:
        try:
            for hook in find_own_webhooks(services.github, owner, services.settings):
                digest_of = partial(_digest, hook=hook, services=services, compared=compared)
                left += len(_settled(hook, before, [yesterday, today], of_day, services, digest_of).missing)
                found = _whole(hook, yesterday, [yesterday, today], of_day, services, digest_of)
                _write(hook, yesterday, found, services)
                done += 2
        except TelemetryError as error:
            left += 1
            services.log("warning", "job", "not-looked-at", job=JOB.name, reason=f"webhooks of {owner}: {error}")
    return Report(done, left)


def path_of(hook: str, of_day: str, services: JobServices) -> str:
    """Where a day's file is."""
    return f"{_root(services)}{LEDGER}/{of_day}/{hook}.json"


def _settled(hook: Hook, told: str, later: list[str], of_day: OfDay, services: JobServices, digest_of: DigestOf) -> Day:
    """A day that was looked at a day ago: receipts of its own day have been read then. Else it is looked at now."""
    known = _read(services.store.read(path_of(hook.key, told, services)))
    if known is None:
        found = _whole(hook, told, [told, *later], of_day, services, digest_of)
    elif not known.day.missing:
        return known.day
    else:
        attempts = {guid: [delivery] for guid, delivery in known.listed.items()}
        receipts, doubts = _matched(attempts, later, of_day, digest_of)
        found = _Found(settled(known.day, receipts, doubts | _lost(hook, services)), known.listed)
    _write(hook, told, found, services)
    return found.day


def _whole(hook: Hook, told: str, days: list[str], of_day: OfDay, services: JobServices, digest_of: DigestOf) -> _Found:
    attempts: dict[str, list[Delivery]] = {}
    for each in _since(hook, told, services):
        if day_of(each.delivered_at) == told:
            attempts.setdefault(each.guid, []).append(each)
    receipts, doubts = _matched(attempts, days, of_day, digest_of)
    own = [each for tries in attempts.values() for each in tries]
    found = day(own, receipts, frozenset(events_of_github()), doubts | _lost(hook, services))
    last = {guid: max(tries, key=lambda attempt: attempt.id) for guid, tries in attempts.items()}
    return _Found(found, {each.guid: last[each.guid] for each in found.missing})


def _matched(
    attempts: dict[str, list[Delivery]], days: list[str], of_day: OfDay, digest_of: DigestOf
) -> tuple[dict[str, Receipt], dict[str, str]]:
    """The receipts that count, and why others do not, by guid."""
    receipts = Receipts(line for told in days for line in of_day(told))
    matched = {guid: receipts.of(tries, digest_of) for guid, tries in attempts.items()}
    counting = {guid: receipt for guid, (receipt, _) in matched.items() if receipt is not None}
    return counting, {guid: doubt for guid, (_, doubt) in matched.items() if doubt}


def _digest(delivery: Delivery, hook: Hook, services: JobServices, compared: Iterator[int]) -> str:
    """The digest of the payload that GitHub returns for a delivery; raises TelemetryError."""
    if next(compared, None) is None:
        raise TransientReadError(f"a run compares {MOST_COMPARED} at most")
    told = payload(services.github, hook, delivery.id)
    event = add_signature(TriggerEvent("github", delivery.event, delivery.guid, services.now(), told))
    return payload_digest(event.payload) if event else ""


def _lost(hook: Hook, services: JobServices) -> dict[str, str]:
    """Why recovery has not recovered a delivery, by its guid."""
    cursor, _ = read(hook, services)
    waiting = {each.guid: f"not recovered yet: {each.reason}" for each in cursor.pending if each.reason}
    return waiting | {each.guid: f"lost: {each.reason}" for each in cursor.lost}


def _write(hook: Hook, of_day: str, found: _Found, services: JobServices) -> None:
    line = {"hook": hook.id, "owner": hook.owner.name, "day": of_day, **found.day._asdict()}
    line["missing"] = [_missing(each, found.listed) for each in found.day.missing]
    content = (json.dumps(line, separators=(",", ":")) + "\n").encode()
    services.store.write({path_of(hook.key, of_day, services): content}, f"Ledger of {of_day}")
    for gone in found.day.missing[:20]:
        services.log("warning", "ledger", "missing", delivery=gone.guid, hook=str(hook.id), reason=gone.reason)
    counts = {"sent": found.day.sent, "left": len(found.day.missing)}
    services.log("info", "ledger", "written", hook=str(hook.id), day=of_day, **counts)


def _missing(missing: Missing, listed: dict[str, Delivery]) -> Json:
    """What is missing, with what GitHub lists of it: a receipt that comes later must fit that."""
    return {**missing._asdict(), **{name: getattr(listed[missing.guid], name) for name in _LISTED}}


_LISTED = ("delivered_at", "action", "repository_id")


def _read(content: bytes | None) -> _Found | None:
    """A day as it was written; None where it was not, or is none."""
    try:
        told = parse_json(content or b"")
        counts = {name: int(told[name]) for name in Day._fields if name != "missing"}
        missing = tuple(Missing(*(each[name] for name in Missing._fields)) for each in told["missing"])
        listed = {
            each["guid"]: Delivery(
                each["delivery_id"],
                each["guid"],
                each["event"],
                each["status_code"],
                each.get("delivered_at", 0),
                each.get("action"),
                each.get("repository_id"),
            )
            for each in told["missing"]
        }
        return _Found(Day(**counts, missing=missing), listed)
    except (ValueError, TypeError, KeyError):
        return None


def _since(hook: Hook, first: str, services: JobServices) -> Iterator[Delivery]:
    """Back in time, until half of a page is older than the first day and an overlap: the list may be out of order."""
    for page in deliveries(services.github, hook):
        yield from page.deliveries
        older = sum(str(day_of(each.delivered_at + OVERLAP)) < first for each in page.deliveries)
        if older and 2 * older >= len(page.deliveries):
            return


def _receipts(of_day: str, services: JobServices) -> Lines:
    found: Lines = []
    with ThreadPoolExecutor(_READERS) as readers:
        for content in readers.map(services.store.read, services.store.list(f"{_root(services)}{RECEIPTS}/{of_day}/")):
            for line in (content or b"").splitlines():
                try:
                    found.append(parse(parse_json(line)))
                except (ValueError, TypeError, KeyError):
                    services.log("warning", "ledger", "receipt-unreadable", day=of_day)
    return found


def _root(services: JobServices) -> str:
    return f"{services.settings.repo_path}/" if services.settings.repo_path else ""


JOB = Job("ledger", run)
