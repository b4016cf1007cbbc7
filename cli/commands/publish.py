"""`telemetry publish`: publishes the report and the dashboard."""

from itertools import chain
from typing import Annotated

import typer

from cli import console, progress
from cli.panels import Panel
from cli.publishing import formats, publish
from cli.publishing.dashboard_files import DASHBOARD_FILE
from cli.publishing.formats import Format
from cli.publishing.session import ReportRequest, open_merged
from core.clock import now
from core.errors import TelemetryError

PANEL = Panel.SEE
EXAMPLES = ("telemetry publish octo-org/telemetry-data s3://our-reports/telemetry",)
_FORMATS = {"report.md": Format.MARKDOWN, "report.json": Format.JSON, "report.csv": Format.CSV}


def command(
    source: Annotated[
        str,
        typer.Argument(help="A folder or clone, OWNER/DATA-REPOSITORY, s3://…, gs://…, or a merged database."),
    ],
    where: Annotated[str, typer.Argument(help="Destination: s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or a folder.")],
    *,
    services: Annotated[
        str, typer.Option(help="Path of services.toml (default: that of SOURCE, else of this folder).")
    ] = "",
    database: Annotated[
        str, typer.Option(help="Keep the merged database in this file to speed up the next run (default: temporary).")
    ] = "",
    called: Annotated[str, typer.Option(help="Name of the source shown on the pages (default: SOURCE).")] = "",
) -> None:
    """Upload the report and the dashboard.

    New records are merged first. The files are report.md, report.json, report.csv and dashboard.html, with a folder of pages of services
    if one page is too small. Nothing becomes public.
    """
    request, settings = ReportRequest(source, database, services, called), console.deployment_settings()
    try:
        destination = publish.parse_destination(where)
        page_store = publish.open_page_store(destination)
        with (
            progress.stages() as stages,
            open_merged(request, settings, stages.advance, stages.begin) as warehouse,
        ):
            report = warehouse.report(now())
            pages = {name: formats.report(report, format, 0) for name, format in _FORMATS.items()}
            files = chain(pages.items(), warehouse.pages(report, DASHBOARD_FILE))
            addresses = publish.publish(files, destination, page_store)
            stages.end()
            console.remark(warehouse.services_file.remark, is_expected=warehouse.services_file.is_expected)
        console.echo("\n".join(addresses))
    except TelemetryError as error:
        console.fail(str(error), 1)
