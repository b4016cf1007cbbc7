"""`telemetry dashboard`: the report as one HTML file, which opens from disk and asks no network for anything."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from cli import atomic_write, console, progress
from cli.publishing.formats import DASHBOARD_FILE
from cli.publishing.session import ReportRequest, open_merged
from core.clock import now
from core.errors import TelemetryError


def command(
    source: Annotated[
        str,
        typer.Argument(
            help="A folder or clone, OWNER/DATA-REPOSITORY, s3://…, gs://…, or a database; by default this machine's store."
        ),
    ] = "",
    *,
    output: Annotated[str, typer.Option(help="The file it is written to.")] = DASHBOARD_FILE,
    show: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    services: Annotated[str, typer.Option(help="The services.toml; by default that of this folder, if any.")] = "",
    database: Annotated[
        str, typer.Option(help="Where the merged database is kept, so that the next time is quick; by default nowhere.")
    ] = "",
    called: Annotated[str, typer.Option(help="What the page calls the source; by default as you do.")] = "",
) -> None:
    """Merge what is new, and write the dashboard: one file, with filters, trends and the records behind each number."""
    request, settings = ReportRequest(source, database, services, called), console.deployment_settings()
    path = Path(output)
    try:
        with progress.shown() as advance, open_merged(request, settings, advance) as warehouse:
            atomic_write.write(path, warehouse.page(warehouse.report(now())).encode())
    except TelemetryError as error:
        console.fail(str(error), 1)
    address = path.resolve().as_uri()
    console.echo(address)
    if show and not webbrowser.open(address):
        console.fail("no browser can be opened from here", 1)
