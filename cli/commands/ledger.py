"""`telemetry ledger`: shows the deliveries of each day and their outcomes."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from cli import console, hints
from cli.panels import Panel
from core.errors import TelemetryError
from core.ports import Store
from core.record_file import LEDGER
from core.settings import Settings
from runtimes.local import command_wiring

PANEL = Panel.OPERATE
EXAMPLES = ("telemetry ledger --days 7", "telemetry ledger --missing")
_DAYS = 14
_COUNTS = ("sent", "ignored", "accepted", "stored", "recovered", "failed")


def command(
    days: Annotated[int, typer.Option(help="Number of days to show.", min=1)] = _DAYS,
    *,
    missing: Annotated[bool, typer.Option("--missing", help="List only missing deliveries, with the reasons.")] = False,
) -> None:
    """Show what GitHub sent and what is stored.

    The job `ledger` counts sent, accepted, stored, recovered and missing deliveries.
    """
    settings = console.settings()
    try:
        entries = list(_entries(command_wiring.job_services(settings).store, settings, days))
    except TelemetryError as error:
        console.fail(str(error), 1)
    if not entries:
        console.echo("there is no ledger yet: `telemetry job ledger` writes that of the last two days")
        return
    console.console().print(_missing(entries) if missing else _counts(entries))
    listing = hints.command("ledger", "--missing", days="" if days == _DAYS else str(days))
    missing_count = sum(len(entry["missing"]) for entry in entries)
    console.echo(
        f"{missing_count} missing{'' if missing or not missing_count else f': `{listing}` says which, and why'}"
    )
    raise typer.Exit(1 if missing_count else 0)


def _entries(store: Store, settings: Settings, days: int) -> list[dict[str, Any]]:
    root = f"{settings.repo_path}/" if settings.repo_path else ""
    first = (datetime.now(UTC) - timedelta(days=days)).date().isoformat()
    prefix = f"{root}{LEDGER}/"
    paths = [path for path in store.list(prefix) if path.removeprefix(prefix) >= first]
    return [json.loads(store.read(path) or b"{}") for path in paths]


def _counts(entries: list[dict[str, Any]]) -> Table:
    table = Table("day", "webhook", *_COUNTS, "missing", box=box.SIMPLE, pad_edge=False)
    for entry in entries:
        counts = (str(entry[name]) for name in _COUNTS)
        table.add_row(entry["day"], f"{entry['owner']} ({entry['hook']})", *counts, str(len(entry["missing"])))
    return table


def _missing(entries: list[dict[str, Any]]) -> Table:
    table = Table("day", "webhook", "delivery", "event", "status", "reason", box=box.SIMPLE, pad_edge=False)
    for entry in entries:
        for delivery in entry["missing"]:
            cells = (delivery["guid"], delivery["event"], str(delivery["status_code"]), delivery["reason"])
            table.add_row(entry["day"], entry["owner"], *cells)
    return table
