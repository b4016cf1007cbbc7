"""Render a report as CSV, a row for every number. Values are as in the JSON: ms, shares from 0 to 1, per day; empty: unknown."""

import csv
import io
from collections.abc import Iterable

from core.sanitize import csv_cell
from warehouse.report.formatting import days_of
from warehouse.report.links import Links, links
from warehouse.report.model import Evidence, Report

COLUMNS = (
    "measure", "unit", "statistic", "service", "team", "repository", "environment", "kind", "period", "starts_on",
    "value", "known", "items", "inferred", "p75", "p90", "p95", "time_zone",
)  # fmt: skip


def render(report: Report) -> str:
    """Return a header and the numbers, in the report's order, as RFC 4180 defines it, with CRLF."""
    measures = {measure.name: measure for measure in report.measures}
    teams = {repository.service: repository.team for repository in report.repositories}
    starts = {(period.kind, period.name): days_of(period, report.time_zone)[0] for period in report.periods}
    rows = (
        (
            number.measure,
            measures[number.measure].unit,
            measures[number.measure].statistic,
            number.service,
            teams.get(number.service),
            number.repository,
            number.environment,
            number.kind,
            number.period,
            starts.get((number.kind, number.period)),
            number.value,
            number.known,
            number.items,
            number.inferred,
            number.p75,
            number.p90,
            number.p95,
            report.time_zone,
        )
        for number in report.numbers
    )
    return _table(COLUMNS, rows)


def evidence(items: Iterable[Evidence], records_url: str = "") -> str:
    """Return a header and the items behind numbers, each with the addresses of what it is about."""
    header = (*Evidence._fields, *(f"{name}_url" for name in Links._fields))
    return _table(header, ((*item, *links(item, records_url)) for item in items))


def _table(header: tuple[str, ...], rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(map(csv_cell, row) for row in rows)
    return out.getvalue()
