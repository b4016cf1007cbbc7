"""Compares GitHub's list of a day's deliveries with our receipts. Pure.

Every processed event has a receipt, in the same commit as its records: so a delivery that was accepted and has no receipt
is still in flight, or lost, and is listed as missing.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from core.github.webhooks import Delivery
from core.receipts import EventResult, Receipt


class Missing(NamedTuple):
    """A delivery of a wanted event without a receipt."""

    delivery_id: int
    """GitHub's number of its last attempt."""
    guid: str
    event: str
    status_code: int
    """Of that attempt."""
    reason: str


class Day(NamedTuple):
    """A webhook's deliveries of one UTC day, each event once, however often it was attempted."""

    sent: int
    ignored: int
    """Used by no metric: an event that nobody subscribed to, or answered with 200."""
    accepted: int
    """Answered 202 at an attempt."""
    stored: int
    """With a receipt; those that could never be processed are `failed`, and stored too, as dead letters with their reason."""
    recovered: int
    """Of these, pulled by the job `recover`."""
    failed: int
    """Of these, events that can never be processed."""
    missing: tuple[Missing, ...]


def day(
    deliveries: Iterable[Delivery], receipts: Mapping[str, Receipt], wanted: frozenset[str], lost: Mapping[str, str]
) -> Day:
    """Return the ledger of a day.

    `receipts` are by guid, `wanted` are event names, `lost` are the reasons why `recover` gave up a delivery, by guid.
    """
    attempts: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        attempts.setdefault(delivery.guid, []).append(delivery)
    ignored = accepted = 0
    stored: list[Receipt] = []
    missing: list[Missing] = []
    for guid, tries in attempts.items():
        codes = {attempt.status_code for attempt in tries}
        accepted += 202 in codes
        if guid in receipts:
            stored.append(receipts[guid])
        elif tries[0].event not in wanted or (200 in codes and 202 not in codes):
            ignored += 1
        else:
            missing.append(_missing(max(tries, key=lambda attempt: attempt.id), 202 in codes, lost.get(guid, "")))
    return Day(
        sent=len(attempts),
        ignored=ignored,
        accepted=accepted,
        stored=len(stored),
        recovered=sum(receipt.collected_by == "recovery" for receipt in stored),
        failed=sum(receipt.outcome == EventResult.FAILED for receipt in stored),
        missing=tuple(sorted(missing)),
    )


def update_day(before: Day, receipts: Mapping[str, Receipt], lost: Mapping[str, str]) -> Day:
    """Return the day updated with the receipts that have arrived since for its missing deliveries."""
    stored = [receipts[missing.guid] for missing in before.missing if missing.guid in receipts]
    still_missing = (missing for missing in before.missing if missing.guid not in receipts)
    return before._replace(
        stored=before.stored + len(stored),
        recovered=before.recovered + sum(receipt.collected_by == "recovery" for receipt in stored),
        failed=before.failed + sum(receipt.outcome == EventResult.FAILED for receipt in stored),
        missing=tuple(missing._replace(reason=lost.get(missing.guid, missing.reason)) for missing in still_missing),
    )


def _missing(last: Delivery, accepted: bool, lost: str) -> Missing:  # noqa: FBT001 (private)
    if lost:
        reason = lost
    elif accepted:
        reason = "accepted, and no receipt yet: it waits in the queue, or is a dead letter"
    else:
        reason = f"not taken ({last.status_code or 'no answer'}), and not recovered yet"
    return Missing(last.id, last.guid, last.event, last.status_code, reason)
