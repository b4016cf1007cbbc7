"""`telemetry metrics`: lists the metrics and the webhook events they need."""

import sys

from rich import box
from rich.table import Table

from cli import console
from cli.panels import Panel
from core.metrics import all_metrics, events_of_github

PANEL = Panel.SET_UP
EXAMPLES = ("telemetry metrics",)


def command() -> None:
    """List the metrics and the webhook events they need.

    These are the events to select in GitHub's webhook settings.
    """
    table = Table("metric", "event", "what it measures", box=box.SIMPLE, pad_edge=False)
    for metric in all_metrics():
        about = (sys.modules[metric.collect.__module__].__doc__ or "").splitlines()[0].partition(": ")[2]
        table.add_row(metric.name, metric.trigger, about)
    console.console().print(table)
    console.echo(f"Events to tick in GitHub's webhook: {', '.join(events_of_github())}")
