"""`telemetry job`: a scheduled job, run by hand on this machine."""

from typing import Annotated

import typer

from cli import console
from core import jobs
from core.errors import TelemetryError
from runtimes.local import wiring


def command(
    name: Annotated[str, typer.Argument(help="Such as recover.")],
) -> None:
    """Run one of the scheduled jobs here and now, with the settings and tokens of this machine."""
    settings = console.settings()
    try:
        report = jobs.run(name, wiring.scheduling(settings))
    except TelemetryError as error:
        console.fail(str(error), 1)
    console.echo(f"{name}: {report.done} done, nothing left")
