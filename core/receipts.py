"""Parses receipts and matches them with the deliveries that GitHub lists. Pure.

A delivery's id is a header, which GitHub does not sign: an attacker with one signed body can send it again under the id of
another delivery that was lost. So a receipt counts for a delivery only if it matches all that GitHub lists of it, and a
doubtful receipt only if its payload's digest is that of the payload that GitHub returns for the delivery.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from core.errors import TelemetryError
from core.payload import Json

if TYPE_CHECKING:  # the worker writes receipts and reads no list of deliveries
    from core.github.webhooks import Delivery

NEAR = 5 * 60_000
"""Milliseconds between a delivery and its receipt: GitHub waits 10 s for a response, the rest allows for clock drift."""


class EventResult(StrEnum):
    """The result of one event; the values are those of receipts and of the log."""

    STORED = "stored"
    SKIPPED = "skipped"
    """Processed without a record."""
    READ_AGAIN = "read-again"
    """A read of GitHub failed: the event is retried, and its failed reads are counted."""
    WAITING = "waiting"
    """The store, a secret or the time was unavailable: the event is retried."""
    FAILED = "failed"
    """The event can never be processed: it is dead-lettered."""


RETRIED = (EventResult.READ_AGAIN, EventResult.WAITING)


class Receipt(NamedTuple):
    """One line of a receipt; the fields from `signature` on are empty in the lines of older versions."""

    outcome: str
    """An EventResult; text, as other versions may write other words."""
    collected_by: str
    reason: str = ""
    signature: str = ""
    """`trigger_event_signature`."""
    received_at: int = 0
    """UNIX ms."""
    digest: str = ""
    """`payload_sha256`."""
    action: str | None = None
    repository_id: int | None = None


def payload_digest(payload: Json) -> str:
    """Return the SHA-256 of a scrubbed payload, independent of the order of its keys.

    `installation` is left out: in it, an App's webhook differs from a repository's for the same event.
    """
    content = {key: value for key, value in payload.items() if key != "installation"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def identifying(payload: Json) -> Json:
    """Return the fields of a receipt's line that identify the GitHub event."""
    repository = payload.get("repository")
    action, number = payload.get("action"), repository.get("id") if type(repository) is dict else None
    known = {
        "action": action if type(action) is str else None,
        "repository_id": number if type(number) is int else None,
        "payload_sha256": payload_digest(payload),
    }
    return {key: value for key, value in known.items() if value is not None}


def parse(line: Json) -> tuple[str, Receipt]:
    """Return the delivery's id and the receipt. Raises KeyError or TypeError if the line is not a receipt."""
    receipt = Receipt(
        line["outcome"],
        line["collected_by"],
        line.get("reason", ""),
        line.get("trigger_event_signature", ""),
        line.get("received_at", 0),
        line.get("payload_sha256", ""),
        line.get("action"),
        line.get("repository_id"),
    )
    return line["delivery_id"], receipt


class Receipts:
    """The receipts of some days."""

    def __init__(self, lines: Iterable[tuple[str, Receipt]]) -> None:
        self._by_guid: defaultdict[str, dict[Receipt, None]] = defaultdict(dict)
        self._guids: defaultdict[str, set[str]] = defaultdict(set)
        for guid, receipt in lines:
            self._by_guid[guid][receipt] = None
            if receipt.digest:
                self._guids[receipt.digest].add(guid)

    def of(self, attempts: "Sequence[Delivery]", digest_of: "Callable[[Delivery], str]") -> tuple[Receipt | None, str]:
        """Return the receipt of an event, found by its attempts; or None and, for a doubtful one, why it does not count.

        `digest_of` asks GitHub for the payload's digest, and raises TelemetryError. It is called only for doubtful receipts.
        """
        last = max(attempts, key=lambda attempt: attempt.id)
        candidates = [receipt for receipt in self._by_guid.get(last.guid, ()) if _fits(receipt, last)]
        sure = next((receipt for receipt in candidates if not self._is_doubtful(receipt, attempts)), None)
        if sure is not None:
            return sure, ""
        if not candidates:
            return None, "its receipt is of another event" if last.guid in self._by_guid else ""
        try:
            digest = digest_of(last)
        except TelemetryError as error:
            return None, f"its receipt is in doubt and could not be compared: {error}"
        equal = next((receipt for receipt in candidates if receipt.digest == digest), None)
        return equal, "" if equal else "its receipt is of another body, as after a replay"

    def _is_doubtful(self, receipt: Receipt, attempts: "Sequence[Delivery]") -> bool:
        """Return whether the receipt might be of a replay.

        Recovery reads by the delivery's number, so its receipts are not; versions without a digest are no longer written.
        """
        if receipt.collected_by == "recovery" or not receipt.digest:
            return False
        digests = {other.digest for other in self._by_guid[attempts[0].guid] if other.digest}
        near = any(attempt.accepted and abs(receipt.received_at - attempt.delivered_at) <= NEAR for attempt in attempts)
        return len(digests) > 1 or len(self._guids[receipt.digest]) > 1 or not near


def _fits(receipt: Receipt, delivery: "Delivery") -> bool:
    if receipt.signature not in ("", f"github::{delivery.event}"):
        return False
    listed = ((receipt.action, delivery.action), (receipt.repository_id, delivery.repository_id))
    return not receipt.digest or all(theirs is None or ours == theirs for ours, theirs in listed)
