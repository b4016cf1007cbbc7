"""Format the numbers of a column of several services in one unit, so that they can be compared at a glance."""

from collections.abc import Iterable
from statistics import median
from typing import NamedTuple

from warehouse.report.formatting import EN_DASH, UNKNOWN, format_decimal
from warehouse.report.model import COUNT, DURATION, PER_DAY, SHARE, Measure, Number
from warehouse.units import DAY, HOUR, MINUTE, SECOND, SPANS


class Unit(NamedTuple):
    """A unit of a column."""

    name: str
    """`h`, `%` or `a week`; empty for counts."""
    size: float
    """In the measure's own unit: a value divided by it is shown."""


_UNITS = {
    DURATION: (Unit("d", DAY), Unit("h", HOUR), Unit("min", MINUTE), Unit("s", SECOND)),
    PER_DAY: tuple(Unit(f"a {span}", 1 / days) for span, days in SPANS.items()),
    SHARE: (Unit("%", 0.01),),
    COUNT: (Unit("", 1.0),),
}
"""From the largest to the smallest."""


def column_unit(measure: Measure, values: Iterable[float | None]) -> Unit:
    """Return the largest unit in which the median of the column's values, zeros left out, is at least one."""
    sizes = [abs(value) for value in values if value]
    units = _UNITS[measure.unit]
    if not sizes:
        return units[0]
    middle = median(sizes)
    return next((unit for unit in units if middle >= unit.size), units[-1])


def in_unit(number: Number | None, unit: Unit) -> str:
    """Format a number's value without its unit: a dash if there were no items, and `< 0.1` for what rounds to zero."""
    if number is None or (number.value is None and not number.items):
        return EN_DASH
    if number.value is None:
        return UNKNOWN
    shown = format_decimal(number.value / unit.size)
    return "< 0.1" if shown == "0" and number.value > 0 else shown
