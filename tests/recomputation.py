"""Compute every number of a report from the rows of `telemetry report --evidence all --format csv`, in plain Python."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from math import fsum
from statistics import median
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from warehouse.report import as_csv
from warehouse.report.model import Evidence, Period, Report

Key = tuple[str, str, str, str, str, str]
"""Measure, service, repository, environment, kind and period."""
MIN_P75, MIN_P90, MIN_P95 = 4, 10, 20


class Row(NamedTuple):
    """What a number needs of a row of evidence."""

    measure: str
    service: str
    repository: str
    environment: str
    at: int | None
    value: float | None
    certainty: str
    why: str


class Recomputed(NamedTuple):
    """A number, as its rows make it."""

    value: float | None
    known: int
    inferred: int
    items: int
    p75: float | None = None
    p90: float | None = None
    p95: float | None = None


def rows(items: Iterable[Evidence]) -> list[Row]:
    """Return the rows of the CSV."""
    table = csv.DictReader(io.StringIO(as_csv.evidence(items), newline=""))
    return [
        Row(
            *(line[name] for name in ("measure", "service", "repository", "environment")),
            int(line["at"]) if line["at"] else None,
            float(line["value"]) if line["value"] else None,
            line["certainty"],
            line["why"],
        )
        for line in table
    ]


class Numbers:
    """The numbers of a report's periods that rows of evidence make."""

    def __init__(self, report: Report, found: Iterable[Row]) -> None:
        self._report = report
        self._statistics = {measure.name: measure.statistic for measure in report.measures}
        self.groups: dict[Key, list[Row]] = defaultdict(list)
        for row in found:
            for period in _periods_of(report.periods, row.at):
                for repository in ("", row.repository):
                    key = (row.measure, row.service, repository, row.environment, period.kind, period.name)
                    self.groups[key].append(row)

    def number(self, key: Key) -> Recomputed:
        """Return the number of a scope and period."""
        return self.of_rows(key[0], key[4], key[5], self.groups.get(key, []))

    def of_rows(self, measure: str, kind: str, period: str, found: list[Row]) -> Recomputed:
        """Return the number that these rows of a measure make in a period."""
        values = [row.value for row in found if row.value is not None]
        statistic = self._statistics[measure]
        inferred = sum(row.certainty == "inferred" for row in found)
        value = {
            "per_day": lambda: None if found and not values else fsum(values) / self._days(kind, period),
            "sum": lambda: fsum(values) if values else None,
            "mean": lambda: fsum(values) / len(values) if values else None,
            "median": lambda: median(values) if values else None,
        }[statistic]()
        p75 = p90 = p95 = None
        if statistic == "median":
            p75 = percentile(values, 75) if len(values) >= MIN_P75 else None
            p90 = percentile(values, 90) if len(values) >= MIN_P90 else None
            p95 = percentile(values, 95) if len(values) >= MIN_P95 else None
        return Recomputed(value, len(values) - inferred, inferred, len(found), p75, p90, p95)

    def _days(self, kind: str, name: str) -> int:
        """Return the days of the period that have begun, counted one by one."""
        period = next(of for of in self._report.periods if (of.kind, of.name) == (kind, name))
        zone = ZoneInfo(self._report.time_zone)
        day = datetime.fromtimestamp(period.starts_at / 1000, UTC).astimezone(zone).date()
        until = datetime.fromtimestamp((min(self._report.generated_at, period.ends_at) - 1) / 1000, UTC).astimezone(
            zone
        )
        count = 0
        while day <= until.date():
            day += timedelta(days=1)
            count += 1
        return max(1, count)


def percentile(values: list[float], percent: int) -> float:
    """Return a percentile, interpolated linearly between two values."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _periods_of(periods: Iterable[Period], at: int | None) -> Iterator[Period]:
    return (period for period in periods if at is not None and period.starts_at <= at < period.ends_at)


def near(one: float | None, other: float | None, within: float = 1e-9) -> bool:
    """Return whether two values differ by rounding only; None is near to None alone."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= max(within, 1e-9 * max(abs(one), abs(other)))


def key_of(number: Any) -> Key:
    """Return the key of a number of a report, or of its JSON."""
    get = number.get if isinstance(number, dict) else lambda name: getattr(number, name)
    return tuple(get(name) for name in ("measure", "service", "repository", "environment", "kind", "period"))  # type: ignore[return-value]
