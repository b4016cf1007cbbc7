"""`telemetry package`: builds the deployment packages."""

from typing import Annotated

import typer

from cli import console
from cli.deployment import clouds, packaging
from cli.panels import Panel
from cli.target_argument import TargetName
from core.errors import TelemetryError

PANEL = Panel.DEPLOY
EXAMPLES = ("telemetry package aws --architecture x86_64",)


def command(
    target: TargetName,
    architecture: Annotated[
        str, typer.Option(help="Architecture of the AWS functions: arm64 (default) or x86_64.")
    ] = "",
    out: Annotated[str, typer.Option(help="Output folder (default: build/TARGET).")] = "",
) -> None:
    """Build the functions' deployment packages.

    The same commit produces the same bytes.
    """
    settings = console.deployment_settings()
    try:
        packaging.build(clouds.select(target, settings), architecture, out)
    except TelemetryError as error:
        console.fail(str(error), 1)
