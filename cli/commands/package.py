"""`telemetry package`: builds the deployment packages."""

from typing import Annotated

import typer

from cli import console
from cli.deployment import targets
from cli.deployment.packaging import build
from core.errors import TelemetryError


def command(
    target: Annotated[str, typer.Argument(help="aws, gcp, or local (AWS emulator).")],
    architecture: Annotated[str, typer.Option(help="Architecture of the AWS functions: arm64 or x86_64.")] = "arm64",
    out: Annotated[str, typer.Option(help="Output folder (default: build/TARGET).")] = "",
) -> None:
    """Build the functions' deployment packages; the same commit produces the same bytes."""
    if target not in targets.NAMES or architecture not in ("arm64", "x86_64"):
        console.fail("telemetry package aws [--architecture arm64 or x86_64], or telemetry package gcp, or local")
    try:
        build(target, architecture, out)
    except TelemetryError as error:
        console.fail(str(error), 1)
