"""Numbers in words for people: "3 h 12 min", "4.2 %", "2.3 a day", "12 of 15 known". The dashboard says the same."""

from datetime import UTC, datetime

from warehouse.report.model import COUNT, DURATION, PER_DAY, SHARE, Measure, Number, Period

UNKNOWN = "unknown"
EM_DASH = "\N{EN DASH}"
_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000
_STILL_HOURS = 48 * _HOUR
"""Below this a duration is told in hours and minutes, from it in days."""
_SPANS = ((1.0, "a day"), (7.0, "a week"), (30.4375, "a month"), (365.25, "a year"))


def format_number(measure: Measure, number: Number | None) -> str:
    """A number's value; a dash where there was nothing that could have one: that is known, and not "unknown"."""
    if number is None or (number.value is None and not number.items):
        return EM_DASH
    return value(measure, number.value)


def value(measure: Measure, of: float | None) -> str:
    """A value of this measure, in the unit that fits its size; "unknown" for None."""
    if of is None:
        return UNKNOWN
    format_number = {DURATION: duration, SHARE: share, PER_DAY: frequency, COUNT: format_decimal}
    return format_number[measure.unit](of)


def of_item(measure: Measure, of: float | None) -> str:
    """The value of one item behind a number: `yes` or `no` where the number is a share of such."""
    if of is not None and measure.unit == SHARE and of in (0, 1):
        return "yes" if of else "no"
    return format_decimal(of) if of is not None and measure.unit == PER_DAY else value(measure, of)


def duration(ms: float) -> str:
    """`0.4 s`, `45 s`, `12 min`, `3 h 12 min`, `2.4 d`; a negative one keeps its sign."""
    if ms < 0:
        return f"-{duration(-ms)}"
    if ms < 10 * _SECOND:
        return f"{format_decimal(ms / _SECOND)} s"
    if ms < 59.5 * _SECOND:
        return f"{_nearest(ms / _SECOND)} s"
    if ms < 59.5 * _MINUTE:
        return f"{_nearest(ms / _MINUTE)} min"
    if ms < _STILL_HOURS:
        hours, minutes = divmod(_nearest(ms / _MINUTE), 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{format_decimal(ms / _DAY)} d"


def share(part: float) -> str:
    """`4.2 %` below ten, `42 %` above."""
    percent = part * 100
    return f"{format_decimal(percent)} %" if percent < 10 else f"{_nearest(percent)} %"


def frequency(per_day: float) -> str:
    """`2.3 a day`, `1 a week`, `3 a year`: per the shortest span in which it happens at least once; `none` for zero."""
    if per_day <= 0:
        return "none"
    days, span = next((each for each in _SPANS if per_day * each[0] >= 0.95), _SPANS[-1])
    return f"{format_decimal(per_day * days)} {span}"


def format_decimal(number: float) -> str:
    """At most one decimal, and none from a hundred on: `0.4`, `12.5`, `1,234`."""
    tenths = _nearest(number * 10)
    if abs(tenths) >= 1_000 or tenths % 10 == 0:
        return f"{_nearest(number):,}"
    return f"{tenths / 10:,.1f}"


def coverage(number: Number | None) -> str:
    """How much of a number is known: `12 of 15 known`; `nothing to measure`, or `none happened` where that is known."""
    if number is None or not number.items:
        return "nothing to measure" if number is None or number.value is None else "none happened"
    return f"{number.known:,} of {number.items:,} known"


def change(measure: Measure, latest: float | None, previous: float | None) -> str:
    """`↓ 13 %, better`, `↑ 3 points, worse`, `→ the same`; empty where one of the two is unknown.

    A change of a share is told in percentage points. From zero there is no percentage: `↑ from none`.
    """
    if latest is None or previous is None:
        return ""
    arrow = "↑" if latest > previous else "↓"
    by = _by(measure, latest, previous)
    if not by:
        return "→ the same"
    judged = {"higher": latest > previous, "lower": latest < previous}.get(measure.better)
    return f"{arrow} {by}" + ("" if judged is None else ", better" if judged else ", worse")


def _by(measure: Measure, latest: float, previous: float) -> str:
    """How large the change is; empty where none is left after rounding."""
    if measure.unit == SHARE:
        points = share(abs(latest - previous)).removesuffix(" %")
        return "" if points == "0" else f"{points} point{'' if points == '1' else 's'}"
    if previous == 0:
        return "" if latest == 0 else "from none"
    percent = _nearest(abs(latest - previous) / abs(previous) * 100)
    return f"{percent:,} %" if percent else ""


def format_timestamp(ms: int | None) -> str:
    """`2026-11-26 15:00 UTC`; a time beyond the calendar as the number that it is."""
    if ms is None:
        return UNKNOWN
    try:
        return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    except (OverflowError, OSError, ValueError):
        return f"{ms} ms"


def span(period: Period) -> str:
    """A period's first and last day: `2026-11-16 to 2026-11-22`."""
    return f"{format_timestamp(period.starts_at)[:10]} to {format_timestamp(period.ends_at - 1)[:10]}"


def pluralize(number: int, thing: str) -> str:
    """`1 delivery`, `3 deliveries`."""
    if number == 1:
        return f"1 {thing}"
    return f"{number:,} {thing[:-1] + 'ies' if thing.endswith('y') else thing + 's'}"


def _nearest(number: float) -> int:
    """Half goes away from zero, as in the browser: Python's own goes to the even one."""
    return int(number + 0.5) if number >= 0 else -int(-number + 0.5)
