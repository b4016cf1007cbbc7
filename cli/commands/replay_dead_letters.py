"""`telemetry replay-dead-letters`: re-queues dead-lettered events."""

from collections import Counter
from contextlib import closing
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from cli import console
from cli.deployment import lookup
from cli.panels import Panel
from cli.target_argument import TARGETS
from core.errors import TelemetryError
from runtimes.local import sqlite_wiring
from runtimes.local.queue_choice import QueueChoice
from runtimes.local.sqlite_queue import SqliteQueue

PANEL = Panel.OPERATE
EXAMPLES = ("telemetry replay-dead-letters aws --dry-run", "telemetry replay-dead-letters sqlite")


def command(
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET",
            help=f"Deployment target: {TARGETS}; or sqlite, this folder's server (`serve --queue sqlite`).",
        ),
    ],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the dead letters and their reasons without re-queueing them.")
    ] = False,
) -> None:
    """Re-queue dead-lettered events.

    Fix the cause first. The reasons are printed.
    """
    try:
        reasons = _replay_here(dry_run=dry_run) if target == QueueChoice.SQLITE else _replay(target, dry_run=dry_run)
    except TelemetryError as error:
        console.fail(str(error), 1)
    table = Table("dead letters", "reason", box=box.SIMPLE, pad_edge=False)
    for reason, count in reasons.most_common():
        table.add_row(str(count), reason)
    console.console().print(table)
    console.echo(f"{reasons.total()} dead letters {'found' if dry_run else 'processed; their events were re-queued'}")


def _replay(target: str, *, dry_run: bool) -> Counter[str]:
    deployment = lookup.find(target, console.deployment_settings())
    return deployment.cloud.replay(deployment.outputs, dry_run=dry_run)


def _replay_here(*, dry_run: bool) -> Counter[str]:
    """Replay the dead letters of this folder's server, which need not run. Raises QueueFileError or Unavailable."""
    with closing(sqlite_wiring.open_existing_file(console.settings())) as file:
        queue = SqliteQueue(file)
        return queue.dead_letter_reasons() if dry_run else queue.replay()
