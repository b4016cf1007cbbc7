"""The choices of a backfill: of which requests it may use how many, and in which order it reads."""

from collections.abc import Iterable
from typing import NamedTuple

from core.backfill.context import Unit

SHARE = 0.25
"""Share of the hour's requests to GitHub that is reserved for live events."""


class BackfillOptions(NamedTuple):
    """How a backfill is run."""

    reserved: float = SHARE
    """Share of the hour's requests to GitHub that is reserved for live events."""
    kinds_first: tuple[str, ...] = ()
    """Kinds of units that are processed before the others, in this order."""
    is_batched: bool = False
    """Whether pull requests are read twenty at a time from GraphQL, instead of one by one from the REST API."""
    listed_at: int = 0
    """When GitHub's lists were read, in UNIX ms, if they come from a RecordedReader; 0 if they are read now."""

    def sorted(self, units: Iterable[Unit]) -> list[Unit]:
        """Return the units in the order in which they are processed; those of a kind keep theirs."""
        order = {kind: number for number, kind in enumerate(self.kinds_first)}
        return sorted(units, key=lambda unit: order.get(unit.kind, len(order)))
