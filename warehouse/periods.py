"""Compute reporting periods of a time zone: weeks that begin on Monday (ISO 8601), months and quarters.

A period begins at the first moment of its first day, also if the clocks skip midnight on that day, or repeat it.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from core.errors import TelemetryError
from warehouse.report.model import Period

PERIOD_COUNTS = {"week": 26, "month": 14, "quarter": 14}
"""Number of periods of each kind in a report: at least the current one, the last complete one, and 12 to compare it with."""
_NAMES = {
    "week": re.compile(r"(\d{4})-W(\d\d)"),
    "month": re.compile(r"(\d{4})-(\d\d)"),
    "quarter": re.compile(r"(\d{4})-Q(\d)"),
}


def time_zone(name: str) -> tzinfo:
    """Return the zone of an IANA name that services.toml accepts; UTC needs no database of time zones."""
    return UTC if name == "UTC" else ZoneInfo(name)


class PeriodError(TelemetryError):
    """The text is not the name of a period."""


def recent(now: int, counts: dict[str, int] | None = None, zone: tzinfo = UTC) -> tuple[Period, ...]:
    """Return the latest periods of each kind, oldest first, the current one included; `now` is UNIX ms."""
    periods: list[Period] = []
    for kind, number in (counts or PERIOD_COUNTS).items():
        newest_first = [_around(kind, _time(now, zone))]
        while len(newest_first) < number:
            newest_first.append(_around(kind, _time(newest_first[-1].starts_at - 1, zone)))
        periods += reversed(newest_first)
    return tuple(periods)


def whole(periods: tuple[Period, ...], since: int) -> tuple[Period, ...]:
    """Return the periods that begin at or after `since` (UNIX ms), before which a source has nothing; at least the last week."""
    weeks = [period for period in periods if period.kind == "week"]
    return tuple(period for period in periods if period.starts_at >= since) or tuple(weeks[-1:])


def named(name: str, zone: tzinfo = UTC) -> Period:
    """Return the period with this name, such as `2026-W47`, `2026-11` or `2026-Q4`; raises PeriodError."""
    for kind, pattern in _NAMES.items():
        if match := pattern.fullmatch(name):
            try:
                return _around(kind, _within(kind, int(match[1]), int(match[2])).replace(tzinfo=zone))
            except ValueError:
                break
    raise PeriodError(f"{name} is no period: name one as 2026-W47, 2026-11 or 2026-Q4")


def days(period: Period, now: int, zone: tzinfo = UTC) -> int:
    """Return the number of days of the period that have begun by `now` (UNIX ms), at least one."""
    last = min(now, period.ends_at) - 1
    return max(1, (_time(last, zone).date() - _time(period.starts_at, zone).date()).days + 1)


def _within(kind: str, year: int, number: int) -> datetime:
    if kind == "week":
        return datetime.fromisocalendar(year, number, 1)
    if kind == "quarter" and not 1 <= number <= 4:
        raise ValueError
    return datetime(year, number if kind == "month" else number * 3, 1)  # noqa: DTZ001 (the caller adds the zone)


def _around(kind: str, time: datetime) -> Period:
    day = time.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
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


def _time(milliseconds: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, zone)
