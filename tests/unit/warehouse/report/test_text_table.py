import io
from collections.abc import Iterable
from random import Random

import pytest
from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from warehouse.report.safe_console import SafeConsole
from warehouse.report.text_table import Cell, Column, table_lines, wrapped_lines

WORDS = (
    "a", "of", "known", "12", "3 h 12 min", "too few", "octo-org/a-repository-of-a-long-name", "below the usual range",
    "\N{EN DASH}", "日本語", "🚀", "e\N{COMBINING ACUTE ACCENT}", "▁▂█", "", " ", "two\nlines",
)  # fmt: skip
STYLES = ("", "", "dim", "green", "red")


def printed(part: RenderableType, width: int, *, is_styled: bool) -> list[str]:
    out = io.StringIO()
    SafeConsole(file=out, width=width, is_styled=is_styled).print(part)
    return out.getvalue().removesuffix("\n").split("\n")


def of_rich(columns: Iterable[Column], rows: Iterable[Iterable[Cell]]) -> Table:
    columns = list(columns)
    has_header = any(column.title for column in columns)
    table = Table(box=box.SIMPLE if has_header else None, pad_edge=False, show_edge=False, show_header=has_header)
    for column in columns:
        table.add_column(
            column.title,
            justify="right" if column.is_right else "left",
            no_wrap=not column.can_wrap,
            overflow=column.overflow,
        )
    for row in rows:
        table.add_row(*(Text(cell.text, cell.style) for cell in row))
    return table


def drawn(random: Random) -> str:
    return " ".join(random.choice(WORDS) for _ in range(random.choice((0, 1, 1, 2, 3, 8)))).strip()


def drawn_column(random: Random, title: str) -> Column:
    is_right, can_wrap = random.random() < 0.3, random.random() < 0.8
    return Column(title, is_right, can_wrap, "fold" if random.random() < 0.5 else "ellipsis")


@pytest.mark.parametrize("seed", range(60))
def test_a_table_has_the_lines_that_rich_prints(seed: int) -> None:
    random = Random(seed)
    titles = random.choice((("measure", "latest", "trend", "day (UTC)", "history"), ("",) * 4))
    columns = [drawn_column(random, title) for title in titles[: random.randint(3, 5)]]
    rows = [[Cell(drawn(random), random.choice(STYLES)) for _ in columns] for _ in range(random.randint(1, 6))]
    width, is_styled = random.choice((30, 37, 52, 80, 120, 400)), random.random() < 0.5
    found = list(table_lines(columns, rows, width, is_styled=is_styled))
    assert [line.rstrip() for line in found] == [
        line.rstrip() for line in printed(of_rich(columns, rows), width, is_styled=is_styled)
    ]


@pytest.mark.parametrize("seed", range(20))
def test_a_text_has_the_lines_that_rich_prints(seed: int) -> None:
    random = Random(seed)
    text, style, width = drawn(random) + drawn(random), random.choice(STYLES), random.choice((30, 45, 100))
    for is_styled in (False, True):
        lines = list(wrapped_lines(text, width, style, is_styled=is_styled))
        assert lines == printed(Text(text, style), width, is_styled=is_styled)


def test_a_text_of_a_record_cannot_control_the_terminal() -> None:
    rows = [[Cell("a\x1b[2Jb\tc", "green")]]
    assert list(table_lines([Column()], rows, 40, is_styled=True)) == [
        "\x1b[32ma\N{REPLACEMENT CHARACTER}[2Jb c\x1b[0m"
    ]
    assert list(wrapped_lines("\x1b[2J", 40, is_styled=False)) == ["\N{REPLACEMENT CHARACTER}[2J"]
