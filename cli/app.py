"""Builds the command line, `telemetry`: one command per module of cli/commands/.

A module declares the function `command`, its `PANEL` of `telemetry --help`, and `EXAMPLES`, which end its own help. Its name is the
command's; one that is a keyword of Python has an underscore at the end (PEP 8): `try_`.
"""

import errno
import os
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import Annotated, Any, NoReturn, cast

import typer
from rich.markup import escape
from typer.core import TyperGroup

from cli import commands, console
from cli.panels import Panel
from core.discovery import module_names
from telemetry_functions import installation

_PANELS = [*Panel]
_NO_ACCESS = (errno.EACCES, errno.EPERM, errno.EROFS)
_COLOUR_VARIABLES = frozenset({"NO_COLOR", "FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS"})


class _Commands(Mapping[str, Any]):
    """The commands by name, in the order of their panels; a module is imported only when its command is looked up.

    Together they import boto3, requests and more, which takes longer than many commands run.
    """

    def __init__(self) -> None:
        self._modules = {name.removesuffix("_").replace("_", "-"): name for name in module_names(commands.__name__)}
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._built:
            self._built[name] = _command(name, import_module(f"{commands.__name__}.{self._modules[name]}"))
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._modules, key=lambda name: _PANELS.index(self[name].rich_help_panel or Panel.OPERATE)))

    def __len__(self) -> int:
        return len(self._modules)


class _Group(TyperGroup):
    """The group of all commands."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = cast("MutableMapping[str, Any]", _Commands())  # nothing adds a command later


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`telemetry COMMAND -h` explains a command and ends with examples.",
)


def _print_version(is_wanted: bool) -> None:  # noqa: FBT001 (typer's signature of a callback)
    if is_wanted:
        from importlib.metadata import version  # noqa: PLC0415 (takes longer than to start)

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


def _command(name: str, module: Any) -> Any:
    """Build the command of a module, as typer builds the only command of an application."""
    only = typer.Typer(add_completion=False, context_settings=app.info.context_settings)
    only.command(
        name,
        rich_help_panel=_panel(module),
        epilog=_epilog(getattr(module, "EXAMPLES", ())),
        cls=getattr(module, "COMMAND", None),
    )(module.command)
    return typer.main.get_command(only)


def main() -> None:
    """Run the console script."""
    if not _COLOUR_VARIABLES.isdisjoint(os.environ):
        # without these lines typer also colours pipes in GitHub Actions, and NO_COLOR keeps its bold text
        from typer import rich_utils  # noqa: PLC0415 (loads a parser of Markdown)

        rich_utils.FORCE_TERMINAL = True if os.environ.get("FORCE_COLOR") else None
        rich_utils.COLOR_SYSTEM = None if os.environ.get("NO_COLOR") else "auto"
    try:
        app(prog_name="telemetry")
    except ModuleNotFoundError as error:
        if not installation.extra_of(str(error.name)):
            raise
        _exit(installation.missing(str(error.name)))
    except OSError as error:
        if error.errno not in _NO_ACCESS or error.filename is None:
            raise
        # the error does not say whether an existing file could not be read or not be written
        remedy = "" if os.path.lexists(error.filename) else ". Run it in a folder that you may write to."
        _exit(f"{error.filename}: {error.strerror}{remedy}")


def _exit(message: str) -> NoReturn:
    console.echo(message, err=True)
    sys.exit(2)
