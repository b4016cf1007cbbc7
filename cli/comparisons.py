"""Asks GitHub for the comparisons that services.toml needs, as events `deven::comparison` of our own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from core.add_signature import add_signature
from core.backfill.options import SHARE
from core.backfill.run import RESERVE
from core.events import BACKFILL, SignedTriggerEvent, TriggerEvent
from core.handler import process
from core.payload import Json
from core.receipts import EventResult
from core.services import JobServices

if TYPE_CHECKING:
    from warehouse.comparison_pairs import Pair

_AT_ONCE = 100
"""Comparisons in one write."""


class Compared(NamedTuple):
    """The result of a run."""

    stored: int
    lost: int
    """Number of pairs that can never be stored, such as those of a repository that is gone."""
    left: int
    """Number of pairs for the next run: no time, or no requests that are not reserved for live events."""
    reasons: tuple[str, ...] = ()
    """Why pairs are lost or left, each once."""


def compare(pairs: "Sequence[Pair]", services: JobServices) -> Compared:
    """Store a comparison of each pair, a hundred in one write; the same pairs are found again if they are left."""
    stored = lost = done = 0
    reasons: dict[str, None] = {}
    while done < len(pairs) and _has_time_and_budget(pairs[done], services):
        chunk = pairs[done : done + _AT_ONCE]
        outcomes = process([_event(pair, services.now()) for pair in chunk], services.worker)
        done += len(chunk)
        stored += sum(outcome.result == EventResult.STORED for outcome in outcomes)
        lost += sum(outcome.result == EventResult.FAILED for outcome in outcomes)
        reasons |= dict.fromkeys(outcome.reason for outcome in outcomes if outcome.reason)
        if not any(outcome.result in (EventResult.STORED, EventResult.FAILED) for outcome in outcomes):
            break
    return Compared(stored, lost, len(pairs) - stored - lost, tuple(reasons))


def _event(pair: "Pair", now: int) -> SignedTriggerEvent:
    payload: Json = {"owner": pair.owner, "repo": pair.repo, "base": pair.base, "head": pair.head}
    if pair.repository_id is not None:
        payload["repository_id"] = pair.repository_id
    delivery = f"backfill-{pair.owner}/{pair.repo}-comparison-{pair.base}-{pair.head}"
    event = add_signature(TriggerEvent("deven", "comparison", delivery, now, payload, BACKFILL))
    if event is None:
        raise AssertionError("unreachable: the metric `comparison` listens to this event")
    return event


def _has_time_and_budget(pair: "Pair", services: JobServices) -> bool:
    path = f"/repos/{pair.owner}/{pair.repo}"
    return services.seconds_left() >= RESERVE and services.github.budget(path) >= SHARE
