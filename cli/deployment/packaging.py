"""Builds the packages of a target's functions and prints their sizes."""

from pathlib import Path

from rich import box
from rich.table import Table

from cli import console
from cli.deployment.clouds.aws import packaging as aws
from cli.deployment.clouds.gcp import packaging as gcp


def build(target: str, architecture: str, out: str = "") -> None:
    """Build the packages of a target into a folder (default: build/TARGET); raises TelemetryError."""
    folder = Path(out or f"build/{target}")
    platform = aws.platform(target, architecture)
    table = Table("package", "files", "bytes", "unpacked", "sha256", box=box.SIMPLE, pad_edge=False)
    for built in gcp.build(folder) if target == "gcp" else aws.build(platform, folder):
        table.add_row(str(built.path), str(built.files), f"{built.size:,}", f"{built.unpacked:,}", built.sha256)
    console.console().print(table)
    if target != "gcp" and aws.compiles(platform) is None:
        console.echo(f"without byte code, since there is no python{platform.python} here: cold starts take longer")
