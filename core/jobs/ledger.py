"""ledger: once a day, what GitHub sent to each of our webhooks, and what became of it, as a file a day and webhook.

Yesterday whole, and of the day before what was missing then: what came late is settled a day after. What is missing for
longer than a day makes the run no success, and so raises the alarm.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from core.errors import TelemetryError
from core.hooks import Delivery, Hook, deliveries, of_ours
from core.job import Job, Report
from core.jobs._recovery_cursor import read
from core.ledger import Day, Missing, Receipt, day, settled
from core.metrics import events_of_github
from core.payload import day_of, parse_json
from core.services import Scheduling
from core.store_data import RECEIPTS

LEDGER = "_system/ledger"
_DAY = 86_400_000
_READERS = 8
"""Receipts that are read at once: a data repository takes a request for each."""

Receipts = Callable[[str], dict[str, Receipt]]
"""Those of a day, by delivery id."""


def run(services: Scheduling) -> Report:
    """Every webhook that is ours; one that cannot be looked at costs the others nothing. `done` counts files."""
    today, yesterday, before = (str(day_of(services.now() - back * _DAY)) for back in range(3))

    @cache
    def of_day(told: str) -> dict[str, Receipt]:
        return _receipts(told, services)

    done = left = 0
    for owner in services.settings.hook_owners:
        try:
            for hook in of_ours(services.github, owner, services.settings):
                left += len(_settled(hook, before, [yesterday, today], of_day, services).missing)
                _write(hook, yesterday, _whole(hook, yesterday, [yesterday, today], of_day, services), services)
                done += 2
        except TelemetryError as error:
            left += 1
            services.log("warning", "job", "not-looked-at", job=JOB.name, reason=f"webhooks of {owner}: {error}")
    return Report(done, left)


def path_of(hook: str, of_day: str, services: Scheduling) -> str:
    """Where a day's file is."""
    return f"{_root(services)}{LEDGER}/{of_day}/{hook}.json"


def _settled(hook: Hook, told: str, later: list[str], of_day: Receipts, services: Scheduling) -> Day:
    """A day that was looked at a day ago: receipts of its own day have been read then. Else it is looked at now."""
    content = services.store.read(path_of(hook.key, told, services))
    known = _read(content)
    if known is None:
        found = _whole(hook, told, [told, *later], of_day, services)
    elif not known.missing:
        return known
    else:
        found = settled(known, _of_days(later, of_day), _lost(hook, services))
    _write(hook, told, found, services)
    return found


def _whole(hook: Hook, told: str, days: list[str], of_day: Receipts, services: Scheduling) -> Day:
    own = [each for each in _since(hook, told, services) if day_of(each.delivered_at) == told]
    return day(own, _of_days(days, of_day), frozenset(events_of_github()), _lost(hook, services))


def _lost(hook: Hook, services: Scheduling) -> dict[str, str]:
    """Why recovery has not recovered a delivery, by its guid."""
    cursor, _ = read(hook, services)
    waiting = {each.guid: f"not recovered yet: {each.reason}" for each in cursor.pending if each.reason}
    return waiting | {each.guid: f"lost: {each.reason}" for each in cursor.lost}


def _write(hook: Hook, of_day: str, told: Day, services: Scheduling) -> None:
    line = {"hook": hook.id, "owner": hook.owner.name, "day": of_day, **told._asdict()}
    line["missing"] = [each._asdict() for each in told.missing]
    content = (json.dumps(line, separators=(",", ":")) + "\n").encode()
    services.store.write({path_of(hook.key, of_day, services): content}, f"Ledger of {of_day}")
    for gone in told.missing[:20]:
        services.log("warning", "ledger", "missing", delivery=gone.guid, hook=str(hook.id), reason=gone.reason)
    services.log("info", "ledger", "written", hook=str(hook.id), day=of_day, sent=told.sent, left=len(told.missing))


def _read(content: bytes | None) -> Day | None:
    """A day as it was written; None where it was not, or is none."""
    try:
        told = parse_json(content or b"")
        counts = {name: int(told[name]) for name in Day._fields if name != "missing"}
        return Day(**counts, missing=tuple(Missing(**each) for each in told["missing"]))
    except (ValueError, TypeError, KeyError):
        return None


def _since(hook: Hook, first: str, services: Scheduling) -> Iterator[Delivery]:
    """Back in time, until a page is older than the first day."""
    for page in deliveries(services.github, hook):
        yield from page.deliveries
        if any(str(day_of(each.delivered_at)) < first for each in page.deliveries):
            return


def _of_days(days: list[str], of_day: Receipts) -> dict[str, Receipt]:
    return {guid: receipt for told in days for guid, receipt in of_day(told).items()}


def _receipts(of_day: str, services: Scheduling) -> dict[str, Receipt]:
    found: dict[str, Receipt] = {}
    with ThreadPoolExecutor(_READERS) as readers:
        for content in readers.map(services.store.read, services.store.list(f"{_root(services)}{RECEIPTS}/{of_day}/")):
            for line in (content or b"").splitlines():
                told = parse_json(line)
                receipt = Receipt(told["outcome"], told["collected_by"], told.get("reason", ""))
                found.setdefault(told["delivery_id"], receipt)
    return found


def _root(services: Scheduling) -> str:
    return f"{services.settings.repo_path}/" if services.settings.repo_path else ""


JOB = Job("ledger", run)
