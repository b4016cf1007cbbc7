"""Encode the numbers as one series for each measure, scope and kind of period, omitting the oldest ones if needed.

Whole services take precedence over their repositories, because the history of a service is more useful than the latest
numbers of each repository.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from warehouse.dashboard.string_table import StringTable
from warehouse.report import formatting
from warehouse.report.default_period import periods_of
from warehouse.report.model import DURATION, Measure, Period, Report
from warehouse.report.trends import Series, trends

MIN_PERIODS = 3
"""Minimum periods of each kind for a useful series: the current one and the last two complete ones."""
_Cell = tuple[float | int | None, int, int, int]
"""Value, known, items and inferred."""
_SeriesKey = tuple[int, str, str, str, str]
"""Measure, service, repository, environment, kind."""


class FittedSeries(NamedTuple):
    """The series that fit into the size limit."""

    series: list[str]
    """JSON rows: the key, the trend in words, then value, known and items of each of the newest periods of its kind, oldest
    first; where items are inferred, also their number in each of these periods."""
    periods: list[Period]
    service_periods: int
    """Number of newest periods of each kind in the series of services."""
    repository_periods: int
    """Number of newest periods of each kind in the series of repositories."""
    omitted_numbers: int
    omitted_services: int


class _Series(NamedTuple):
    key: _SeriesKey
    trend: str
    cells: dict[int, _Cell]
    """By age: 0 is the newest period of its kind."""

    def row(self, count: int) -> tuple[object, ...]:
        """Return the row of the newest `count` periods."""
        ages = range(min(count, max(self.cells) + 1) - 1, -1, -1)
        cells = [self.cells.get(age, (None, 0, 0, 0)) for age in ages]
        row = (*self.key, self.trend, list(chain.from_iterable(cell[:3] for cell in cells)))
        inferred = [cell[3] for cell in cells]
        return (*row, inferred) if any(inferred) else row


def fit(report: Report, strings: StringTable) -> FittedSeries:
    """Return the series that fit into the byte budget of `strings`, which is reduced accordingly."""
    ages = _ages(report.periods)
    longest = max(ages.values(), default=-1) + 1
    all_series = _series(report, ages)
    by_service = _by_service([series for series in all_series if not series.key[2]])
    by_repository = _by_service(_distinct(by_service, [series for series in all_series if series.key[2]]))
    services = _fitting_services(by_service, strings)
    service_series, repository_series = (
        [series for name in services for series in group.get(name, ())] for group in (by_service, by_repository)
    )
    service_rows, service_periods = _fitting_rows(service_series, longest, strings)
    repository_rows, repository_periods = _fitting_rows(repository_series, service_periods, strings)
    total = sum(len(series.cells) for group in chain(by_service.values(), by_repository.values()) for series in group)
    included = sum(_within(series, service_periods) for series in service_series) + sum(
        _within(series, repository_periods) for series in repository_series
    )
    periods = [period for period in report.periods if ages[period.kind, period.name] < service_periods]
    return FittedSeries(
        service_rows + repository_rows,
        periods,
        service_periods,
        repository_periods,
        total - included,
        len(by_service) - len(services),
    )


def _ages(periods: Iterable[Period]) -> dict[tuple[str, str], int]:
    """Return for each period how many of its kind are newer."""
    newer: Counter[str] = Counter()
    ages = {}
    for period in sorted(periods, key=lambda period: -period.starts_at):
        ages[period.kind, period.name] = newer[period.kind]
        newer[period.kind] += 1
    return ages


def _series(report: Report, ages: dict[tuple[str, str], int]) -> list[_Series]:
    measures = {measure.name: (index, measure) for index, measure in enumerate(report.measures)}
    cells_by_key: dict[_SeriesKey, dict[int, _Cell]] = defaultdict(dict)
    for number in report.numbers:
        index, measure = measures[number.measure]
        cells = cells_by_key[index, number.service, number.repository, number.environment, number.kind]
        cell = (rounded(number.value, measure), number.known, number.items, number.inferred)
        cells[ages[number.kind, number.period]] = cell
    words = _trends(report)
    return [
        _Series(key, words[Series(report.measures[key[0]].name, *key[1:])], cells)
        for key, cells in cells_by_key.items()
    ]


def _trends(report: Report) -> dict[Series, str]:
    """Return the trend of each series in words."""
    measures = {measure.name: measure for measure in report.measures}
    is_over = {kind: periods_of(report, kind).is_over for kind in {period.kind for period in report.periods}}
    return {
        series: formatting.trend(measures[series.measure], found) if is_over[series.kind] else formatting.NOT_OVER
        for series, found in trends(report).items()
    }


_Services = dict[str, list[_Series]]


def _by_service(series: Iterable[_Series]) -> _Services:
    groups: _Services = defaultdict(list)
    for item in series:
        groups[item.key[1]].append(item)
    return groups


def _distinct(by_service: _Services, repository_series: Iterable[_Series]) -> Iterator[_Series]:
    """Yield the series of repositories, except those equal to the series of their service."""
    for group in _by_service(repository_series).values():
        is_alone = len({series.key[2] for series in group}) == 1
        service_cells = {series.key: series.cells for series in by_service.get(group[0].key[1], ())} if is_alone else {}
        yield from (
            series for series in group if service_cells.get((*series.key[:2], "", *series.key[3:])) != series.cells
        )


def _fitting_services(by_service: _Services, strings: StringTable) -> list[str]:
    """Return the services that fit with the minimum number of periods each, busiest first."""
    items = {
        name: sum(cell[2] for series in group for cell in series.cells.values()) for name, group in by_service.items()
    }
    trial, names = StringTable(strings.budget), []
    for name in sorted(by_service, key=lambda name: (-items[name], name)):
        if trial.encode([series.row(MIN_PERIODS) for series in by_service[name]]) is None:
            break
        names.append(name)
    return names


def _fitting_rows(series: list[_Series], longest: int, strings: StringTable) -> tuple[list[str], int]:
    """Return the rows with the largest common number of periods that fits, and that number; none if it is too small."""
    fewest = min(MIN_PERIODS, longest)
    least, most = 0, longest
    while least < most:
        count = (least + most + 1) // 2
        if StringTable(strings.budget).encode([item.row(count) for item in series]) is None:
            most = count - 1
        else:
            least = count
    if least < fewest:
        return [], 0
    return strings.encode([item.row(least) for item in series]) or [], least


def _within(series: _Series, count: int) -> int:
    return sum(age < count for age in series.cells)


def rounded(value: float | None, measure: Measure) -> float | int | None:
    """Round to the digits that are shown: whole ms, six decimals; NaN and infinity become None."""
    if value is None or not math.isfinite(value):
        return None
    result = round(value) if measure.unit == DURATION else round(value, 6)
    return int(result) if result == int(result) else result
