"""Evaluates the crontab expressions of terraform/schedules.json, in UTC.

terraform/README.md defines them: five fields, days of the week by name, and never both a day of the month and a day of the week.
The clouds have their own evaluators, and both read no more than this. https://man7.org/linux/man-pages/man5/crontab.5.html
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_LONGEST = 8 * 366
"""Days in which every valid expression occurs: 29 February is up to eight years away."""


class Cron(NamedTuple):
    """The values that each field of an expression allows."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    """Days of the month."""
    months: frozenset[int]
    weekdays: frozenset[int]
    """Days of the week; 0 is Sunday."""

    def following(self, after: datetime) -> datetime:
        """Return the first time after `after` (UTC). Raises ValueError if there is none, as on 30 February."""
        earliest = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
        midnight = earliest.replace(hour=0, minute=0)
        for number in range(_LONGEST):
            day = midnight + timedelta(days=number)
            if day.month not in self.months or day.day not in self.days or day.isoweekday() % 7 not in self.weekdays:
                continue
            times = (
                day.replace(hour=hour, minute=minute) for hour in sorted(self.hours) for minute in sorted(self.minutes)
            )
            found = next((time for time in times if time >= earliest), None)
            if found is not None:
                return found
        raise ValueError("the expression has no date")


def parse(expression: str) -> Cron:
    """Parse an expression such as `27 3 * * SUN,WED`. Raises ValueError."""
    fields = expression.split()
    if len(fields) != 5:
        raise ValueError(f"{expression}: a schedule has five fields")
    minute, hour, day, month, weekday = fields
    if day != "*" and weekday != "*":
        raise ValueError(f"{expression}: a schedule names days of the month or days of the week, not both")
    cron = Cron(
        _values(minute, range(60)),
        _values(hour, range(24)),
        _values(day, range(1, 32)),
        _values(month, range(1, 13)),
        _values(weekday, range(7), _DAYS),
    )
    cron.following(datetime(2000, 1, 1, tzinfo=UTC))
    return cron


def _values(field: str, allowed: range, names: tuple[str, ...] = ()) -> frozenset[int]:
    """Return the values of `*`, `5`, `1-5`, `*/15`, `0-30/10` and lists of these. Raises ValueError."""
    values: set[int] = set()
    for part in field.split(","):
        span, has_step, step = part.partition("/")
        first, has_last, last = (f"{allowed[0]}-{allowed[-1]}" if span == "*" else span).partition("-")
        known = () if span == "*" else names
        start = _number(first, known)
        end = _number(last, known) if has_last else start
        values.update(range(start, end + 1, _number(step, ()) if has_step else 1))
    if not values or not values <= set(allowed):
        raise ValueError(f"{field}: must be within {allowed[0]}-{allowed[-1]}")
    return frozenset(values)


def _number(text: str, names: tuple[str, ...]) -> int:
    """Return a number, or with `names` the position of a name: the clouds count the days of the week differently."""
    if names:
        return names.index(text)
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text}: must be a whole number")
    return int(text)
