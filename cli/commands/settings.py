"""`telemetry settings`: lists the settings and their values."""

from rich import box
from rich.table import Table

from cli import console
from cli.panels import Panel
from core.settings import described

PANEL = Panel.SET_UP
EXAMPLES = ("telemetry settings",)


def command() -> None:
    """List every setting with its current value.

    Of a secret it says only whether it is set.
    """
    table = Table("variable", "now", "what it is for", box=box.SIMPLE, pad_edge=False)
    for setting in described(console.settings()):
        table.add_row(setting.variable, setting.now, setting.description)
    console.console().print(table)
