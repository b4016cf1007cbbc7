import io

from rich.table import Table

from warehouse.report.safe_console import SafeConsole


def printed(text: str, *, is_styled: bool) -> str:
    out = io.StringIO()
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_row(text, style="green")
    SafeConsole(file=out, width=40, is_styled=is_styled).print(table)
    return out.getvalue()


def test_control_sequences_in_a_text_are_removed_and_ours_stay() -> None:
    assert printed("a\x1b[2Jb", is_styled=True).startswith("\x1b[32ma\N{REPLACEMENT CHARACTER}[2Jb")
    assert printed("a\x1b[2Jb", is_styled=False) == "a\N{REPLACEMENT CHARACTER}[2Jb\n"


def test_markup_in_a_text_is_printed_as_it_is() -> None:
    assert printed("[bold]a[/]", is_styled=False) == "[bold]a[/]\n"
