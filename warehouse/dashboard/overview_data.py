"""Encode what the overview of all services shows beside the series: units, texts, totals, targets and annotations."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from warehouse.dashboard.string_table import clipped
from warehouse.report import formatting
from warehouse.report.column_units import Unit, column_unit, in_unit
from warehouse.report.default_period import ShownPeriods, complete, periods_by_kind
from warehouse.report.empty_reasons import Reason, reasons
from warehouse.report.empty_state import headline
from warehouse.report.model import Measure, Number, Report
from warehouse.report.totals import Shares, Total, environments, shares, totals, why_not
from warehouse.report.trends import trend

_Latest = dict[str, dict[str, Number]]
"""The latest number by measure and service."""


def overview(report: Report) -> dict[str, Any]:
    """Return the fields of the page's data that the overview reads."""
    combined = totals(report)
    shown = environments(report)
    why_empty = reasons(report)
    columns = {kind: _columns(report, periods, combined, shown) for kind, periods in periods_by_kind(report).items()}
    return {
        "overview": {
            "without_numbers": [clipped(name) for name in sorted(_without_numbers(report, why_empty))],
            "environments": {clipped(name): clipped(of) for name, of in shown.items()},
            "units": {kind: units for kind, (units, _, _) in columns.items()},
            "texts": {kind: texts for kind, (_, texts, _) in columns.items()},
            "totals": [
                {
                    "team": clipped(total.team),
                    "services": len(total.services),
                    "why": [why_not(measure, total) for measure in report.measures],
                    "kinds": {kind: totals[index] for kind, (_, _, totals) in columns.items()},
                }
                for index, total in enumerate(combined)
            ],
        },
        "reasons": [
            ([clipped(name) for name in reason.services], reason.about, clipped(reason.cause), clipped(reason.fix))
            for reason in why_empty
        ],
        "headline": clipped(headline(report)),
        "targets": [(clipped(of.service), of.measure, of.value, clipped(of.text)) for of in report.targets],
        "annotations": [(clipped(of.service), of.at, clipped(of.text), of.day) for of in report.annotations],
    }


def _without_numbers(report: Report, why_empty: Iterable[Reason]) -> set[str]:
    """Return the services that have no number at all, and a reason for it."""
    return {name for reason in why_empty for name in reason.services} - {of.service for of in report.numbers}


def _columns(
    report: Report, periods: ShownPeriods, combined: Iterable[Total], shown: dict[str, str]
) -> tuple[list[str], dict[str, list[str]], list[Any]]:
    """Return the unit of each measure, its text for each service, and the cells of each total."""
    latest = _latest(report, periods, shown)
    units = [column_unit(of, [number.value for number in latest[of.name].values()]) for of in report.measures]
    names = sorted({service for of_measure in latest.values() for service in of_measure})
    texts = {
        clipped(name): [
            in_unit(latest[measure.name].get(name), unit) for measure, unit in zip(report.measures, units, strict=True)
        ]
        for name in names
    }
    return [unit.name for unit in units], texts, [_total_cells(report, periods, total, units) for total in combined]


def _latest(report: Report, periods: ShownPeriods, shown: dict[str, str]) -> _Latest:
    period = periods.latest
    with_environment = {number.measure for number in report.numbers if number.environment}
    latest: _Latest = defaultdict(dict)
    for number in report.numbers:
        if period and not number.repository and (number.kind, number.period) == (period.kind, period.name):
            wanted = shown.get(number.service, "") if number.measure in with_environment else ""
            if number.environment == wanted:
                latest[number.measure][number.service] = number
    return latest


def _total_cells(report: Report, shown: ShownPeriods, total: Total, units: list[Unit]) -> list[list[Any] | None]:
    """Return for each measure the text, the coverage and the trend of the latest period, and the values of all; or None."""
    if not shown.latest:
        return []
    by_measure: dict[str, dict[str, Number]] = defaultdict(dict)
    for number in total.numbers:
        if number.kind == shown.kind:
            by_measure[number.measure][number.period] = number
    of = shares(total)
    return [
        _cell(report, shown, of, measure, unit, by_measure.get(measure.name, {}))
        for measure, unit in zip(report.measures, units, strict=True)
    ]


def _cell(
    report: Report, shown: ShownPeriods, of: Shares, measure: Measure, unit: Unit, by_period: dict[str, Number]
) -> list[Any] | None:
    latest = by_period.get(shown.latest.name) if shown.latest else None
    if latest is None:
        return None
    over = of.comparable(measure, [by_period.get(period.name) for period in complete(report, shown.kind)])
    words = formatting.trend(measure, trend(measure, over)) if shown.is_over else formatting.NOT_OVER
    values = [
        number.value if (number := by_period.get(period.name)) else None
        for period in report.periods
        if period.kind == shown.kind
    ]
    rounded = [value and round(value, 6) for value in values]
    is_partial = latest.known < latest.items or not of.is_of_all(measure, latest)
    return [in_unit(latest, unit), of.coverage(measure, latest), words, rounded, is_partial]
