"""`telemetry settings`: lists the settings and their values."""

from rich import box
from rich.table import Table

from cli import console
from core.settings import described


def command() -> None:
    """List every setting with its variable, current value (for secrets: whether it is set) and description."""
    table = Table("variable", "now", "what it is for", box=box.SIMPLE, pad_edge=False)
    for setting in described(console.settings()):
        table.add_row(setting.variable, setting.now, setting.description)
    console.console().print(table)
