"""`telemetry publish`: the report and the dashboard, where others read them."""

from typing import Annotated

import typer

from core.errors import TelemetryError
from runtimes.aws.wiring import now
from runtimes.local import merge_progress, publishing, report_formats, terminal
from runtimes.local.report_formats import Format
from runtimes.local.reporting import Asked, merged

_FORMATS = {"report.md": Format.MARKDOWN, "report.json": Format.JSON, "report.csv": Format.CSV}


def command(
    source: Annotated[
        str,
        typer.Argument(help="A folder or clone, OWNER/DATA-REPOSITORY, s3://…, gs://…, or a database."),
    ],
    where: Annotated[str, typer.Argument(help="s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or a folder.")],
    *,
    services: Annotated[str, typer.Option(help="The services.toml; by default that of this folder, if any.")] = "",
    database: Annotated[
        str, typer.Option(help="Where the merged database is kept, so that the next time is quick; by default nowhere.")
    ] = "",
    called: Annotated[str, typer.Option(help="What the pages call the source; by default as you do.")] = "",
) -> None:
    """Merge what is new, and put report.md, report.json, report.csv and dashboard.html there. Nothing is made public by it."""
    asked, settings = Asked(source, database, services, called), terminal.deployment_settings()
    try:
        target = publishing.target(where)
        place = publishing.opened(target)
        with merge_progress.shown() as advance, merged(asked, settings, advance) as warehouse:
            told = warehouse.report(now())
            pages = {name: report_formats.report(told, format, 0) for name, format in _FORMATS.items()}
            pages["dashboard.html"] = warehouse.page(told)
        terminal.echo("\n".join(publishing.publish(pages, target, place)))
    except TelemetryError as error:
        terminal.fail(str(error), 1)
