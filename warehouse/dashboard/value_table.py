"""Encode values with their texts: Python formats each distinct value once, and the page needs no formatter of its own.

The values of a unit are sorted, so that neighbours share their text and differ by little: both compress well.
"""

import math
from collections.abc import Callable, Iterable
from itertools import groupby, pairwise

from warehouse.report.model import DURATION, Measure

_SCALE = 1_000_000
"""Shares, frequencies and counts have six decimals; durations are whole milliseconds."""


class ValueTable:
    """The distinct values of a piece of data by unit, each with its text."""

    def __init__(self, values: Iterable[tuple[Measure, float | None]], text: Callable[[Measure, float], str]) -> None:
        """Sort the values; `text` formats a value, and depends on the measure's unit only."""
        measures: dict[str, Measure] = {}
        distinct: dict[str, set[float]] = {}
        for measure, value in values:
            if value is not None and math.isfinite(value):
                measures.setdefault(measure.unit, measure)
                distinct.setdefault(measure.unit, set()).add(value)
        self._sorted = {unit: sorted(found) for unit, found in distinct.items()}
        self._indexes = {unit: {value: at for at, value in enumerate(found, 1)} for unit, found in self._sorted.items()}
        self._texts = {unit: [text(measures[unit], value) for value in found] for unit, found in self._sorted.items()}

    def index(self, measure: Measure, value: float | None) -> int:
        """Return the value's place in the table of its unit, from 1; 0 if it is unknown or no number."""
        return self._indexes.get(measure.unit, {}).get(value, 0) if value is not None else 0

    def encoded(self) -> dict[str, tuple[list[int], list[str | int]]]:
        """Return for each unit the differences of the sorted values, and the texts, each with how many values have it."""
        return {
            unit: (_differences([_scaled(unit, value) for value in found]), _runs(self._texts[unit]))
            for unit, found in self._sorted.items()
        }


def _scaled(unit: str, value: float) -> int:
    return round(value if unit == DURATION else value * _SCALE)


def _differences(numbers: list[int]) -> list[int]:
    return [*numbers[:1], *(second - first for first, second in pairwise(numbers))]


def _runs(texts: list[str]) -> list[str | int]:
    return [part for text, group in groupby(texts) for part in (text, sum(1 for _ in group))]
