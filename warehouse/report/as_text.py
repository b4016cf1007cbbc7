"""Render the report for a terminal: tables that fit its width, with colours if it has them, readable without."""

import io
from collections.abc import Iterable, Iterator

from rich import box
from rich.console import OverflowMethod, RenderableType
from rich.table import Table
from rich.text import Text

from core.sanitize import sanitize_text
from warehouse.report import empty_reasons, empty_state, environment_sides, formatting, left_out, targets, unknown
from warehouse.report.comparison import Comparison, Group, Line, compare, compare_totals
from warehouse.report.default_period import default_periods
from warehouse.report.model import LedgerDay, Measure, Number, Report
from warehouse.report.safe_console import SafeConsole

_BARS = "▁▂▃▄▅▆▇█"
_GAP = "·"
_WIDE = 100
"""Minimum columns to show the history of the periods."""
_NARROW = 64
"""Minimum columns to show the previous number."""
_TITLE, _UNKNOWN = "bold", "dim"
_VERDICTS = {"better": "green", "worse": "red"}
"""Styles of a trend, by its first word."""


def render(report: Report, width: int, *, is_styled: bool = False, command: str = left_out.REPORT_COMMAND) -> str:
    """Return the whole report in lines of at most `width` columns (at least 30); escape sequences only if it is styled."""
    return _printed(_parts(report, max(width, 30), command), width, is_styled=is_styled)


def _printed(parts: Iterable[RenderableType], width: int, *, is_styled: bool = False) -> str:
    out = io.StringIO()
    console = SafeConsole(file=out, width=max(width, 30), is_styled=is_styled)
    for part in parts:
        console.print(part)
    lines = (line.rstrip() for line in out.getvalue().split("\n"))
    return "\n".join(lines).rstrip("\n") + "\n"


def _parts(report: Report, width: int, command: str) -> Iterator[RenderableType]:
    if empty_state.is_empty(report):
        yield from _empty(report)
    else:
        shown = default_periods(report)
        yield _head(report)
        yield from _comparison(compare_totals(report, shown=shown), "All services", width, report.time_zone)
        yield from _comparison(compare(report, is_dora=True, shown=shown), "DORA's five", width, report.time_zone)
        if empty_state.has_no_deployments(report):
            yield Text(f"\n{empty_state.no_deployments(report)}")
        yield from _comparison(compare(report, is_dora=False, shown=shown), "Beyond DORA", width, report.time_zone)
        yield from _list("Why is this empty?", empty_reasons.lines(report))
        yield from _list("Notes", targets.annotation_lines(report))
    yield from _unknown(report)
    yield from _left_out(report, command)
    yield from _gaps(report.ledger)
    yield from _rejects(report)
    yield from _environments(report)
    yield from _notes(report)


def _empty(report: Report) -> Iterator[RenderableType]:
    yield Text(f"{sanitize_text(empty_state.headline(report))}\n")
    table = Table(box=None, show_header=False, pad_edge=False)
    for question, command, what in empty_state.NEXT_STEPS:
        table.add_row(question, Text(f"`{command}`"), what)
    yield table


def _head(report: Report) -> Text:
    facts = (
        f"generated {formatting.format_timestamp(report.generated_at, report.time_zone)}",
        f"newest record {formatting.format_timestamp(report.newest_at, report.time_zone)}",
        formatting.pluralize(sum(report.records.values()), "record"),
    )
    return Text.assemble((sanitize_text(report.source), _TITLE), f"\n{' · '.join(facts)}")


def _comparison(comparison: Comparison, title: str, width: int, zone: str) -> Iterator[RenderableType]:
    if not comparison.groups:
        return
    yield Text(f"\n{title}: {comparison.heading(zone)}", _TITLE)
    for group in comparison.groups:
        yield Text(f"\n{sanitize_text(_group_title(group))}", _TITLE)
        yield _group_table(group, width)


def _group_title(group: Group) -> str:
    team = f"team {group.team}" if group.team else ""
    return " · ".join(part for part in (group.service, group.environment, team) if part)


