"""`telemetry dashboard`: writes the report as one HTML file that works offline."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from cli import console, progress
from cli.panels import Panel
from cli.publishing import dashboard_files
from cli.publishing.dashboard_files import DASHBOARD_FILE
from cli.publishing.session import ReportRequest, open_merged
from core.clock import now
from core.errors import TelemetryError

PANEL = Panel.SEE
EXAMPLES = (
    "telemetry dashboard telemetry-demo --open",
    "telemetry dashboard octo-org/telemetry-data --output deliver.html",
)


def command(
    source: Annotated[
        str,
        typer.Argument(
            help="A folder or clone, OWNER/DATA-REPOSITORY, s3://…, gs://…, a merged database, or the marts of an engine (default: this machine's store)."
        ),
    ] = "",
    *,
    output: Annotated[str, typer.Option(help="Output file.")] = DASHBOARD_FILE,
    show: Annotated[bool, typer.Option("--open", help="Open the file in the browser.")] = False,
    services: Annotated[
        str, typer.Option(help="Path of services.toml (default: that of SOURCE, else of this folder).")
    ] = "",
    database: Annotated[
        str, typer.Option(help="Keep the merged database in this file to speed up the next run (default: temporary).")
    ] = "",
    called: Annotated[str, typer.Option(help="Name of the source shown on the page (default: SOURCE).")] = "",
) -> None:
    """Write the dashboard: an HTML file that works offline.

    New records are merged first. The page has filters, trends and the evidence for each number. If that is too
    much for one file, a folder beside it has a page for each service.
    """
    request, settings = ReportRequest(source, database, services, called), console.deployment_settings()
    path = Path(output)
    try:
        with (
            progress.stages() as stages,
            open_merged(request, settings, stages.advance, stages.begin) as warehouse,
        ):
            dashboard_files.write(path.parent, warehouse.pages(warehouse.report(now()), path.name))
            stages.end()
            console.remark(warehouse.services_file.remark, is_expected=warehouse.services_file.is_expected)
    except TelemetryError as error:
        console.fail(str(error), 1)
    address = path.resolve().as_uri()
    console.echo(address)
    if show and not webbrowser.open(address):
        console.fail("cannot open a browser", 1)
