"""The latest period beside the one before it: which numbers a page of text can show of a report of many weeks."""

from itertools import dropwhile
from typing import NamedTuple

from warehouse.report.model import Measure, Number, Period, Report


class Line(NamedTuple):
    """One measure: its latest number, the one before, and the course of it."""

    measure: Measure
    latest: Number | None
    previous: Number | None
    course: tuple[float | None, ...]
    """The values of the complete periods from the first that is known, oldest first; None: unknown."""


class Group(NamedTuple):
    """One service in one environment (empty for measures that have none)."""

    service: str
    team: str | None
    environment: str
    lines: tuple[Line, ...]


class Comparison(NamedTuple):
    """All of them, for one kind of period."""

    kind: str
    latest: Period | None
    """The last period that is over; None where none is."""
    previous: Period | None
    groups: tuple[Group, ...]


def kind(report: Report) -> str:
    """The only one there is; else months where two are over, as a week tells little of a team that seldom deploys."""
    kinds = {each.kind for each in report.periods}
    if len(kinds) == 1:
        return kinds.pop()
    return "month" if len(complete(report, "month")) >= 2 else "week"


def complete(report: Report, kind: str) -> tuple[Period, ...]:
    """The periods of this kind that are over, oldest first."""
    return tuple(p for p in report.periods if p.kind == kind and p.ends_at <= report.generated_at)


def compare(report: Report, *, is_dora: bool) -> Comparison:
    """The five, or what is beside them, of every service and environment."""
    chosen = kind(report)
    periods = complete(report, chosen)
    measures = [measure for measure in report.measures if measure.is_dora == is_dora]
    numbers = _numbers(report, chosen, {measure.name for measure in measures})
    teams = {each.service: each.team for each in report.repositories}
    places = sorted({(service, environment) for service, environment, _ in numbers})
    groups = (
        Group(service, teams.get(service), environment, _lines(measures, periods, numbers, service, environment))
        for service, environment in places
    )
    ends = (*(None, None), *periods)[-2:]
    return Comparison(chosen, ends[1], ends[0], tuple(groups))


_Numbers = dict[tuple[str, str, str], dict[str, Number]]


def _numbers(report: Report, kind: str, measures: set[str]) -> _Numbers:
    """Those of whole services, by service, environment and measure, and then by period."""
    found: _Numbers = {}
    for each in report.numbers:
        if each.kind == kind and not each.repository and each.measure in measures:
            found.setdefault((each.service, each.environment, each.measure), {})[each.period] = each
    return found


def _lines(
    measures: list[Measure], periods: tuple[Period, ...], numbers: _Numbers, service: str, environment: str
) -> tuple[Line, ...]:
    """A measure of which this place has no number at all has no line."""
    lines = []
    for measure in measures:
        of = numbers.get((service, environment, measure.name))
        if of is None:
            continue
        course = [of.get(period.name) for period in periods]
        ends = (*(None, None), *course)[-2:]
        values = [each.value if each else None for each in course]
        lines.append(Line(measure, ends[1], ends[0], tuple(dropwhile(lambda value: value is None, values))))
    return tuple(lines)
