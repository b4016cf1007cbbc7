"""The report for a terminal: tables that fit its width, in words and signs that need no colour."""

import io
from collections.abc import Iterable, Iterator

from rich import box
from rich.console import Console, OverflowMethod, RenderableType
from rich.table import Table
from rich.text import Text

from core.sanitize import sanitize_terminal, sanitize_text
from warehouse.report import empty_state, formatting
from warehouse.report.comparison import Comparison, Group, Line, compare
from warehouse.report.model import Evidence, LedgerDay, Measure, Report

_BARS = "▁▂▃▄▅▆▇█"
_GAP = "·"
_WIDE = 100
"""From here on there is room for the course of the periods."""
_NARROW = 64
"""Below this the number before the latest has no column of its own."""


def rendered(report: Report, width: int) -> str:
    """The whole report, in lines of at most `width` columns (at least 30), without escape sequences."""
    return _printed(_parts(report, max(width, 30)), width)


def evidence(items: Iterable[Evidence], measures: Iterable[Measure], width: int) -> str:
    """The items behind numbers: a table for each measure, the newest item first."""
    given = list(items)
    return _printed(_evidence(given, tuple(measures)), width) if given else "There is no evidence for this.\n"


def _printed(parts: Iterable[RenderableType], width: int) -> str:
    out = io.StringIO()
    console = Console(
        file=out,
        width=max(width, 30),
        force_terminal=False,
        color_system=None,
        highlight=False,
        markup=False,
        emoji=False,
    )
    for part in parts:
        console.print(part)
    lines = (line.rstrip() for line in out.getvalue().split("\n"))
    return sanitize_terminal("\n".join(lines).rstrip("\n")) + "\n"  # again: a cell's end may have cut a sequence


def _parts(report: Report, width: int) -> Iterator[RenderableType]:
    if empty_state.is_empty(report):
        yield from _empty(report)
    else:
        yield _head(report)
        yield from _compared(compare(report, is_dora=True), "DORA's five", width)
        if empty_state.has_no_deployments(report):
            yield Text(f"\n{empty_state.NO_DEPLOYMENTS}")
        yield from _compared(compare(report, is_dora=False), "Beyond DORA", width)
    yield from _gaps(report.ledger)
    yield from _rejects(report)


def _empty(report: Report) -> Iterator[RenderableType]:
    yield Text(f"{sanitize_text(empty_state.headline(report))}\n")
    table = Table(box=None, show_header=False, pad_edge=False)
    for question, command, what in empty_state.NEXT_STEPS:
        table.add_row(question, Text(f"`{command}`"), what)
    yield table


def _head(report: Report) -> Text:
    facts = (
        f"made {formatting.format_timestamp(report.generated_at)}",
        f"newest record {formatting.format_timestamp(report.newest_at)}",
        formatting.pluralize(sum(report.records.values()), "record"),
    )
    return Text(f"{sanitize_text(report.source)}\n{' · '.join(facts)}")


def _compared(comparison: Comparison, title: str, width: int) -> Iterator[RenderableType]:
    if not comparison.groups:
        return
    latest = (
        f"{comparison.latest.name} ({formatting.span(comparison.latest)})"
        if comparison.latest
        else "no period is over yet"
    )
    yield Text(f"\n{title}: the last whole {comparison.kind}, {latest}")
    for group in comparison.groups:
        yield Text(f"\n{sanitize_text(_place(group))}")
        yield _lines(group, width)


def _place(group: Group) -> str:
    team = f"team {group.team}" if group.team else ""
    return " · ".join(part for part in (group.service, group.environment, team) if part)


def _lines(group: Group, width: int) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False)
    table.add_column("measure")
    table.add_column("latest", justify="right")
    if width >= _NARROW:
        table.add_column("before", justify="right")
    table.add_column("trend")
    table.add_column("coverage")
    if width >= _WIDE:
        table.add_column("course", no_wrap=True)
    for line in group.lines:
        table.add_row(*_cells(line, width))
    return table


def _cells(line: Line, width: int) -> Iterator[Text]:
    latest, previous = (number.value if number else None for number in (line.latest, line.previous))
    yield Text(line.measure.title)
    yield Text(formatting.format_number(line.measure, line.latest))
    if width >= _NARROW:
        yield Text(formatting.format_number(line.measure, line.previous))
    yield Text(formatting.change(line.measure, latest, previous))
    yield Text(formatting.coverage(line.latest))
    if width >= _WIDE:
        yield Text(bars(line.course))


def bars(course: tuple[float | None, ...]) -> str:
    """The values as bars of equal scale from zero, a dot for each that is unknown."""
    highest = max((each for each in course if each is not None), default=0.0)
    return "".join(
        _GAP if each is None else _BARS[min(7, int(each / highest * 7.999))] if highest > 0 else _BARS[0]
        for each in course
    )


def _gaps(ledger: tuple[LedgerDay, ...]) -> Iterator[RenderableType]:
    if not ledger:
        yield Text("\nLedger: none. `telemetry job ledger` compares what GitHub sent with what is stored.")
        return
    lost = [(day, each) for day in ledger for each in day.missing]
    yield Text(
        f"\nLedger: {ledger[0].day} to {ledger[-1].day}, {formatting.pluralize(sum(day.sent for day in ledger), 'delivery')} sent, "
        f"{len(lost):,} missing"
    )
    if not lost:
        return
    table = Table("day", "webhook", "delivery", "event", "reason", box=box.SIMPLE, pad_edge=False, show_edge=False)
    for day, each in lost:
        table.add_row(*(_text(cell) for cell in (day.day, day.webhook, each.delivery_id, each.event, each.reason)))
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


def _text(told: str, overflow: OverflowMethod = "ellipsis") -> Text:
    """A cell of what records say; a path is better cut into lines than cut off."""
    return Text(sanitize_text(told), overflow=overflow)


def _evidence(items: list[Evidence], measures: tuple[Measure, ...]) -> Iterator[RenderableType]:
    for measure in measures:
        own = sorted((each for each in items if each.measure == measure.name), key=lambda each: -(each.at or 0))
        if not own:
            continue
        known = sum(each.value is not None for each in own)
        yield Text(f"\n{measure.title}: {known:,} of {len(own):,} known. {measure.definition}")
        table = Table(
            "when", "where", "item", "value", "why", "record", box=box.SIMPLE, pad_edge=False, show_edge=False
        )
        for each in own:
            where = " · ".join(part for part in (each.repository, each.environment) if part)
            told = (
                formatting.format_timestamp(each.at),
                where,
                each.item,
                formatting.of_item(measure, each.value),
                each.why or "",
            )
            table.add_row(*(_text(cell) for cell in told), _text(each.path or each.record_id or "", overflow="fold"))
        yield table
