"""Encode the numbers: a series for each measure, scope and kind of period, with the text of each number."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from warehouse.dashboard.pieces import Piece, compress, split
from warehouse.dashboard.string_table import StringTable, clipped
from warehouse.dashboard.value_table import ValueTable
from warehouse.report import formatting
from warehouse.report.default_period import ShownPeriods, periods_by_kind
from warehouse.report.model import Measure, Number, Period, Report
from warehouse.report.targets import target_for, targets_by_key, verdict
from warehouse.report.trends import Series, trends

RECENT = {"week": 27, "month": 13, "quarter": 9}
"""How many of the newest periods of each kind are placed first: those that the page shows before somebody changes the range."""
DORA, OTHERS, OLDER, REPOSITORIES = range(4)
"""The ranks of numbers: services before their repositories, and what the page shows first before the rest."""
_Ages = dict[tuple[str, str], int]
"""For each period how many of its kind are newer."""


class _Texts(NamedTuple):
    """What the latest number of a series is compared with, in words."""

    trend: str
    target: str


class _Line(NamedTuple):
    """Some of the numbers of one series."""

    series: Series
    start: int
    """The age of the newest of them."""
    numbers: list[Number | None]
    """Newest first; None: there were no items."""


def number_pieces(report: Report, limit: int) -> Iterator[Piece]:
    """Yield the numbers of each service in pieces of at most `limit` bytes."""
    ages = _ages(report.periods)
    texts = _texts(report)
    by_service: dict[str, list[Number]] = defaultdict(list)
    for number in report.numbers:
        by_service[number.service].append(number)
    for service, numbers in by_service.items():
        for rank, lines in _ranked(report, numbers, ages):
            yield from split(lines, lambda lines: _piece(report, service, rank, lines, texts), limit)  # noqa: B023 (used at once)


def _ranked(report: Report, numbers: list[Number], ages: _Ages) -> Iterator[tuple[int, list[_Line]]]:
    """Yield the lines of one service by rank."""
    dora = {measure.name for measure in report.measures if measure.is_dora}
    whole, parts = _split(_by_series(numbers, ages))
    of_rank: dict[int, list[_Line]] = {DORA: [], OTHERS: [], OLDER: [], REPOSITORIES: []}
    for series, cells in whole.items():
        line = _line(series, cells)
        recent = RECENT[series.kind]
        of_rank[DORA if series.measure in dora else OTHERS].append(line._replace(numbers=line.numbers[:recent]))
        if line.numbers[recent:]:
            of_rank[OLDER].append(line._replace(start=recent, numbers=line.numbers[recent:]))
    of_rank[REPOSITORIES] = [_line(*item) for item in sorted(parts.items(), key=lambda item: item[0].repository)]
    yield from ((rank, lines) for rank, lines in of_rank.items() if lines)


_Cells = dict[Series, dict[int, Number]]
"""The numbers of series by their age."""


def _by_series(numbers: Iterable[Number], ages: _Ages) -> _Cells:
    cells: _Cells = defaultdict(dict)
    for number in numbers:
        cells[Series(*number[:5])][ages[number.kind, number.period]] = number
    return cells


def _split(cells: _Cells) -> tuple[_Cells, _Cells]:
    """Return the series of a whole service, and those of its repositories.

    The series of a service's only repository are left out where they are those of the service.
    """
    whole = {series: of for series, of in cells.items() if not series.repository}
    parts = {series: of for series, of in cells.items() if series.repository}
    if len({series.repository for series in parts}) == 1:
        parts = {
            series: of for series, of in parts.items() if not _is_same(of, whole.get(series._replace(repository="")))
        }
    return whole, parts


def _is_same(first: dict[int, Number], second: dict[int, Number] | None) -> bool:
    values = [{age: number[6:10] for age, number in (cells or {}).items()} for cells in (first, second)]
    return values[0] == values[1]


def _line(series: Series, cells: dict[int, Number]) -> _Line:
    return _Line(series, 0, [cells.get(age) for age in range(max(cells) + 1)])


def _piece(report: Report, service: str, rank: int, lines: list[_Line], texts: dict[Series, _Texts]) -> Piece:
    """Return one piece: a line of JSON as data.js reads it."""
    measures = {measure.name: (at, measure) for at, measure in enumerate(report.measures)}
    numbers = [number for line in lines for number in line.numbers if number is not None]
    values = ValueTable(
        (
            (measures[number.measure][1], value)
            for number in numbers
            for value in (number.value, number.p75, number.p90, number.p95)
        ),
        formatting.value,
    )
    coverages = _Coverages(numbers)
    strings = StringTable()
    rows = [
        (
            measures[line.series.measure][0],
            strings.index(line.series.repository),
            strings.index(line.series.environment),
            strings.index(line.series.kind),
            *map(strings.index, texts[line.series]),
            line.start,
            _indexes(line, values, measures, "value"),
            [0 if number is None else coverages.index(number) for number in line.numbers],
            [_percentiles(line, values, measures, name) for name in ("p75", "p90", "p95")],
        )
        for line in lines
    ]
    fields = {
        "strings": strings.all(),
        "values": values.encoded(),
        "coverages": coverages.encoded(),
        "rows": rows,
    }
    return Piece(service, rank, compress("numbers", clipped(service), fields), numbers=len(numbers))


def _indexes(line: _Line, values: ValueTable, measures: dict[str, tuple[int, Measure]], field: str) -> list[int]:
    measure = measures[line.series.measure][1]
    return [0 if number is None else values.index(measure, getattr(number, field)) for number in line.numbers]


def _percentiles(
    line: _Line, values: ValueTable, measures: dict[str, tuple[int, Measure]], field: str
) -> list[int] | int:
    """Return the column of a percentile, 0 where no number has it."""
    indexes = _indexes(line, values, measures, field)
    return indexes if any(indexes) else 0


class _Coverages:
    """The distinct coverages, the most frequent first, each with its text."""

    def __init__(self, numbers: Iterable[Number]) -> None:
        of_number = Counter(map(_coverage, numbers))
        self._indexes = {coverage: at for at, (coverage, _) in enumerate(of_number.most_common(), 1)}
        self._texts = [(known, inferred, items, text) for known, inferred, items, text in self._indexes]

    def index(self, number: Number) -> int:
        """Return the place of a number's coverage, from 1."""
        return self._indexes[_coverage(number)]

    def encoded(self) -> list[tuple[int, int, int, str]]:
        """Return the coverages: how many items are known, inferred and all, and the text."""
        return self._texts


