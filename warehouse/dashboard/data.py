"""Encode the page's data as JSON within a size limit. Omitted data is counted, and the page shows the counts."""

from collections.abc import Iterable
from typing import Any

from warehouse.dashboard import series
from warehouse.dashboard.evidence_row import encode, link_parts
from warehouse.dashboard.evidence_selection import newest_first
from warehouse.dashboard.string_table import StringTable, as_json, clipped
from warehouse.report import formatting, unknown
from warehouse.report.comparison import lead_time_starts
from warehouse.report.default_period import default_periods, periods_of
from warehouse.report.empty_state import NEXT_STEPS
from warehouse.report.formatting import days_of
from warehouse.report.model import Evidence, Period, Report

RESERVED = 200_000
"""Bytes reserved for evidence, even if the numbers alone could fill the page."""
MAX_MISSING = 200
"""Maximum number of missing deliveries listed, newest."""
_COMMAS = 300
"""Bytes of the syntax between the parts."""


def payload(report: Report, evidence: Iterable[Evidence], limit: int) -> str:
    """Return a JSON object of at most `limit` bytes without `<`, so that it cannot end its script element."""
    fields = _fields(report, limit - RESERVED)
    periods = _periods(report, report.periods)
    strings = StringTable(limit - RESERVED - len(as_json({**fields, "periods": periods}).encode()) - _COMMAS)
    fitted = series.fit(report, strings)
    strings.budget += RESERVED
    items, omitted_items = _evidence(report, evidence, strings)
    fields |= {
        "omitted": {"numbers": fitted.omitted_numbers, "services": fitted.omitted_services, "evidence": omitted_items},
        "period_limits": {"service": fitted.service_periods, "repository": fitted.repository_periods},
        "periods": _periods(report, fitted.periods),
        "strings": strings.all(),
    }
    return f'{as_json(fields)[:-1]},"numbers":[{",".join(fitted.series)}],"evidence":[{",".join(items)}]}}'


def _periods(report: Report, periods: Iterable[Period]) -> list[tuple[object, ...]]:
    """Return the periods, each with its first and last day in the report's zone."""
    return [(*period, *days_of(period, report.time_zone)) for period in periods]


def _latest(report: Report) -> dict[str, tuple[str | None, str | None]]:
    """Return the names of the periods that are compared, the latest and the one before, by kind."""
    kinds = dict.fromkeys(period.kind for period in report.periods)
    shown = [periods_of(report, kind) for kind in kinds]
    return {of.kind: (of.latest and of.latest.name, of.previous and of.previous.name) for of in shown}


def _lead_time_titles(report: Report) -> dict[str, dict[str, str]]:
    """Return the titles that name where the lead time starts, by service and measure; the others are as in `measures`."""
    titles: dict[str, dict[str, str]] = {}
    for measure in report.measures:
        for service, of_service in lead_time_starts(report).items():
            if (text := formatting.title(measure, of_service)) != measure.title:
                titles.setdefault(clipped(service), {})[measure.name] = text
    return titles


def _left_out(report: Report) -> list[tuple[str, str, str]]:
    """Return the incidents that the latest change fail rate of a service cannot count: service, kind and text."""
    latest = {(kind, name) for kind, (name, _) in _latest(report).items()}
    return [
        (clipped(count.service), count.kind, formatting.left_out(count))
        for count in report.incident_counts
        if (count.kind, count.period) in latest
    ]


def _fields(report: Report, limit: int) -> dict[str, Any]:
    """Return everything except numbers and evidence; lists are shortened only in an exceptionally large report."""
    fields: dict[str, Any] = {}
    for max_items in (10_000, 1_000, 100, 10, 0):
        fields = _fields_with_lists(report, max_items)
        if len(as_json(fields).encode()) <= limit:
            break
    return fields


def _fields_with_lists(report: Report, max_items: int) -> dict[str, Any]:
    """Return the fields with lists of at most `max_items`; the field `totals` has their full lengths."""
    missing = [(day.day, day.webhook, *delivery) for day in report.ledger for delivery in day.missing]
    repositories = (
        (
            clipped(repository.name),
            clipped(repository.service),
            repository.team and clipped(repository.team),
            repository.deployments,
        )
        for repository in report.repositories[:max_items]
    )
    days = report.ledger[max(0, len(report.ledger) - max_items) :]
    newest_missing = missing[max(0, len(missing) - min(max_items, MAX_MISSING)) :]
    return {
        "generated_at": report.generated_at,
        "time_zone": report.time_zone,
        "default_kind": default_periods(report).kind,
        "latest": _latest(report),
        "source": clipped(report.source),
        "records": report.records,
        "newest_at": report.newest_at,
        "next_steps": NEXT_STEPS,
        "unknown": [clipped(line) for line in unknown.lines(report)],
        "lead_time_titles": dict(list(_lead_time_titles(report).items())[:max_items]),
        "left_out": _left_out(report)[:max_items],
        "links": link_parts(report.records_url),
        "measures": [measure._asdict() for measure in report.measures],
        "repositories": list(repositories),
        "days": [(day.day, clipped(day.webhook), *day[2:-1], len(day.missing)) for day in days],
        "missing": [[clipped(cell) for cell in row] for row in newest_missing],
        "rejects": [(clipped(reject.path), clipped(reject.reason)) for reject in report.rejects[:max_items]],
        "totals": {
            "repositories": len(report.repositories),
            "days": len(report.ledger),
            "missing": len(missing),
            "rejects": report.rejected,
        },
    }


def _evidence(report: Report, evidence: Iterable[Evidence], strings: StringTable) -> tuple[list[str], int]:
    """Return the rows of the newest items, as many as fit, and the number of the others."""
    measures = {measure.name: (index, measure) for index, measure in enumerate(report.measures)}
    ranked, total = newest_first(evidence)
    rows: list[str] = []
    for item in ranked:
        encoded = strings.encode([encode(item, *measures[item.measure])])
        if encoded is None:
            break
        rows += encoded
    return rows, total - len(rows)
