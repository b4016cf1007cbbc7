"""Builds the command line, `telemetry`: one command per module of cli/commands/.

A module declares the function `command`, its `PANEL` of `telemetry --help`, and `EXAMPLES`, which end its own help. Its name is the
command's; one that is a keyword of Python has an underscore at the end (PEP 8): `try_`.
"""

import os
import sys
from importlib.metadata import version
from typing import Annotated, Any

import typer
from rich.markup import escape
from typer import rich_utils

from cli import commands, console
from cli.panels import Panel
from core.discovery import discover

_PANELS = [*Panel]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`telemetry COMMAND -h` explains a command and ends with examples.",
)


def _print_version(is_wanted: bool) -> None:  # noqa: FBT001 (typer's signature of a callback)
    if is_wanted:
        console.echo(f"telemetry-functions {version('telemetry-functions')}")
        raise typer.Exit


@app.callback()
def _telemetry(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Learn how your teams deliver, from GitHub, in your own cloud account."""


def _panel(module: Any) -> Panel | None:
    return getattr(module, "PANEL", None)


def _epilog(examples: tuple[str, ...]) -> str | None:
    """Return the examples as paragraphs, because typer joins the lines of a paragraph."""
    return "\n\n".join(("[bold]Examples[/]", *map(escape, examples))) if examples else None


_modules = [sys.modules[function.__module__] for function in discover(commands.__name__, "command")]
for _module in sorted(_modules, key=lambda module: _PANELS.index(_panel(module) or Panel.OPERATE)):
    app.command(
        _module.__name__.rpartition(".")[2].removesuffix("_").replace("_", "-"),
        rich_help_panel=_panel(_module),
        epilog=_epilog(getattr(_module, "EXAMPLES", ())),
        cls=getattr(_module, "COMMAND", None),
    )(_module.command)


def main() -> None:
    """Run the console script."""
    # by itself typer also colours pipes in GitHub Actions, and NO_COLOR keeps its bold text
    rich_utils.FORCE_TERMINAL = True if os.environ.get("FORCE_COLOR") else None
    rich_utils.COLOR_SYSTEM = None if os.environ.get("NO_COLOR") else "auto"
    app(prog_name="telemetry")