def _coverage(number: Number) -> tuple[int, int, int, str]:
    return number.known, number.inferred, number.items, formatting.coverage(number)


def _ages(periods: Iterable[Period]) -> _Ages:
    newer: Counter[str] = Counter()
    ages = {}
    for period in sorted(periods, key=lambda period: -period.starts_at):
        ages[period.kind, period.name] = newer[period.kind]
        newer[period.kind] += 1
    return ages


def _texts(report: Report) -> dict[Series, _Texts]:
    """Return the texts of each series."""
    measures = {measure.name: measure for measure in report.measures}
    shown = periods_by_kind(report)
    verdicts = _verdicts(report, measures, shown)
    return {
        series: _Texts(
            formatting.trend(measures[series.measure], found) if shown[series.kind].is_over else formatting.NOT_OVER,
            verdicts.get(series, ""),
        )
        for series, found in trends(report).items()
    }


def _verdicts(report: Report, measures: dict[str, Measure], shown: dict[str, ShownPeriods]) -> dict[Series, str]:
    """Return whether the latest number of each series with a target meets it."""
    targets = targets_by_key(report)
    latest = {(kind, of.latest.name): of.latest if of.is_over else None for kind, of in shown.items() if of.latest}
    wanted = {target.measure for target in report.targets}
    return {
        Series(*number[:5]): verdict(
            measures[number.measure],
            number,
            target_for(targets, number.service, number.measure),
            latest[number.kind, number.period],
        )
        for number in report.numbers
        if number.measure in wanted and (number.kind, number.period) in latest
    }
