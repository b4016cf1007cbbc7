"""Builds the packages of a target's functions and prints their sizes."""

from pathlib import Path

from rich import box
from rich.table import Table

from cli import console
from cli.deployment.target import Target


def build(target: Target, architecture: str, out: str = "") -> None:
    """Build the packages of a target into a folder (default: build/TARGET); raises TelemetryError."""
    table = Table("package", "files", "bytes", "unpacked", "sha256", box=box.SIMPLE, pad_edge=False)
    for built in target.build(Path(out or f"build/{target.name}"), architecture):
        table.add_row(str(built.path), str(built.files), f"{built.size:,}", f"{built.unpacked:,}", built.sha256)
    console.console().print(table)
    if warning := target.build_warning(architecture):
        console.echo(warning)
