"""Compare the latest complete period with the previous one, for reports of one page."""

from itertools import dropwhile
from typing import NamedTuple

from warehouse.report.model import Measure, Number, Period, Report


class Line(NamedTuple):
    """One measure: its latest number, the previous one, and its history."""

    measure: Measure
    latest: Number | None
    previous: Number | None
    history: tuple[float | None, ...]
    """The values of the complete periods from the first known one on, oldest first; None: unknown."""


class Group(NamedTuple):
    """One service in one environment (empty for measures without environments)."""

    service: str
    team: str | None
    environment: str
    lines: tuple[Line, ...]


class Comparison(NamedTuple):
    """All groups, for one kind of period."""

    kind: str
    latest: Period | None
    """The last complete period; None if there is none."""
    previous: Period | None
    groups: tuple[Group, ...]


def kind(report: Report) -> str:
    """Return the kind to compare: the report's only kind, or months if two are complete, as weeks suit few deployments badly."""
    kinds = {period.kind for period in report.periods}
    if len(kinds) == 1:
        return kinds.pop()
    return "month" if len(complete(report, "month")) >= 2 else "week"


def complete(report: Report, kind: str) -> tuple[Period, ...]:
    """Return the complete periods of this kind, oldest first."""
    return tuple(period for period in report.periods if period.kind == kind and period.ends_at <= report.generated_at)


def compare(report: Report, *, is_dora: bool) -> Comparison:
    """Compare the DORA measures, or the others, of every service and environment."""
    period_kind = kind(report)
    periods = complete(report, period_kind)
    measures = [measure for measure in report.measures if measure.is_dora == is_dora]
    numbers = _numbers(report, period_kind, {measure.name for measure in measures})
    teams = {repository.service: repository.team for repository in report.repositories}
    pairs = sorted({(service, environment) for service, environment, _ in numbers})
    groups = (
        Group(service, teams.get(service), environment, _lines(measures, periods, numbers, service, environment))
        for service, environment in pairs
    )
    ends = (*(None, None), *periods)[-2:]
    return Comparison(period_kind, ends[1], ends[0], tuple(groups))


_Numbers = dict[tuple[str, str, str], dict[str, Number]]


def _numbers(report: Report, kind: str, measures: set[str]) -> _Numbers:
    """Return the numbers of whole services, by service, environment and measure, then by period."""
    numbers: _Numbers = {}
    for number in report.numbers:
        if number.kind == kind and not number.repository and number.measure in measures:
            numbers.setdefault((number.service, number.environment, number.measure), {})[number.period] = number
    return numbers


def _lines(
    measures: list[Measure], periods: tuple[Period, ...], numbers: _Numbers, service: str, environment: str
) -> tuple[Line, ...]:
    """Return a line for each measure that has a number for this service and environment."""
    lines = []
    for measure in measures:
        by_period = numbers.get((service, environment, measure.name))
        if by_period is None:
            continue
        history = [by_period.get(period.name) for period in periods]
        ends = (*(None, None), *history)[-2:]
        values = [number.value if number else None for number in history]
        lines.append(Line(measure, ends[1], ends[0], tuple(dropwhile(lambda value: value is None, values))))
    return tuple(lines)
