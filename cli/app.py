"""Builds the command line, `telemetry`: one command per module of cli/commands/."""

import typer

from cli import commands
from core.discovery import discover

app = typer.Typer(
    help="Learn how your teams deliver, from GitHub, in your own cloud account.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _command in discover(commands.__name__, "command"):
    app.command(_command.__module__.rpartition(".")[2].replace("_", "-"))(_command)


def main() -> None:
    """Run the console script."""
    app(prog_name="telemetry")
