"""Compute reporting periods in UTC: weeks that begin on Monday (ISO 8601), months and quarters."""

import math
import re
from datetime import UTC, datetime, timedelta

from core.errors import TelemetryError
from warehouse.report.model import Period

PERIOD_COUNTS = {"week": 26, "month": 12, "quarter": 8}
"""Number of periods of each kind in a report, the current one included."""
_DAY = 86_400_000
_NAMES = {
    "week": re.compile(r"(\d{4})-W(\d\d)"),
    "month": re.compile(r"(\d{4})-(\d\d)"),
    "quarter": re.compile(r"(\d{4})-Q(\d)"),
}


class PeriodError(TelemetryError):
    """The text is not the name of a period."""


def recent(now: int, counts: dict[str, int] | None = None) -> tuple[Period, ...]:
    """Return the latest periods of each kind, oldest first, the current one included; `now` is UNIX ms."""
    periods: list[Period] = []
    for kind, number in (counts or PERIOD_COUNTS).items():
        newest_first = [_around(kind, _time(now))]
        while len(newest_first) < number:
            newest_first.append(_around(kind, _time(newest_first[-1].starts_at) - timedelta(days=1)))
        periods += reversed(newest_first)
    return tuple(periods)


def named(name: str) -> Period:
    """Return the period with this name, such as `2026-W47`, `2026-11` or `2026-Q4`; raises PeriodError."""
    for kind, pattern in _NAMES.items():
        if match := pattern.fullmatch(name):
            try:
                return _around(kind, _within(kind, int(match[1]), int(match[2])))
            except ValueError:
                break
    raise PeriodError(f"{name} is no period: name one as 2026-W47, 2026-11 or 2026-Q4")


def days(period: Period, now: int) -> int:
    """Return the number of days of the period that have begun by `now` (UNIX ms), at least one."""
    elapsed = min(max(now, period.starts_at), period.ends_at) - period.starts_at
    return max(1, math.ceil(elapsed / _DAY))


def _within(kind: str, year: int, number: int) -> datetime:
    if kind == "week":
        return datetime.fromisocalendar(year, number, 1).replace(tzinfo=UTC)
    if kind == "quarter" and not 1 <= number <= 4:
        raise ValueError
    return datetime(year, number if kind == "month" else number * 3, 1, tzinfo=UTC)


def _around(kind: str, time: datetime) -> Period:
    day = time.replace(hour=0, minute=0, second=0, microsecond=0)
    if kind == "week":
        starts = day - timedelta(days=day.weekday())
        year, week, _ = starts.isocalendar()
        return _period(kind, f"{year}-W{week:02}", starts, starts + timedelta(days=7))
    if kind == "month":
        starts = day.replace(day=1)
        return _period(kind, f"{starts:%Y-%m}", starts, _months_later(starts, 1))
    starts = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return _period(kind, f"{starts.year}-Q{starts.month // 3 + 1}", starts, _months_later(starts, 3))


def _period(kind: str, name: str, starts: datetime, ends: datetime) -> Period:
    return Period(kind, name, round(starts.timestamp() * 1000), round(ends.timestamp() * 1000))


def _months_later(first: datetime, months: int) -> datetime:
    month = first.month - 1 + months
    return first.replace(year=first.year + month // 12, month=month % 12 + 1)


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
