"""`telemetry replay-dead-letters`: re-queues dead-lettered events."""

from typing import Annotated

import typer
from rich import box
from rich.table import Table

from cli import console
from cli.deployment import lookup
from cli.panels import Panel
from cli.target_argument import TargetName
from core.errors import TelemetryError

PANEL = Panel.OPERATE
EXAMPLES = ("telemetry replay-dead-letters aws --dry-run",)


def command(
    target: TargetName,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the dead letters and their reasons without re-queueing them.")
    ] = False,
) -> None:
    """Re-queue dead-lettered events.

    Fix the cause first. The reasons are printed.
    """
    settings = console.deployment_settings()
    try:
        deployment = lookup.find(target, settings)
        reasons = deployment.cloud.replay(deployment.outputs, dry_run=dry_run)
    except TelemetryError as error:
        console.fail(str(error), 1)
    table = Table("dead letters", "reason", box=box.SIMPLE, pad_edge=False)
    for reason, count in reasons.most_common():
        table.add_row(str(count), reason)
    console.console().print(table)
    console.echo(f"{reasons.total()} dead letters {'found' if dry_run else 'processed; their events were re-queued'}")
