"""`telemetry plan`: what a deployment would change."""

from typing import Annotated

import typer

from core.errors import TelemetryError
from runtimes.local import targets, terminal
from runtimes.local.commands import package
from runtimes.local.terraform import Root


def command(
    target: Annotated[str, typer.Argument(help="aws, or local: the emulator.")],
    architecture: Annotated[str, typer.Option(help="Of the functions: arm64 (by default) or x86_64.")] = "",
) -> None:
    """Show what a deployment would change, and change nothing."""
    settings = terminal.deployment_settings()
    try:
        place = targets.target(target, settings)
        root = Root(place, settings, architecture)
        root.check()
        if target == "local":
            place.emulator.start()
        place.cloud.account()
        package.build(target, architecture or "arm64")
        root.prepare()
        root.plan()
    except TelemetryError as error:
        terminal.fail(str(error), 1)
