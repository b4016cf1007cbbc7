"""Format numbers for people: "3 h 12 min", "4.2 %", "2.3 a day", "12 of 15 known". The dashboard uses the same formats."""

from collections.abc import Iterable
from datetime import datetime

from warehouse.periods import time_zone
from warehouse.report.model import (
    AUTHORED,
    CHANGE_LEAD_TIME,
    COUNT,
    DURATION,
    PER_DAY,
    SHARE,
    IncidentCount,
    Measure,
    Number,
    Period,
)
from warehouse.report.trends import RUN, Trend, Verdict
from warehouse.units import DAY, HOUR, MINUTE, SECOND, SPANS

UNKNOWN = "unknown"
EN_DASH = "\N{EN DASH}"
NOT_OVER, TOO_FEW = "not over yet", "too few to compare"
"""What a trend is instead of a comparison: the period is not complete, or there are too few items or periods."""
_NO_SIGNAL = {Verdict.USUAL: "within the usual range", Verdict.TOO_FEW: TOO_FEW}
_DAYS_FROM = 48 * HOUR
"""A shorter duration is shown in hours and minutes, a longer one in days."""
_FREQUENCIES = tuple((days, f"a {span}") for span, days in SPANS.items())


def format_number(measure: Measure, number: Number | None) -> str:
    """Format a number's value; a dash if there were no items, which is known and therefore not "unknown"."""
    if number is None or (number.value is None and not number.items):
        return EN_DASH
    return value(measure, number.value)


def value(measure: Measure, amount: float | None) -> str:
    """Format a value of this measure in the unit that fits its size; "unknown" for None."""
    if amount is None:
        return UNKNOWN
    formatters = {DURATION: duration, SHARE: share, PER_DAY: frequency, COUNT: format_decimal}
    return formatters[measure.unit](amount)


def format_item(measure: Measure, amount: float | None, *, is_inferred: bool = False) -> str:
    """Format the value of one item behind a number, `yes` or `no` if the measure is a share; an inferred one says so."""
    if is_inferred:
        return f"{format_item(measure, amount)}, inferred"
    if amount is not None and measure.unit == SHARE and amount in (0, 1):
        return "yes" if amount else "no"
    return format_decimal(amount) if amount is not None and measure.unit == PER_DAY else value(measure, amount)


