"""`telemetry job`: a scheduled job, run by hand on this machine."""

from typing import Annotated

import typer

from core import jobs
from core.errors import TelemetryError
from runtimes.local import terminal, wiring


def command(
    name: Annotated[str, typer.Argument(help="Such as recover.")],
) -> None:
    """Run one of the scheduled jobs here and now, with the settings and tokens of this machine."""
    settings = terminal.settings()
    try:
        report = jobs.run(name, wiring.scheduling(settings))
    except TelemetryError as error:
        terminal.fail(str(error), 1)
    terminal.echo(f"{name}: {report.done} done, nothing left")
