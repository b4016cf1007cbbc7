"""Render the items behind numbers as text: one line each, or on a terminal as many as its width needs.

A line is broken between two cells only, so that ids and paths stay whole and can be copied. On a terminal, items stand
below their environment and, if they are unknown or it is long, their reason. On a terminal, items, incidents and records are links (OSC 8):
https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda (2026-12)
"""

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import NamedTuple

from rich.cells import cell_len

from core.sanitize import sanitize_text
from warehouse.report import formatting
from warehouse.report.links import Links, links
from warehouse.report.model import INFERRED, Evidence, Measure

_GAP = "  "
_INDENT = "  "
_LINK = "\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\"
_SHORT = 12
"""Characters of a reason that fits beside an item."""
NONE = "There is no evidence for this.\n"


class Style(NamedTuple):
    """How the text is written."""

    width: int | None
    """Columns of the terminal; None: an item is one line, however long."""
    zone: str = "UTC"
    """IANA name of the zone of the times."""
    has_links: bool = False
    """Whether items lead to their pages."""
    records_url: str = ""
    """Address of the folder of the records."""
    cohort: str = ""
    """What the items are selected by, in words."""


ONE_LINE = Style(None)


class _Cell(NamedTuple):
    text: str
    url: str | None = None


_Row = tuple[_Cell, ...]


def render(items: Iterable[Evidence], measures: Iterable[Measure], style: Style) -> str:
    """Return the items of each measure in the order of the measures, the newest first."""
    by_measure: dict[str, list[Evidence]] = {}
    for item in items:
        by_measure.setdefault(item.measure, []).append(item)
    parts = [
        "\n".join(_measure(measure, by_measure[measure.name], style))
        for measure in measures
        if measure.name in by_measure
    ]
    return "\n\n".join(parts) + "\n" if parts else NONE


def _measure(measure: Measure, items: list[Evidence], style: Style) -> Iterator[str]:
    """Yield the lines of a measure: how much is known, the items with a value, and the unknown ones by reason."""
    items = sorted(items, key=lambda item: -(item.at or 0))
    inferred = sum(item.certainty == INFERRED for item in items)
    known = sum(item.value is not None for item in items) - inferred
    selected = f", {style.cohort}" if style.cohort else ""
    yield from _folded(
        f"{measure.title}{selected}: {formatting.counts(known, inferred, len(items))}. {measure.definition} "
        f"Times are in {style.zone}.",
        style,
    )
    rows = [_row(measure, item, style) for item in items]
    widths = [max(cell_len(row[column].text) for row in rows) for column in range(len(rows[0]))]
    groups: dict[tuple[str, ...], list[_Row]] = {}
    for item, row in zip(items, rows, strict=True):
        groups.setdefault(_heading(measure, item, style), []).append(row)
    for heading, of_group in sorted(groups.items(), key=lambda entry: (entry[0][0], entry[0][2] != "", entry[0])):
        if any(heading):
            yield from _folded(f"{' · '.join(filter(None, heading))} ({len(of_group):,})", style)
        yield from (line for row in of_group for line in _lines(row, widths, style))


def _heading(measure: Measure, item: Evidence, style: Style) -> tuple[str, ...]:
    """Return the environment and the reasons that an item stands below, of a value and of an unknown one."""
    if style.width is None:
        return "", "", ""
    why = sanitize_text(item.why or "")
    unknown = f"unknown: {why or 'no reason is recorded'}" if item.value is None else ""
    return sanitize_text(_place(measure, item)), why if len(why) > _SHORT and not unknown else "", unknown


def _place(measure: Measure, item: Evidence) -> str:
    return item.environment or ("all environments" if measure.is_dora else "")


def _row(measure: Measure, item: Evidence, style: Style) -> _Row:
    """Return the cells of an item; each leads to the page that it names."""
    found = links(item, style.records_url) if style.has_links else Links()
    pages = (found.run if item.job == item.item else None, found.commit if item.sha == item.item else None)
    page = next(filter(None, (*pages, found.release, found.run, found.pull_request, found.commit)), None)
    number = f"#{item.number}" if item.number is not None else ""
    above = _heading(measure, item, style)
    why = "" if any(above[1:]) else item.why or ""
    incident = f" #{item.issue}" if item.issue is not None and why == "incident" else ""
    value = formatting.format_item(measure, item.value, is_inferred=item.certainty == INFERRED)
    cells = (
        _Cell(_time(item.at, style.zone)),
        _Cell(value),
        _Cell(item.item, page),
        _Cell(number, found.pull_request),
        _Cell("" if above[0] else _place(measure, item), found.deployments),
        _Cell(f"{why}{incident}", found.issue if incident else None),
        _Cell(item.path or item.record_id or item.repository, found.record),
    )
    return tuple(cell._replace(text=sanitize_text(cell.text)) for cell in cells)


def _time(ms: int | None, zone: str) -> str:
    return formatting.format_timestamp(ms, zone).removesuffix(f" {zone}")


def _lines(row: _Row, widths: list[int], style: Style) -> Iterator[str]:
    """Yield the cells of a row in lines that fit; the first two columns are aligned, without a width all are."""
    line, length = "", 0
    for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
        is_aligned = column < 2 or (style.width is None and column < len(row) - 1)
        if not (cell.text or (is_aligned and width)):
            continue
        size = cell_len(cell.text)
        if line and style.width is not None and length + len(_GAP) + size > style.width:
            yield line.rstrip()
            line, length = "", 0
        padded = _linked(cell) + " " * (width - size if is_aligned else 0)
        indent = _INDENT if style.width is None else _INDENT[: max(style.width - size, 0)]
        before = _GAP if line else indent if column else ""
        line, length = line + before + padded, length + len(before) + (width if is_aligned else size)
    yield line.rstrip()


def _linked(cell: _Cell) -> str:
    return _LINK.format(url=cell.url, text=cell.text) if cell.url and cell.text else cell.text


def _folded(text: str, style: Style) -> list[str]:
    return wrap(text, style.width, break_long_words=False, break_on_hyphens=False) if style.width else [text]
