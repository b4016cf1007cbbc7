"""A row for every number, for spreadsheets. Values are as in the JSON: ms, shares from 0 to 1, per day; empty: unknown."""

import csv
import io
from collections.abc import Iterable

from core.sanitize import csv_cell
from warehouse.report.formatting import format_timestamp
from warehouse.report.model import Evidence, Report

COLUMNS = (
    "measure", "unit", "statistic", "service", "team", "repository", "environment", "kind", "period", "starts_on",
    "value", "known", "items",
)  # fmt: skip


def rendered(report: Report) -> str:
    """A header and the numbers, in the report's order; by RFC 4180, with CRLF."""
    measures = {measure.name: measure for measure in report.measures}
    teams = {each.service: each.team for each in report.repositories}
    starts = {(each.kind, each.name): format_timestamp(each.starts_at)[:10] for each in report.periods}
    rows = (
        (
            each.measure,
            measures[each.measure].unit,
            measures[each.measure].statistic,
            each.service,
            teams.get(each.service),
            each.repository,
            each.environment,
            each.kind,
            each.period,
            starts.get((each.kind, each.period)),
            each.value,
            each.known,
            each.items,
        )
        for each in report.numbers
    )
    return _table(COLUMNS, rows)


def evidence(items: Iterable[Evidence]) -> str:
    """A header and the items behind numbers."""
    return _table(Evidence._fields, items)


def _table(header: tuple[str, ...], rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(map(csv_cell, row) for row in rows)
    return out.getvalue()
