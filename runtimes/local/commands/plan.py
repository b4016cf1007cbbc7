"""`telemetry plan`: what a deployment would change."""

from typing import Annotated

import typer

from core.errors import TelemetryError
from runtimes.local import targets, terminal
from runtimes.local.terraform import Root


def command(target: Annotated[str, typer.Argument(help="aws, or local: the emulator.")]) -> None:
    """Show what a deployment would change, and change nothing."""
    settings = terminal.settings()
    try:
        place = targets.target(target, settings)
        targets.check(place)
        root = Root(place, settings)
        root.prepare()
        root.plan()
    except TelemetryError as error:
        terminal.fail(str(error), 1)