def duration(ms: float) -> str:
    """Format milliseconds as `0.4 s`, `45 s`, `12 min`, `3 h 12 min` or `2.4 d`; a negative duration keeps its sign."""
    if ms < 0:
        return f"-{duration(-ms)}"
    if ms < 10 * SECOND:
        return f"{format_decimal(ms / SECOND)} s"
    if ms < 59.5 * SECOND:
        return f"{_nearest(ms / SECOND)} s"
    if ms < 59.5 * MINUTE:
        return f"{_nearest(ms / MINUTE)} min"
    if ms < _DAYS_FROM:
        hours, minutes = divmod(_nearest(ms / MINUTE), 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{format_decimal(ms / DAY)} d"


def share(part: float) -> str:
    """Format a share from 0 to 1 as a percentage: `4.2 %` below ten, `42 %` above."""
    percent = part * 100
    return f"{format_decimal(percent)} %" if percent < 10 else f"{_nearest(percent)} %"


def frequency(per_day: float) -> str:
    """Format a frequency as `2.3 a day`, `1 a week` or `3 a year`: the shortest span with at least one; `none` for zero."""
    if per_day <= 0:
        return "none"
    days, span = next(((days, span) for days, span in _FREQUENCIES if per_day * days >= 0.95), _FREQUENCIES[-1])
    return f"{format_decimal(per_day * days)} {span}"


def format_decimal(number: float) -> str:
    """Format a number with at most one decimal, and none from a hundred on: `0.4`, `12.5`, `1,234`."""
    tenths = _nearest(number * 10)
    if abs(tenths) >= 1_000 or tenths % 10 == 0:
        return f"{_nearest(number):,}"
    return f"{tenths / 10:,.1f}"


def coverage(number: Number | None) -> str:
    """Format how much of a number is known: `12 of 15 known`, with inferred values `12 + 3 of 20 known + inferred`.

    Without items it is `nothing to measure`, or `none happened` if that is known.
    """
    if number is None or not number.items:
        return "nothing to measure" if number is None or number.value is None else "none happened"
    return counts(number.known, number.inferred, number.items)


def title(measure: Measure, starts: Iterable[str]) -> str:
    """Return a measure's title; of a change lead time with where it starts, unless that is `authored` everywhere.

    `starts` are the values of lead_time_from of a service's repositories.
    """
    others = sorted(set(starts))
    if not measure.name.startswith(CHANGE_LEAD_TIME) or others in ([], [AUTHORED]):
        return measure.title
    return f"{measure.title} (from {' or '.join(others)})"


def left_out(count: IncidentCount | None) -> str:
    """Format the incidents that no failure can be about: `+ 2 incidents that name no service`; empty if there are none."""
    if count is None:
        return ""
    parts = []
    if count.without_service:
        verb = "names" if count.without_service == 1 else "name"
        parts.append(f"+ {pluralize(count.without_service, 'incident')} that {verb} no service")
    if count.exempt:
        parts.append(f"{pluralize(count.exempt, 'incident')} taken out by a label")
    return "; ".join(parts)


def counts(known: int, inferred: int, items: int) -> str:
    """Format the numbers of known and inferred values and of all items; the others are unknown."""
    if inferred:
        return f"{known:,} + {inferred:,} of {items:,} known + inferred"
    return f"{known:,} of {items:,} known"


def trend(measure: Measure, found: Trend) -> str:
    """Format a trend as `within the usual range`, `too few to compare` or `worse: above the usual range (1 h to 3 h)`.

    `better` and `worse` are only said of a measure with a better direction, outside the usual range or after a shift.
    """
    if found.verdict in _NO_SIGNAL or found.mean is None or found.lower is None or found.upper is None:
        return _NO_SIGNAL.get(found.verdict, TOO_FEW)
    is_up = found.verdict in (Verdict.ABOVE, Verdict.SHIFTED_UP)
    side = "above" if is_up else "below"
    if found.verdict in (Verdict.ABOVE, Verdict.BELOW):
        ends = dict.fromkeys((value(measure, found.lower), value(measure, found.upper)))
        what = f"{side} the usual range ({' to '.join(ends)})"
    else:
        what = f"the last {RUN} are {side} the mean ({value(measure, found.mean)})"
    word = {"higher": "better" if is_up else "worse", "lower": "worse" if is_up else "better"}.get(measure.better)
    return f"{word}: {what}" if word else what


def format_timestamp(ms: int | None, zone: str = "UTC") -> str:
    """Format UNIX ms in a zone (IANA name), with its name: `2026-11-26 16:00 Europe/Berlin`.

    A time outside the calendar stays a number.
    """
    if ms is None:
        return UNKNOWN
    try:
        return f"{datetime.fromtimestamp(ms / 1000, time_zone(zone)):%Y-%m-%d %H:%M} {zone}"
    except (OverflowError, OSError, ValueError):
        return f"{ms} ms"


def span(period: Period, zone: str = "UTC") -> str:
    """Format a period's first and last day in a zone: `2026-11-16 to 2026-11-22`."""
    first, last = days_of(period, zone)
    return f"{first} to {last}"


def days_of(period: Period, zone: str) -> tuple[str, str]:
    """Return a period's first and last day in a zone, as `2026-11-16`."""
    return format_timestamp(period.starts_at, zone)[:10], format_timestamp(period.ends_at - 1, zone)[:10]


def pluralize(number: int, noun: str) -> str:
    """Format a count with its noun: `1 delivery`, `3 deliveries`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun[:-1] + 'ies' if noun.endswith('y') else noun + 's'}"


def _nearest(number: float) -> int:
    """Round half away from zero, as the dashboard does; Python's own `round` rounds half to even."""
    return int(number + 0.5) if number >= 0 else -int(-number + 0.5)
