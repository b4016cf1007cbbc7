"""ledger: once a day, what GitHub sent to each of our webhooks, and what became of it, as a file a day and webhook.

The last two whole days, each time anew: what came late yesterday is settled today. What is missing for longer than a day
makes the run no success, and so raises the alarm.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from core.errors import TelemetryError
from core.hooks import Delivery, Hook, deliveries, of_ours
from core.job import Job, Report
from core.jobs._recovery_cursor import read
from core.ledger import Day, Receipt, day
from core.metrics import events_of_github
from core.payload import day_of, parse_json
from core.services import Scheduling
from core.store_data import RECEIPTS

LEDGER = "_system/ledger"
_DAY = 86_400_000
_DAYS = 2
_READERS = 8
"""Receipts that are read at once: a data repository takes a request for each."""


class _Written(NamedTuple):
    day: str
    told: Day


def run(services: Scheduling) -> Report:
    """Every webhook that is ours; one that cannot be looked at costs the others nothing. `done` counts files."""
    days = [str(day_of(services.now() - back * _DAY)) for back in range(1, _DAYS + 1)]
    receipts = _receipts([*days, str(day_of(services.now()))], services)
    done = left = 0
    for owner in services.settings.hook_owners:
        try:
            for hook in of_ours(services.github, owner, services.settings):
                for number, written in enumerate(_written(hook, days, receipts, services)):
                    done += 1
                    left += len(written.told.missing) if number else 0  # yesterday's may still be on its way
        except TelemetryError as error:
            left += 1
            services.log("warning", "job", "not-looked-at", job=JOB.name, reason=f"webhooks of {owner}: {error}")
    return Report(done, left)


def path_of(hook: int, of_day: str, services: Scheduling) -> str:
    """Where a day's file is."""
    return f"{_root(services)}{LEDGER}/{of_day}/{hook}.json"


def _written(hook: Hook, days: list[str], receipts: dict[str, Receipt], services: Scheduling) -> Iterator[_Written]:
    by_day: dict[str, list[Delivery]] = {each: [] for each in days}
    for each in _since(hook, min(days), services):
        by_day.get(str(day_of(each.delivered_at)), []).append(each)
    cursor, _ = read(hook, services)
    lost = {each.guid: f"lost: {each.reason}" for each in cursor.lost}
    lost |= {each.guid: f"not recovered yet: {each.reason}" for each in cursor.pending if each.reason}
    wanted = frozenset(events_of_github())
    for of_day in days:
        told = day(by_day[of_day], receipts, wanted, lost)
        line = {"hook": hook.id, "owner": hook.owner.name, "day": of_day, **told._asdict()}
        line["missing"] = [each._asdict() for each in told.missing]
        content = (json.dumps(line, separators=(",", ":")) + "\n").encode()
        services.store.write({path_of(hook.id, of_day, services): content}, f"Ledger of {of_day}")
        for gone in told.missing[:20]:
            services.log("warning", "ledger", "missing", delivery=gone.guid, hook=str(hook.id), reason=gone.reason)
        services.log("info", "ledger", "written", hook=str(hook.id), day=of_day, sent=told.sent, left=len(told.missing))
        yield _Written(of_day, told)


def _since(hook: Hook, first: str, services: Scheduling) -> Iterator[Delivery]:
    """Back in time, until a page is older than the first day."""
    for page in deliveries(services.github, hook):
        yield from page.deliveries
        if any(str(day_of(each.delivered_at)) < first for each in page.deliveries):
            return


def _receipts(days: list[str], services: Scheduling) -> dict[str, Receipt]:
    """By delivery id."""
    paths = [path for each in days for path in services.store.list(f"{_root(services)}{RECEIPTS}/{each}/")]
    found: dict[str, Receipt] = {}
    with ThreadPoolExecutor(_READERS) as readers:
        for content in readers.map(services.store.read, paths):
            for line in (content or b"").splitlines():
                told = parse_json(line)
                receipt = Receipt(told["outcome"], told["collected_by"], told.get("reason", ""))
                found.setdefault(told["delivery_id"], receipt)
    return found


def _root(services: Scheduling) -> str:
    return f"{services.settings.repo_path}/" if services.settings.repo_path else ""


JOB = Job("ledger", run)
