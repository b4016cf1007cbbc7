"""Render the report for a terminal: tables that fit its width, with colours if it has them, readable without."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from core.sanitize import sanitize_text
from warehouse.report import empty_reasons, empty_state, environment_sides, formatting, left_out, targets, unknown
from warehouse.report.comparison import Comparison, Group, Line, compare, compare_totals
from warehouse.report.default_period import default_periods
from warehouse.report.model import LedgerDay, Measure, Number, Report
from warehouse.report.text_table import Cell, Column, table_lines, wrapped_lines

_BARS = "▁▂▃▄▅▆▇█"
_GAP = "·"
_WIDE = 100
"""Minimum columns to show the history of the periods."""
_NARROW = 64
"""Minimum columns to show the previous number."""
_TITLE, _UNKNOWN = "bold", "dim"
_VERDICTS = {"better": "green", "worse": "red"}
"""Styles of a trend, by its first word."""


class _Line(NamedTuple):
    """A text that is wrapped at the width of the terminal."""

    text: str
    style: str = ""


class _Table(NamedTuple):
    """A table; without titles it has no header."""

    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]


_Part = _Line | _Table


def render(report: Report, width: int, *, is_styled: bool = False, command: str = left_out.REPORT_COMMAND) -> str:
    """Return the whole report in lines of at most `width` columns (at least 30); escape sequences only if it is styled."""
    width = max(width, 30)
    printed = (
        line.rstrip() for part in _parts(report, width, command) for line in _lines(part, width, is_styled=is_styled)
    )
    return "\n".join(printed).rstrip("\n") + "\n"


def _lines(part: _Part, width: int, *, is_styled: bool) -> Iterator[str]:
    if isinstance(part, _Line):
        return wrapped_lines(part.text, width, part.style, is_styled=is_styled)
    return table_lines(part.columns, part.rows, width, is_styled=is_styled)


def _parts(report: Report, width: int, command: str) -> Iterator[_Part]:
    if empty_state.is_empty(report):
        yield from _empty(report)
    else:
        shown = default_periods(report)
        yield from _head(report)
        why_empty = empty_reasons.reasons(report)
        yield from _comparison(
            compare_totals(report, shown=shown, why_empty=why_empty), "All services", width, report.time_zone
        )
        yield from _comparison(compare(report, is_dora=True, shown=shown), "DORA's five", width, report.time_zone)
        if empty_state.has_no_deployments(report):
            yield _Line(f"\n{empty_state.no_deployments(report)}")
        yield from _comparison(compare(report, is_dora=False, shown=shown), "Beyond DORA", width, report.time_zone)
        yield from _list("Why is this empty?", empty_reasons.lines(why_empty))
        yield from _list("Notes", targets.annotation_lines(report))
    yield from _unknown(report)
    yield from _left_out(report, command)
    yield from _gaps(report.ledger)
    yield from _rejects(report)
    yield from _environments(report)
    yield from _notes(report)


def _empty(report: Report) -> Iterator[_Part]:
    yield _Line(f"{sanitize_text(empty_state.headline(report))}\n")
    steps = [(Cell(question), Cell(f"`{command}`"), Cell(what)) for question, command, what in empty_state.NEXT_STEPS]
    yield _Table((Column(), Column(), Column()), steps)


def _head(report: Report) -> Iterator[_Part]:
    facts = (
        f"generated {formatting.format_timestamp(report.generated_at, report.time_zone)}",
        f"newest record {formatting.format_timestamp(report.newest_at, report.time_zone)}",
        formatting.pluralize(sum(report.records.values()), "record"),
    )
    yield _Line(sanitize_text(report.source), _TITLE)
    yield _Line(" · ".join(facts))


def _comparison(comparison: Comparison, title: str, width: int, zone: str) -> Iterator[_Part]:
    if not comparison.groups:
        return
    yield _Line(f"\n{title}: {comparison.heading(zone)}", _TITLE)
    for group in comparison.groups:
        yield _Line(f"\n{sanitize_text(_group_title(group))}", _TITLE)
        yield _group_table(group, width)


def _group_title(group: Group) -> str:
    team = f"team {group.team}" if group.team else ""
    return " · ".join(part for part in (group.service, group.environment, team) if part)


def _group_table(group: Group, width: int) -> _Table:
    columns = [Column("measure"), Column("latest", is_right=True), Column("trend"), Column("coverage")]
    if width >= _NARROW:
        columns.insert(2, Column("previous", is_right=True))
    if width >= _WIDE:
        columns.append(Column("history", can_wrap=False))
    return _Table(columns, [[*_cells(line, width)] for line in group.lines])


def _cells(line: Line, width: int) -> Iterator[Cell]:
    yield Cell(line.title)
    yield _number(line.measure, line.latest)
    if width >= _NARROW:
        yield _number(line.measure, line.previous)
    yield Cell(line.trend, _VERDICTS.get(line.trend.partition(":")[0], ""))
    yield Cell("\n".join(filter(None, (line.coverage, line.target))))
    if width >= _WIDE:
        yield Cell(bars(line.history))


def _number(measure: Measure, number: Number | None) -> Cell:
    is_unknown = number is None or number.value is None
    return Cell(formatting.format_number(measure, number), _UNKNOWN if is_unknown else "")


def bars(history: tuple[float | None, ...]) -> str:
    """Return the values as bars, scaled from zero, with a dot for an unknown value."""
    highest = max((value for value in history if value is not None), default=0.0)
    return "".join(
        _GAP if value is None else _BARS[min(7, int(value / highest * 7.999))] if highest > 0 else _BARS[0]
        for value in history
    )


def _unknown(report: Report) -> Iterator[_Part]:
    yield from _list("What is unknown", unknown.lines(report))


def _left_out(report: Report, command: str) -> Iterator[_Part]:
    yield from _list("Deployments in no number, and others that may deploy nothing", left_out.lines(report, command))


def _list(title: str, lines: Iterable[str]) -> Iterator[_Part]:
    listed = list(lines)
    if listed:
        yield _Line(f"\n{title}", _TITLE)
    for line in listed:
        yield _Line(sanitize_text(f"- {line}"))


def _gaps(ledger: tuple[LedgerDay, ...]) -> Iterator[_Part]:
    if not ledger:
        yield _Line("\nLedger: none. `telemetry job ledger` compares what GitHub sent with what is stored.")
        return
    lost = [(day, delivery) for day in ledger for delivery in day.missing]
    yield _Line(
        f"\nLedger: {ledger[0].day} to {ledger[-1].day} (days in UTC), {formatting.pluralize(sum(day.sent for day in ledger), 'delivery')} sent, "
        f"{len(lost):,} missing"
    )
    if not lost:
        return
    rows = ((day.day, day.webhook, delivery.delivery_id, delivery.event, delivery.reason) for day, delivery in lost)
    columns = [Column(title) for title in ("day (UTC)", "webhook", "delivery", "event", "reason")]
    yield _Table(columns, [[Cell(sanitize_text(text)) for text in row] for row in rows])


def _rejects(report: Report) -> Iterator[_Part]:
    if not report.rejected:
        yield _Line("\nRejects: none. Every file that was merged is a record.")
        return
    shown = "" if len(report.rejects) == report.rejected else f"; the first {len(report.rejects):,}"
    yield _Line(f"\nRejects: {formatting.pluralize(report.rejected, 'file')} that cannot be read as a record{shown}")
    rows = [(Cell(sanitize_text(reject.path)), Cell(sanitize_text(reject.reason))) for reject in report.rejects]
    yield _Table((Column("path", overflow="fold"), Column("reason")), rows)  # a path must not be cut


def _environments(report: Report) -> Iterator[_Part]:
    if report.environments:
        yield _Line("\nEnvironments", _TITLE)
    for line in environment_sides.lines(report):
        yield _Line(sanitize_text(line))


def _notes(report: Report) -> Iterator[_Part]:
    yield from _list("services.toml: settings without an effect", report.notes)
