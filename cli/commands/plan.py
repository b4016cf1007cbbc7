"""`telemetry plan`: shows what a deployment would change."""

from typing import Annotated

import typer

from cli import console
from cli.deployment import preparation, targets
from core.errors import TelemetryError


def command(
    target: Annotated[str, typer.Argument(help="aws, gcp, or local (AWS emulator).")],
    architecture: Annotated[
        str, typer.Option(help="Architecture of the AWS functions: arm64 (default) or x86_64.")
    ] = "",
) -> None:
    """Show what a deployment would change, without changing anything."""
    settings = console.deployment_settings()
    try:
        preparation.prepare(targets.target(target, settings), settings, architecture).plan()
    except TelemetryError as error:
        console.fail(str(error), 1)
