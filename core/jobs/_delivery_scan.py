"""Scans GitHub's list of a webhook's deliveries, newest first, and adds failed ones to the cursor's pending deliveries.

The list is neither complete nor in order: a delivery that timed out may be listed only after newer ones, and GitHub
documents no order. So a scan does not end at the newest delivery of the previous scan, but OVERLAP earlier, by
`delivered_at`. Deliveries in the overlap that were pending before are known by id and skipped. The job `ledger` reports
deliveries that are listed even later.
https://docs.github.com/en/rest/repos/webhooks#list-deliveries-for-a-repository-webhook
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from core.errors import PermanentError, RetryableError
from core.github.webhooks import Delivery, Hook, deliveries
from core.jobs._recovery_cursor import Cursor, Failed
from core.metrics import events_of_github
from core.services import JobServices


class RecoverOutcome(StrEnum):
    """The outcome of recovering a webhook's deliveries, or one of them; in the log."""

    SCANNED = "looked"
    LOST = "lost"
    CURSOR_GONE = "cursor-gone"
    LIST_INCOMPLETE = "list-incomplete"


OVERLAP = 2 * 3_600_000
"""Milliseconds, two runs of the job. GitHub lists deliveries for three days, which limits the number of requests."""
PAGE_SIZE = 100
"""Number of consecutive deliveries older than the overlap that end a scan: a whole page, the most that GitHub returns. Deliveries that
arrive while the list is read push others onto the next page, behind older ones."""
MOST_KNOWN = 5_000
"""Failed deliveries that are known by id; an outage with more of them in the overlap shortens the overlap."""


class Scan(NamedTuple):
    """The result of a scan."""

    cursor: Cursor
    complete: bool
    """Whether the scan is finished; if not, the next run resumes or restarts it, and the failed deliveries are pending."""


class _ScanState:
    """The state of a scan."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._events = frozenset(events_of_github())
        self._horizon = _horizon(cursor)
        self._known = dict(cursor.known)
        self._failed: dict[str, Failed] = {}
        self._accepted: set[str] = set()
        resumed = cursor.following is not None
        self.newest, self.newest_at = (cursor.newest, cursor.newest_at) if resumed else (0, 0)

    def add(self, delivery: Delivery) -> None:
        self.newest, self.newest_at = max(self.newest, delivery.id), max(self.newest_at, delivery.delivered_at)
        if delivery.accepted:
            self._accepted.add(delivery.guid)
        elif delivery.event in self._events:
            if self._is_new(delivery):
                last = self._failed.get(delivery.guid)
                if last is None or last.id < delivery.id:
                    self._failed[delivery.guid] = Failed(*delivery[:3], delivery.delivered_at)
            self._known[delivery.id] = delivery.delivered_at

    def ends_with(self, page: Sequence[Delivery]) -> bool:
        """Return whether the end of the page is older than the overlap, by enough deliveries that order does not matter."""
        horizon = self.newest_at - OVERLAP if self._horizon is None else self._horizon
        last = page[-PAGE_SIZE:]
        return bool(last) and all(
            delivery.id <= self._cursor.through and delivery.delivered_at < horizon for delivery in last
        )

    def into(self, cursor: Cursor, now: int) -> Cursor:
        """Return the cursor with the pending and known deliveries so far."""
        pending = {failed.guid: failed for failed in cursor.pending}
        pending |= {
            guid: failed for guid, failed in self._failed.items() if guid not in pending or pending[guid].id < failed.id
        }
        rest = sorted(
            (failed for guid, failed in pending.items() if guid not in self._accepted), key=lambda failed: failed.id
        )
        since = max(cursor.scanned_to, min(self.newest_at, now)) - OVERLAP
        known = sorted(((at, id) for id, at in self._known.items() if at >= since), reverse=True)[:MOST_KNOWN]
        return cursor._replace(pending=tuple(rest), known=tuple(sorted((id, at) for at, id in known)))

    def _is_new(self, delivery: Delivery) -> bool:
        if delivery.id in self._known:
            return False
        in_overlap = self._horizon is not None and delivery.delivered_at >= self._horizon
        return in_overlap or delivery.id > self._cursor.through


def scan(cursor: Cursor, hook: Hook, services: JobServices, may_go_on: Callable[[], bool]) -> Scan:
    """Resume an interrupted scan, if there is one, and then scan from the newest delivery on."""
    if cursor.following is not None:
        try:
            resumed = _scan(cursor, cursor.following, hook, services, may_go_on)
        except (
            PermanentError
        ) as error:  # the place is no longer on the list: everything that still is will be looked at
            services.log("warning", "recover", RecoverOutcome.CURSOR_GONE, hook=str(hook.id), reason=str(error))
            resumed = Scan(cursor._replace(newest=0, newest_at=0, following=None), complete=True)
        if not resumed.complete:
            return resumed
        cursor = resumed.cursor
    return _scan(cursor, None, hook, services, may_go_on)


def _scan(
    cursor: Cursor,
    start: Mapping[str, str] | None,
    hook: Hook,
    services: JobServices,
    may_go_on: Callable[[], bool],
) -> Scan:
    state, now = _ScanState(cursor), services.now()
    try:
        for page in deliveries(services.github, hook, start):
            for delivery in page.deliveries:
                state.add(delivery)
            if page.following is None or state.ends_with(page.deliveries):
                break
            if not may_go_on():
                cut = state.into(cursor, now)._replace(newest=state.newest, newest_at=state.newest_at)
                return Scan(cut._replace(following=dict(page.following)), complete=False)
    except RetryableError as error:  # failed deliveries are pending and known, and the next run restarts
        services.log("warning", "recover", RecoverOutcome.LIST_INCOMPLETE, hook=str(hook.id), reason=str(error))
        return Scan(state.into(cursor, now)._replace(newest=0, newest_at=0, following=None), complete=False)
    newest_at = state.newest_at if start is None else cursor.newest_at  # 0 in a cursor of the former format
    scanned_to = max(cursor.scanned_to, min(newest_at, now))
    through = max(cursor.through, state.newest)
    ended = state.into(cursor, now)
    return Scan(
        ended._replace(through=through, scanned_to=scanned_to, newest=0, newest_at=0, following=None), complete=True
    )


def _horizon(cursor: Cursor) -> int | None:
    """Return the `delivered_at` from which on an unknown id is new; None for a cursor of the format without an overlap."""
    if cursor.scanned_to == 0:
        return None
    shortened = min(at for _, at in cursor.known) + 1 if len(cursor.known) >= MOST_KNOWN else 0
    return max(cursor.scanned_to - OVERLAP, shortened)
