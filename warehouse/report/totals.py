"""Combine the numbers of several services: of all of them, and of each team.

Counts and frequencies are added, and a mean is that of all items. A median cannot be computed from medians, so it has no
total. Where services share deployments, because only `paths` split their repository, a sum would count them twice. Before the
first deployment of a service, its frequency is unknown: a sum says of how many services it is, and is compared only with sums
of as many.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from warehouse.report import formatting
from warehouse.report.model import MEAN, MEDIAN, PER_DAY, Measure, Number, Report

ALL = ""
"""The team of the total of all services."""
_COUNTS = attrgetter("known", "items", "inferred")
NO_MEDIAN = "a median of several services cannot be computed from their medians"


class Total(NamedTuple):
    """The numbers of several services together."""

    team: str
    """The team of the services, or ALL."""
    services: tuple[str, ...]
    numbers: tuple[Number, ...]
    """Their service, repository and environment are empty."""
    shared: tuple[str, ...]
    """Services that share deployments: what is counted in environments has no number then."""
    parts: tuple[int, ...] = ()
    """How many of the services have each of these numbers, in their order."""


class Shares(NamedTuple):
    """Of how many services the numbers of a total are."""

    services: int
    counts: dict[tuple[str, str, str], int]
    """By measure, kind and name of the period."""

    def comparable(self, measure: Measure, numbers: Sequence[Number | None]) -> list[Number | None]:
        """Return numbers, oldest first, with a gap for each frequency of other services than the newest one.

        A service has a frequency in each period since its first deployment: as many services are the same ones.
        """
        newest = numbers[-1] if numbers else None
        if measure.statistic != PER_DAY or newest is None:
            return [*numbers]
        return [number if number and self._of(number) == self._of(newest) else None for number in numbers]

    def coverage(self, measure: Measure, number: Number | None) -> str:
        """Format how much of a total is known; of a frequency that some services do not have, of how many it is."""
        known = formatting.coverage(number)
        if number is None or self.is_of_all(measure, number):
            return known
        return f"{self._of(number):,} of {self.services:,} services: {known}"

    def is_of_all(self, measure: Measure, number: Number) -> bool:
        """Return whether no service lacks a frequency; of other measures a service without a number had no items."""
        return measure.statistic != PER_DAY or self._of(number) == self.services

    def _of(self, number: Number) -> int:
        return self.counts[number.measure, number.kind, number.period]


def shares(total: Total) -> Shares:
    """Return of how many services the numbers of a total are."""
    counted = zip(total.numbers, total.parts, strict=True)
    return Shares(len(total.services), {(of.measure, of.kind, of.period): count for of, count in counted})


def totals(report: Report, kind: str = "") -> tuple[Total, ...]:
    """Return the total of all services, then that of each team, where it has at least two services; of one kind of period if it is set."""
    shown = environments(report)
    groups = {ALL: sorted(shown), **dict(sorted(_by_team(report, sorted(shown)).items()))}
    parts = _parts(report, shown, kind)
    split = {number.measure for number in report.numbers if number.environment}
    return tuple(_total(report, team, names, parts, split) for team, names in groups.items() if len(names) > 1)


def can_be_combined(measure: Measure) -> bool:
    """Return whether the number of several services follows from their numbers."""
    return measure.statistic != MEDIAN


def why_not(measure: Measure, total: Total) -> str:
    """Return why a measure without a number has no total."""
    if not can_be_combined(measure):
        return NO_MEDIAN
    if total.shared:
        return f"{' and '.join(total.shared)} share deployments, which a sum would count twice"
    return ""


def environments(report: Report) -> dict[str, str]:
    """Return for each service the environment that stands for it: all together (empty), or else the one with most items."""
    dora = {measure.name for measure in report.measures if measure.is_dora}
    items: dict[str, Counter[str]] = defaultdict(Counter)
    for number in report.numbers:
        if not number.repository:
            found = items[number.service]
            if number.measure in dora:
                found[number.environment] += number.items
    return {service: _standing_for(found) for service, found in items.items()}


def _standing_for(items: Counter[str]) -> str:
    if "" in items or not items:
        return ""
    return min(items, key=lambda name: (-items[name], name))


def _by_team(report: Report, names: Iterable[str]) -> dict[str, list[str]]:
    teams = {repository.service: repository.team for repository in report.repositories}
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if team := teams.get(name):
            found[team].append(name)
    return found


def _parts(report: Report, shown: dict[str, str], kind: str) -> dict[str, list[Number]]:
    """Return the numbers of each service that can be combined; those of a measure that is not DORA's of all environments."""
    is_dora = {measure.name: measure.is_dora for measure in report.measures if can_be_combined(measure)}
    parts: dict[str, list[Number]] = defaultdict(list)
    for number in report.numbers:
        is_part = not number.repository and number.measure in is_dora and kind in ("", number.kind)
        if is_part and not (is_dora[number.measure] and number.environment != shown[number.service]):
            parts[number.service].append(number)
    return parts


def _total(report: Report, team: str, names: list[str], parts: dict[str, list[Number]], split: set[str]) -> Total:
    shared = _shared(report, names)
    combined: dict[tuple[str, str, str], list[Number]] = defaultdict(list)
    for number in (number for name in names for number in parts.get(name, ())):
        if not (shared and number.measure in split):
            combined[number.measure, number.kind, number.period].append(number)
    statistics = {measure.name: measure.statistic for measure in report.measures}
    return Total(
        team,
        tuple(names),
        tuple(_number(key, statistics[key[0]], found) for key, found in combined.items()),
        shared,
        tuple(map(len, combined.values())),
    )


def _shared(report: Report, names: Iterable[str]) -> tuple[str, ...]:
    """Return the services that share deployments with another one of these."""
    listed = set(names)
    return tuple(sorted({one for pair in report.shared_deployments if listed.issuperset(pair) for one in pair}))


def _number(key: tuple[str, str, str], statistic: str, parts: list[Number]) -> Number:
    measure, kind, period = key
    known, items, inferred = map(sum, zip(*map(_COUNTS, parts), strict=True))
    return Number(measure, "", "", "", kind, period, _value(statistic, parts), known, items, inferred)


def _value(statistic: str, parts: list[Number]) -> float | None:
    """Return the sum, or the mean of all items; None if no part is known."""
    known = [(number.value, number.valued) for number in parts if number.value is not None]
    if not known:
        return None
    if statistic != MEAN:
        return sum(value for value, _ in known)
    weight = sum(valued for _, valued in known)
    return sum(value * valued for value, valued in known) / weight if weight else None
