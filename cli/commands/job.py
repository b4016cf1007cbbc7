"""`telemetry job`: runs a scheduled job manually on this machine."""

from typing import Annotated

import typer

from cli import console
from cli.panels import Panel
from core import jobs
from core.errors import TelemetryError
from runtimes.local import command_wiring

PANEL = Panel.OPERATE
EXAMPLES = ("telemetry job recover",)


def command(
    name: Annotated[str, typer.Argument(help="Name of the job, e.g. recover.")],
) -> None:
    """Run a scheduled job now, on this machine.

    It uses the settings and tokens of this machine.
    """
    settings = console.settings()
    try:
        report = jobs.run(name, command_wiring.job_services(settings))
    except TelemetryError as error:
        console.fail(str(error), 1)
    console.echo(f"{name}: {report.done} done, nothing left")
