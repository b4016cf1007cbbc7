"""Compare the latest period with the previous one and with the usual range, for reports of one page."""

from itertools import dropwhile
from typing import NamedTuple

from warehouse.report import formatting
from warehouse.report.default_period import ShownPeriods, complete, default_periods
from warehouse.report.empty_reasons import Reason, reasons
from warehouse.report.model import CHANGE_FAIL_RATE, Measure, Number, Period, Report
from warehouse.report.targets import target_for, targets_by_key, verdict
from warehouse.report.totals import ALL, Shares, Total, shares, totals
from warehouse.report.trends import trend


class Line(NamedTuple):
    """One measure: its latest number, the previous one, its trend and its history."""

    measure: Measure
    title: str
    """The measure's title, of a change lead time with where it starts unless that is the author date."""
    latest: Number | None
    previous: Number | None
    trend: str
    """Whether the last complete period is within the usual range, in words."""
    coverage: str
    """How much of the latest number is known, and for the change fail rate the incidents that are not in it."""
    target: str
    """`target 1 d: met`; empty without a target."""
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
    """The last complete period, or the current one if it alone has items; None if there is none."""
    previous: Period | None
    is_over: bool
    """Whether the latest period is complete."""
    groups: tuple[Group, ...]

    def heading(self, zone: str) -> str:
        """Return which period the latest one is, with its days in this zone."""
        if self.latest is None:
            return f"no {self.kind} is over yet"
        which, end = ("the last whole", "") if self.is_over else ("the current", ", not over yet")
        return f"{which} {self.kind}, {self.latest.name} ({formatting.span(self.latest, zone)}){end}"


def compare(report: Report, *, is_dora: bool, shown: ShownPeriods | None = None) -> Comparison:
    """Compare the DORA measures, or the others, of every service and environment, by default in the periods shown first."""
    shown = shown or default_periods(report)
    targets = targets_by_key(report)
    periods, whole = complete(report, shown.kind), shown.latest if shown.is_over else None
    measures = [measure for measure in report.measures if measure.is_dora == is_dora]
    numbers = _numbers(report, shown.kind, {measure.name for measure in measures})
    starts = lead_time_starts(report)
    teams = {repository.service: repository.team for repository in report.repositories}
    pairs = sorted({(service, environment) for service, environment, _ in numbers})
    counts = {count[:3]: count for count in report.incident_counts}
    groups = []
    for service, environment in pairs:
        lines = []
        for measure in measures:
            by_period = numbers.get((service, environment, measure.name))
            if by_period is None:
                continue
            latest, previous = (by_period.get(period.name) if period else None for period in shown[1:3])
            found = trend(measure, [by_period.get(period.name) for period in periods])
            words = formatting.trend(measure, found) if shown.is_over else formatting.NOT_OVER
            coverage = formatting.coverage(latest)
            if measure.name == CHANGE_FAIL_RATE and shown.latest:
                left_out = counts.get((service, shown.kind, shown.latest.name))
                coverage = "; ".join(filter(None, (coverage, formatting.left_out(left_out))))
            title = formatting.title(measure, starts.get(service, ()))
            target = verdict(measure, latest, target_for(targets, service, measure.name), whole)
            lines.append(Line(measure, title, latest, previous, words, coverage, target, _history(by_period, periods)))
        groups.append(Group(service, teams.get(service), environment, tuple(lines)))
    return Comparison(*shown, tuple(groups))


def compare_totals(
    report: Report, *, shown: ShownPeriods | None = None, why_empty: tuple[Reason, ...] | None = None
) -> Comparison:
    """Compare what can be combined of the DORA measures, of all services and of each team, in the periods of `compare`.

    `why_empty` are the `reasons` of the report; they are computed if it is None.
    """
    shown = shown or default_periods(report)
    groups = []
    found = reasons(report) if why_empty is None else why_empty
    empty = {name for reason in found for name in reason.services}
    for total in totals(report, shown.kind):
        of_total = report._replace(numbers=total.numbers, incident_counts=(), targets=())
        combined = compare(of_total, is_dora=True, shown=shown)
        name = _total_title(total, empty)
        of = shares(total)
        for group in combined.groups:
            lines = tuple(_of_total(report, shown, total, of, line) for line in group.lines)
            groups.append(Group(name, total.team or None, "", lines))
    return Comparison(*shown, tuple(groups))


def _total_title(total: Total, empty: set[str]) -> str:
    """Return `All 3 services`, or `2 of 3 services` if an empty one has no number at all; of a team `2 services`."""
    counted = len(total.services)
    if total.team != ALL:
        return f"{counted:,} services"
    left_out = len(empty.difference(total.services))
    return f"{counted:,} of {counted + left_out:,} services" if left_out else f"All {counted:,} services"


def _of_total(report: Report, shown: ShownPeriods, total: Total, of: Shares, line: Line) -> Line:
    """Return a line whose coverage and trend say of how many services its numbers are."""
    by_period = {
        number.period: number
        for number in total.numbers
        if (number.measure, number.kind) == (line.measure.name, shown.kind)
    }
    numbers = of.comparable(line.measure, [by_period.get(period.name) for period in complete(report, shown.kind)])
    words = formatting.trend(line.measure, trend(line.measure, numbers)) if shown.is_over else line.trend
    return line._replace(trend=words, coverage=of.coverage(line.measure, line.latest))


def lead_time_starts(report: Report) -> dict[str, set[str]]:
    """Return the values of lead_time_from of each service's repositories."""
    starts: dict[str, set[str]] = {}
    for repository in report.repositories:
        starts.setdefault(repository.service, set()).add(repository.lead_time_from)
    return starts


_Numbers = dict[tuple[str, str, str], dict[str, Number]]


def _numbers(report: Report, kind: str, measures: set[str]) -> _Numbers:
    """Return the numbers of whole services, by service, environment and measure, then by period."""
    numbers: _Numbers = {}
    for number in report.numbers:
        if number.kind == kind and not number.repository and number.measure in measures:
            numbers.setdefault((number.service, number.environment, number.measure), {})[number.period] = number
    return numbers


def _history(by_period: dict[str, Number], periods: tuple[Period, ...]) -> tuple[float | None, ...]:
    """Return the values of the complete periods, from the first known one on."""
    numbers = (by_period.get(period.name) for period in periods)
    values = (number.value if number else None for number in numbers)
    return tuple(dropwhile(lambda value: value is None, values))
