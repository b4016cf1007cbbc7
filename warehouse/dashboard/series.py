"""The numbers as one series for each measure, place and kind of period: what has no room is left out from the old end.

Whole services come before their repositories: the course of a service tells more than the latest of each repository.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from warehouse.dashboard.string_table import Texts
from warehouse.report.model import DURATION, Measure, Period, Report

FEWEST = 3
"""Periods of each kind without which a service says little: the one that is not over, the last that is, the one before."""
_Cell = tuple[float | int | None, int, int]
_Place = tuple[int, str, str, str, str]
"""Measure, service, repository, environment, kind."""


class Told(NamedTuple):
    """What there is room for."""

    series: list[str]
    """JSON: place, and value, known and items of each of the newest periods of its kind, oldest first."""
    periods: list[Period]
    reach: int
    """How many of the newest periods of each kind the numbers of services reach back …"""
    repository_reach: int
    """… and those of repositories."""
    numbers_cut: int
    services_cut: int


class _Series(NamedTuple):
    place: _Place
    cells: dict[int, _Cell]
    """By age: 0 is the newest period of its kind."""

    def row(self, reach: int) -> tuple[object, ...]:
        """What is written of it."""
        ages = range(min(reach, max(self.cells) + 1) - 1, -1, -1)
        return (*self.place, list(chain.from_iterable(self.cells.get(age, (None, 0, 0)) for age in ages)))


def told(report: Report, texts: Texts) -> Told:
    """The series that fit into what room the texts have, and take it from them."""
    ages = _ages(report.periods)
    longest = max(ages.values(), default=-1) + 1
    found = _series(report, ages)
    whole = _by_service([each for each in found if not each.place[2]])
    apart = _by_service(_unlike(whole, [each for each in found if each.place[2]]))
    services = _services(whole, texts)
    kept, kept_apart = ([each for name in services for each in of.get(name, ())] for of in (whole, apart))
    series, reach = _fitting(kept, longest, texts)
    more, repository_reach = _fitting(kept_apart, reach, texts)
    given = sum(len(each.cells) for own in chain(whole.values(), apart.values()) for each in own)
    there = sum(_within(each, reach) for each in kept) + sum(_within(each, repository_reach) for each in kept_apart)
    periods = [period for period in report.periods if ages[period.kind, period.name] < reach]
    return Told(series + more, periods, reach, repository_reach, given - there, len(whole) - len(services))


def _ages(periods: Iterable[Period]) -> dict[tuple[str, str], int]:
    """How many periods of its kind are newer than each."""
    newer: Counter[str] = Counter()
    ages = {}
    for period in sorted(periods, key=lambda period: -period.starts_at):
        ages[period.kind, period.name] = newer[period.kind]
        newer[period.kind] += 1
    return ages


def _series(report: Report, ages: dict[tuple[str, str], int]) -> list[_Series]:
    measures = {measure.name: (place, measure) for place, measure in enumerate(report.measures)}
    found: dict[_Place, dict[int, _Cell]] = defaultdict(dict)
    for each in report.numbers:
        place, measure = measures[each.measure]
        cells = found[place, each.service, each.repository, each.environment, each.kind]
        cells[ages[each.kind, each.period]] = (rounded(each.value, measure), each.known, each.items)
    return [_Series(place, cells) for place, cells in found.items()]


_Services = dict[str, list[_Series]]


def _by_service(series: Iterable[_Series]) -> _Services:
    found: _Services = defaultdict(list)
    for each in series:
        found[each.place[1]].append(each)
    return found


def _unlike(whole: _Services, apart: Iterable[_Series]) -> Iterator[_Series]:
    """Without the repositories that are a service by themselves: their numbers are there already."""
    for own in _by_service(apart).values():
        alone = len({each.place[2] for each in own}) == 1
        same = {each.place: each.cells for each in whole.get(own[0].place[1], ())} if alone else {}
        yield from (each for each in own if same.get((*each.place[:2], "", *each.place[3:])) != each.cells)


def _services(whole: _Services, texts: Texts) -> list[str]:
    """Those for which there is room at all, if each keeps the fewest periods; the busiest first."""
    busy = {name: sum(cell[2] for each in own for cell in each.cells.values()) for name, own in whole.items()}
    room, kept = Texts(texts.room), []
    for name in sorted(whole, key=lambda name: (-busy[name], name)):
        if room.told([each.row(FEWEST) for each in whole[name]]) is None:
            break
        kept.append(name)
    return kept


def _fitting(series: list[_Series], longest: int, texts: Texts) -> tuple[list[str], int]:
    """The series, as long as there is room for all of them to be equally long; none where that is too short."""
    fewest = min(FEWEST, longest)
    least, most = 0, longest
    while least < most:
        reach = (least + most + 1) // 2
        if Texts(texts.room).told([each.row(reach) for each in series]) is None:
            most = reach - 1
        else:
            least = reach
    if least < fewest:
        return [], 0
    return texts.told([each.row(least) for each in series]) or [], least


def _within(series: _Series, reach: int) -> int:
    return sum(age < reach for age in series.cells)


def rounded(value: float | None, measure: Measure) -> float | int | None:
    """Without the digits that nobody sees: whole ms, six decimals; what is no number is unknown."""
    if value is None or not math.isfinite(value):
        return None
    told = round(value) if measure.unit == DURATION else round(value, 6)
    return int(told) if told == int(told) else told
