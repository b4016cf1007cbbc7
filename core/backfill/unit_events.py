"""Reads the events of units side by side; one that fails does not affect the others."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from core.backfill.context import Unit
from core.events import SignedTriggerEvent

_SIDE_BY_SIDE = 8
"""Concurrent requests: GitHub advises few, its secondary limit is 100."""


class UnitEvents(NamedTuple):
    """The events of a unit that a record is missing of, or the error that prevented reading them."""

    unit: Unit
    events: Sequence[SignedTriggerEvent]
    error: Exception | None = None


def read_events(units: Sequence[Unit]) -> list[UnitEvents]:
    """Return the events of each unit, in their order. Raises nothing."""
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        return list(pool.map(_read, units))


def _read(unit: Unit) -> UnitEvents:
    try:
        return UnitEvents(unit, unit.events())
    except Exception as error:  # noqa: BLE001 (an odd value in one item must not cost the others)
        return UnitEvents(unit, (), error)
