"""Choose the periods that a report shows first: one rule for text, Markdown, JSON and dashboard."""

from typing import NamedTuple

from warehouse.report.model import Period, Report

LONGEST_FIRST = ("quarter", "month", "week")


class ShownPeriods(NamedTuple):
    """The kind of period, and which ones are compared."""

    kind: str
    latest: Period | None
    """The last complete period; the current one if no complete one has items."""
    previous: Period | None
    is_over: bool
    """Whether the latest period is complete."""


def default_periods(report: Report) -> ShownPeriods:
    """Return the longest kind of period whose last two complete ones both have items, or else the week."""
    kinds = {period.kind for period in report.periods}
    filled = _filled(report)
    ordered = [kind for kind in LONGEST_FIRST if kind in kinds]
    for kind in ordered:
        last_two = complete(report, kind)[-2:]
        if len(last_two) == 2 and all((kind, period.name) in filled for period in last_two):
            return _shown(report, kind, filled)
    return _shown(report, ordered[-1] if ordered else LONGEST_FIRST[-1], filled)


def periods_by_kind(report: Report) -> dict[str, ShownPeriods]:
    """Return for each kind what `periods_of` returns; all numbers are looked at once."""
    filled = _filled(report)
    return {kind: _shown(report, kind, filled) for kind in dict.fromkeys(period.kind for period in report.periods)}


def periods_of(report: Report, kind: str) -> ShownPeriods:
    """Return the last complete period of a kind and the one before; if no complete one has items, the current one."""
    return _shown(report, kind, _filled(report))


def _shown(report: Report, kind: str, filled: set[tuple[str, str]]) -> ShownPeriods:
    over = complete(report, kind)
    current = [period for period in report.periods if period.kind == kind and period.ends_at > report.generated_at]
    names = {period.name for period in over}
    has_only_current = not any(of == kind and name in names for of, name in filled)
    if current and has_only_current and (not over or (kind, current[0].name) in filled):
        return ShownPeriods(kind, current[0], over[-1] if over else None, is_over=False)
    previous, latest = (*(None, None), *over)[-2:]
    return ShownPeriods(kind, latest, previous, is_over=True)


def complete(report: Report, kind: str) -> tuple[Period, ...]:
    """Return the complete periods of this kind, oldest first."""
    return tuple(period for period in report.periods if period.kind == kind and period.ends_at <= report.generated_at)


def _filled(report: Report) -> set[tuple[str, str]]:
    """Return the periods with items of a DORA measure; if there are none at all, those with items of any measure."""
    dora = {measure.name for measure in report.measures if measure.is_dora}
    with_items = [number for number in report.numbers if number.items]
    of_dora = {(number.kind, number.period) for number in with_items if number.measure in dora}
    return of_dora or {(number.kind, number.period) for number in with_items}
