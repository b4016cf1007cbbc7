"""`telemetry package`: the zips of the functions."""

from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from cli import console
from cli.deployment import targets
from cli.deployment.packaging import aws, gcp
from core.errors import TelemetryError


def command(
    target: Annotated[str, typer.Argument(help="aws, gcp, or local: for the emulator of AWS on this machine.")],
    architecture: Annotated[str, typer.Option(help="On AWS: arm64 or x86_64.")] = "arm64",
    out: Annotated[str, typer.Option(help="The folder; by default build/TARGET.")] = "",
) -> None:
    """Build the functions' zips: the same bytes from the same commit."""
    if target not in targets.NAMES or architecture not in ("arm64", "x86_64"):
        console.fail("telemetry package aws [--architecture arm64 or x86_64], or telemetry package gcp, or local")
    try:
        build(target, architecture, out)
    except TelemetryError as error:
        console.fail(str(error), 1)


def build(target: str, architecture: str, out: str = "") -> None:
    """Build them, and print their sizes; raises TelemetryError."""
    folder = Path(out or f"build/{target}")
    platform = aws.platform(target, architecture)
    table = Table("package", "files", "bytes", "unpacked", "sha256", box=box.SIMPLE, pad_edge=False)
    for built in gcp.build(folder) if target == "gcp" else aws.build(platform, folder):
        table.add_row(str(built.path), str(built.files), f"{built.size:,}", f"{built.unpacked:,}", built.sha256)
    console.console().print(table)
    if target != "gcp" and aws.compiles(platform) is None:
        console.echo(f"without byte code, since there is no python{platform.python} here: cold starts take longer")
