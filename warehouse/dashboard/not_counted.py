"""Say on the page which deployments are in no number, and which environments are production: for all services, and for each."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any, TypeVar

from warehouse.dashboard.string_table import clipped
from warehouse.report import environment_sides, left_out
from warehouse.report.default_period import default_periods
from warehouse.report.filters import suggestions_about
from warehouse.report.model import Report

_MAX_LENGTH = 2_000
"""Maximum characters of a line: one names up to 20 environments."""
_Item = TypeVar("_Item")


def not_counted(report: Report) -> dict[str, tuple[list[str], list[str]]]:
    """Return by service, and for all first (an empty name), the lines on deployments and those on environments."""
    period = default_periods(report).latest
    # the lines need neither numbers nor other periods, which would be read again for each service
    small = report._replace(
        numbers=(),
        periods=(period,) if period else (),
        left_out=tuple(of for of in report.left_out if period and (of.kind, of.period) == (period.kind, period.name)),
    )
    lines = {"": _lines(small)}
    return lines | {clipped(service): _lines(of) for service, of in _by_service(small)}


def _by_service(report: Report) -> Iterator[tuple[str, Report]]:
    repositories = _grouped(report.repositories, "service")
    of_service = _grouped(report.left_out, "service")
    names = ("environments", "without_end", "whole_runs")
    of_repository = {name: _grouped(getattr(report, name), "repository") for name in names}
    for service, entries in sorted(repositories.items()):
        own = sorted({entry.name for entry in entries})
        parts: dict[str, Any] = {
            name: tuple(item for repository in own for item in grouped[repository])
            for name, grouped in of_repository.items()
        }
        suggestions = suggestions_about(report, set(own))
        yield service, report._replace(left_out=tuple(of_service[service]), suggestions=suggestions, **parts)


def _grouped(items: Iterable[_Item], name: str) -> dict[str, list[_Item]]:
    grouped: dict[str, list[_Item]] = defaultdict(list)
    key = attrgetter(name)
    for item in items:
        grouped[key(item)].append(item)
    return grouped


def _lines(report: Report) -> tuple[list[str], list[str]]:
    found = left_out.lines(report), environment_sides.lines(report)
    deployments, environments = ([clipped(line, _MAX_LENGTH) for line in lines] for lines in found)
    return deployments, environments
