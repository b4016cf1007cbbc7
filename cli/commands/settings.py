"""`telemetry settings`: what is in force."""

from rich import box
from rich.table import Table

from cli import console
from core.settings import described


def command() -> None:
    """List every setting: its variable, its value now (secrets only whether they are set), and what it is for."""
    table = Table("variable", "now", "what it is for", box=box.SIMPLE, pad_edge=False)
    for setting in described(console.settings()):
        table.add_row(setting.variable, setting.now, setting.description)
    console.console().print(table)
