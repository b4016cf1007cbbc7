"""`telemetry plan`: shows what a deployment would change."""

from typing import Annotated

import typer

from cli import console
from cli.deployment import clouds, preparation
from cli.target_argument import TargetName
from core.errors import TelemetryError


def command(
    target: TargetName,
    architecture: Annotated[
        str, typer.Option(help="Architecture of the AWS functions: arm64 (default) or x86_64.")
    ] = "",
) -> None:
    """Show what a deployment would change, without changing anything."""
    settings = console.deployment_settings()
    try:
        preparation.prepare(clouds.select(target, settings), settings, architecture).plan()
    except TelemetryError as error:
        console.fail(str(error), 1)
