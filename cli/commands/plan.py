"""`telemetry plan`: what a deployment would change."""

from typing import Annotated

import typer

from cli import console
from cli.deployment import preparation, targets
from core.errors import TelemetryError


def command(
    target: Annotated[str, typer.Argument(help="aws, gcp, or local: the emulator of AWS.")],
    architecture: Annotated[str, typer.Option(help="Of the functions on AWS: arm64 (by default) or x86_64.")] = "",
) -> None:
    """Show what a deployment would change, and change nothing."""
    settings = console.deployment_settings()
    try:
        preparation.prepare(targets.target(target, settings), settings, architecture).plan()
    except TelemetryError as error:
        console.fail(str(error), 1)