def _group_table(group: Group, width: int) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False)
    table.add_column("measure")
    table.add_column("latest", justify="right")
    if width >= _NARROW:
        table.add_column("previous", justify="right")
    table.add_column("trend")
    table.add_column("coverage")
    if width >= _WIDE:
        table.add_column("history", no_wrap=True)
    for line in group.lines:
        table.add_row(*_cells(line, width))
    return table


def _cells(line: Line, width: int) -> Iterator[Text]:
    yield Text(line.title)
    yield _number(line.measure, line.latest)
    if width >= _NARROW:
        yield _number(line.measure, line.previous)
    yield Text(line.trend, _VERDICTS.get(line.trend.partition(":")[0], ""))
    yield Text("\n".join(filter(None, (line.coverage, line.target))))
    if width >= _WIDE:
        yield Text(bars(line.history))


def _number(measure: Measure, number: Number | None) -> Text:
    is_unknown = number is None or number.value is None
    return Text(formatting.format_number(measure, number), _UNKNOWN if is_unknown else "")


def bars(history: tuple[float | None, ...]) -> str:
    """Return the values as bars, scaled from zero, with a dot for an unknown value."""
    highest = max((value for value in history if value is not None), default=0.0)
    return "".join(
        _GAP if value is None else _BARS[min(7, int(value / highest * 7.999))] if highest > 0 else _BARS[0]
        for value in history
    )


def _unknown(report: Report) -> Iterator[RenderableType]:
    yield from _list("What is unknown", unknown.lines(report))


def _left_out(report: Report, command: str) -> Iterator[RenderableType]:
    yield from _list("Deployments in no number, and others that may deploy nothing", left_out.lines(report, command))


def _list(title: str, lines: Iterable[str]) -> Iterator[RenderableType]:
    listed = list(lines)
    if listed:
        yield Text(f"\n{title}", _TITLE)
    for line in listed:
        yield _text(f"- {line}", overflow="fold")


def _gaps(ledger: tuple[LedgerDay, ...]) -> Iterator[RenderableType]:
    if not ledger:
        yield Text("\nLedger: none. `telemetry job ledger` compares what GitHub sent with what is stored.")
        return
    lost = [(day, delivery) for day in ledger for delivery in day.missing]
    yield Text(
        f"\nLedger: {ledger[0].day} to {ledger[-1].day} (days in UTC), {formatting.pluralize(sum(day.sent for day in ledger), 'delivery')} sent, "
        f"{len(lost):,} missing"
    )
    if not lost:
        return
    table = Table(
        "day (UTC)", "webhook", "delivery", "event", "reason", box=box.SIMPLE, pad_edge=False, show_edge=False
    )
    for day, delivery in lost:
        cells = (day.day, day.webhook, delivery.delivery_id, delivery.event, delivery.reason)
        table.add_row(*(_text(cell) for cell in cells))
    yield table


def _rejects(report: Report) -> Iterator[RenderableType]:
    if not report.rejected:
        yield Text("\nRejects: none. Every file that was merged is a record.")
        return
    shown = "" if len(report.rejects) == report.rejected else f"; the first {len(report.rejects):,}"
    yield Text(f"\nRejects: {formatting.pluralize(report.rejected, 'file')} that cannot be read as a record{shown}")
    table = Table("path", "reason", box=box.SIMPLE, pad_edge=False, show_edge=False)
    for reject in report.rejects:
        table.add_row(_text(reject.path, overflow="fold"), _text(reject.reason))
    yield table


def _environments(report: Report) -> Iterator[RenderableType]:
    if report.environments:
        yield Text("\nEnvironments", _TITLE)
    for line in environment_sides.lines(report):
        yield Text(sanitize_text(line))


def _notes(report: Report) -> Iterator[RenderableType]:
    yield from _list("services.toml: settings without an effect", report.notes)


def _text(content: str, overflow: OverflowMethod = "ellipsis") -> Text:
    """Return a cell with sanitized text; `overflow` is `fold` for paths, which must not be truncated."""
    return Text(sanitize_text(content), overflow=overflow)
