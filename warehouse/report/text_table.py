"""Lay out lines and tables of a terminal as rich does, at a fraction of its cost: a report of 300 services has thousands of rows.

rich measures and renders every cell several times, however short it is. Here a text that fits is padded, and only one that
does not is wrapped by rich. The widths of columns are those of `rich.table.Table` with the box SIMPLE, without edges.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from rich.cells import cell_len
from rich.text import Text

from core.sanitize import sanitize_terminal
from warehouse.report.safe_console import SafeConsole

_SGR = {"bold": "1", "dim": "2", "green": "32", "red": "31"}
"""The parameters of Select Graphic Rendition: https://www.ecma-international.org/publications-and-standards/standards/ecma-48/."""
_RULE, _GAP = "─", " "
_HEADER = "bold"
Overflow = Literal["fold", "ellipsis"]
"""What happens to a word that is wider than its column: it is continued in the next line, or cut."""


class Column(NamedTuple):
    """A column of a table."""

    title: str = ""
    is_right: bool = False
    """Whether its cells are aligned on the right."""
    can_wrap: bool = True
    overflow: Overflow = "ellipsis"


class Cell(NamedTuple):
    """A text of one or several lines, with a style of `wrapped_lines`."""

    text: str
    style: str = ""


def wrapped_lines(text: str, width: int, style: str = "", *, is_styled: bool) -> Iterator[str]:
    """Yield sanitized text in lines of at most `width` columns; `style` is `bold`, `dim`, `green`, `red` or empty."""
    text = sanitize_terminal(text)
    fits = "\n" not in text and cell_len(text) <= width
    found = (text,) if fits else _wrapped_by_rich(text, width, Column(overflow="fold"), is_padded=False)
    return (_with_style(line, style if is_styled else "") for line in found)


def table_lines(
    columns: Sequence[Column], rows: Iterable[Sequence[Cell]], width: int, *, is_styled: bool
) -> Iterator[str]:
    """Yield the lines of a table of at most `width` columns; the texts are sanitized. It has a header if a column has a title."""
    header = [Cell(column.title, _HEADER) for column in columns if column.title]
    listed = [[Cell(sanitize_terminal(text), style) for text, style in row] for row in rows]
    gap = _GAP if header else ""
    widths = _widths(columns, [header, *listed] if header else listed, width - len(gap) * (len(columns) - 1))
    if header:
        yield from _row(columns, header, widths, gap, is_header=True, is_styled=is_styled)
        yield _RULE * (sum(widths) + len(widths) - 1)
    for row in listed:
        yield from _row(columns, row, widths, gap, is_header=False, is_styled=is_styled)


def _row(
    columns: Sequence[Column], row: Sequence[Cell], widths: Sequence[int], gap: str, *, is_header: bool, is_styled: bool
) -> Iterator[str]:
    """Yield the lines of a row: a cell with fewer lines than the others is at the top, in a header at the bottom."""
    cells = []
    for index, (column, cell, width) in enumerate(zip(columns, row, widths, strict=True)):
        left, right = _padding(index, len(columns))
        style = cell.style if is_styled else ""
        around = style if is_header else ""
        if width <= left + right:
            cells.append([_with_style(" " * width, around)])
            continue
        before, after = _with_style(" " * left, around), _with_style(" " * right, around)
        texts = _padded(cell.text, width - left - right, column)
        cells.append([f"{before}{_with_style(text, style)}{after}" for text in texts])
    height = max(map(len, cells))
    blank = [_with_style(" " * width, _HEADER if is_header and is_styled else "") for width in widths]
    for index in range(height):
        offsets = [index - (height - len(found) if is_header else 0) for found in cells]
        yield gap.join(
            found[offset] if 0 <= offset < len(found) else blank[column]
            for column, (found, offset) in enumerate(zip(cells, offsets, strict=True))
        )


def _padding(index: int, columns: int) -> tuple[int, int]:
    """Return the spaces before and after the cells of a column: none at the edges of the table."""
    return int(index > 0), int(index < columns - 1)


def _with_style(text: str, style: str) -> str:
    return f"\x1b[{_SGR[style]}m{text}\x1b[0m" if style and text else text


def _padded(text: str, width: int, column: Column) -> Iterable[str]:
    """Return the lines of a cell, as wide as its column."""
    aligned = text.rstrip() if column.is_right else text
    blank = " " * (width - cell_len(aligned))
    if "\n" in text or cell_len(text) > width:
        return _wrapped_by_rich(text, width, column)
    return (blank + aligned if column.is_right else aligned + blank,)


@lru_cache(maxsize=4096)
def _wrapped_by_rich(text: str, width: int, column: Column, *, is_padded: bool = True) -> tuple[str, ...]:
    """Wrap a text; few texts of a report differ, such as titles and the words of a trend."""
    justify: Literal["default", "left", "right"] = "right" if column.is_right else "left"
    found = Text(text).wrap(
        _console(),
        width,
        justify=justify if is_padded else "default",
        overflow=column.overflow,
        no_wrap=not column.can_wrap,
    )
    return tuple(sanitize_terminal(line.plain) for line in found)  # rich 14 may cut a sequence


@cache
def _console() -> SafeConsole:
    """Return what `Text.wrap` requires; it prints nothing."""
    return SafeConsole(width=80, is_styled=False)


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], width: int) -> list[int]:
    """Return the widths of the columns with their padding: the widest ones are narrowed until all fit."""
    widths = []
    for index, cells in enumerate(zip(*rows, strict=True)):
        texts = {line for cell in cells for line in cell.text.split("\n")}
        widths.append(min(max(map(cell_len, texts)) + sum(_padding(index, len(columns))), width) or 1)
    excess = sum(widths) - width
    while excess > 0:
        widest = max((found for found, column in zip(widths, columns, strict=True) if column.can_wrap), default=0)
        narrowed = [index for index, column in enumerate(columns) if column.can_wrap and widths[index] == widest]
        others = (widths[index] for index, column in enumerate(columns) if column.can_wrap and widths[index] < widest)
        if not widest:
            break
        _narrow(widths, narrowed, excess, [min(excess, widest - max(others, default=0))] * len(widths))
        excess = sum(widths) - width
    if excess > 0:
        _narrow(widths, [index for index, found in enumerate(widths) if found], excess, list(widths))
    return widths


def _narrow(widths: list[int], narrowed: Sequence[int], excess: int, most: Sequence[int]) -> None:
    """Take `excess` in equal shares from columns, from each at most as much as `most` says."""
    for position, index in enumerate(narrowed):
        share = min(most[index], round(excess / (len(narrowed) - position)))
        widths[index] -= share
        excess -= share
