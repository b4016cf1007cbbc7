"""Collect what a page says besides numbers and evidence: the measures, the periods, what is missing and what is left out."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from warehouse.dashboard.evidence_row import link_parts
from warehouse.dashboard.not_counted import not_counted
from warehouse.dashboard.overview_data import overview
from warehouse.dashboard.pieces import compress
from warehouse.dashboard.string_table import clipped
from warehouse.report import empty_state, formatting, unknown
from warehouse.report.comparison import lead_time_starts
from warehouse.report.default_period import default_periods, periods_by_kind
from warehouse.report.formatting import days_of
from warehouse.report.model import Number, Period, Report

MAX_MISSING = 200
"""Maximum number of missing deliveries listed, newest."""
_MAX_ITEMS = (10_000, 1_000, 100, 10, 0)
"""Maximum lengths of the lists: the first with which they fit."""
_Lines = tuple[list[str], list[str]]


class Heads:
    """The fields of the pages of one report; what all pages share is computed once."""

    def __init__(self, report: Report) -> None:
        """Group the numbers by service, once for all pages."""
        self._report = report
        self._numbers: dict[str, list[Number]] = defaultdict(list)
        for number in report.numbers:
            self._numbers[number.service].append(number)
        self._of_main: dict[str, Any] = {}
        self._latest = _latest(report)
        self._default_kind = default_periods(report).kind
        self._periods = _periods(report, report.periods)
        self._not_counted = not_counted(report)

    def fields(self, limit: int, service: str | None = None) -> dict[str, Any]:
        """Return the fields of the main page or of a service's page; lists are shortened until `limit` bytes hold them."""
        if service is None and self._of_main:  # it is laid out more than once
            return self._of_main
        report = self._report if service is None else self._narrowed(service)
        fields: dict[str, Any] = {}
        of_overview = overview(report)
        own_lines = self._not_counted if service is None else _of_service(self._not_counted, clipped(service))
        for max_items in _MAX_ITEMS:
            fields = {
                "service": service and clipped(service),
                "default_kind": self._default_kind,
                "latest": self._latest,
                "periods": self._periods,
                **of_overview,
                **_lists(report, self._latest, max_items),
                "not_counted": dict(list(own_lines.items())[: max_items + 1]),
            }
            if len(compress("head", "", fields)) <= limit:
                break
        if service is None:
            self._of_main = fields
        return fields

    def _narrowed(self, service: str) -> Report:
        """Return the report of one service; what is missing stays, because it may be of this service too."""
        report = self._report
        return report._replace(
            numbers=tuple(self._numbers.get(service, ())),
            repositories=tuple(of for of in report.repositories if of.service == service),
            incident_counts=tuple(of for of in report.incident_counts if of.service == service),
            unknown=tuple(of for of in report.unknown if of.service == service),
            targets=tuple(of for of in report.targets if of.service in ("", service)),
            annotations=tuple(of for of in report.annotations if of.service in ("", service)),
        )


def _of_service(lines: dict[str, _Lines], service: str) -> dict[str, _Lines]:
    return {name: of for name, of in lines.items() if name == service}


def _periods(report: Report, periods: Iterable[Period]) -> list[tuple[object, ...]]:
    """Return the periods, each with its first and last day in the report's zone."""
    return [(*period, *days_of(period, report.time_zone)) for period in periods]


def _latest(report: Report) -> dict[str, tuple[str | None, str | None]]:
    """Return the names of the periods that are compared, the latest and the one before, by kind."""
    shown = periods_by_kind(report)
    return {kind: (of.latest and of.latest.name, of.previous and of.previous.name) for kind, of in shown.items()}


def _lead_time_titles(report: Report) -> dict[str, dict[str, str]]:
    """Return the titles that name where the lead time starts, by service and measure; the others are as in `measures`."""
    titles: dict[str, dict[str, str]] = {}
    starts = lead_time_starts(report)
    for measure in report.measures:
        for service, of_service in starts.items():
            if (text := formatting.title(measure, of_service)) != measure.title:
                titles.setdefault(clipped(service), {})[measure.name] = text
    return titles


def _left_out(report: Report, latest: dict[str, tuple[str | None, str | None]]) -> list[tuple[str, str, str]]:
    """Return the incidents that the latest change fail rate of a service cannot count: service, kind and text."""
    return [
        (clipped(count.service), count.kind, formatting.left_out(count))
        for count in report.incident_counts
        if latest[count.kind][0] == count.period
    ]


def _lists(report: Report, latest: dict[str, tuple[str | None, str | None]], max_items: int) -> dict[str, Any]:
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
        "source": clipped(report.source),
        "records": report.records,
        "newest_at": report.newest_at,
        "next_steps": empty_state.NEXT_STEPS,
        "unknown": [clipped(line) for line in unknown.lines(report)],
        "lead_time_titles": dict(list(_lead_time_titles(report).items())[:max_items]),
        "left_out": _left_out(report, latest)[:max_items],
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
