"""`telemetry secrets`: sets the secrets of a deployment."""

import sys
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from cli import console
from cli.deployment import clouds, secrets_setup
from cli.panels import Panel
from cli.target_argument import TargetName
from core.errors import TelemetryError

PANEL = Panel.DEPLOY
EXAMPLES = ("telemetry secrets aws", "telemetry secrets aws --show")


def command(
    target: TargetName,
    *,
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Replace the secrets; the old webhook secret stays valid as well.")
    ] = False,
    show: Annotated[bool, typer.Option("--show", help="Print only the newest webhook secret.")] = False,
) -> None:
    """Set the webhook secret and the two tokens.

    They are read from .env or a prompt; secrets that are set already stay.
    """
    settings = console.deployment_settings()
    try:
        deployment_target = clouds.select(target, settings)
        deployment_target.cloud.account()
        if show:
            console.echo(secrets_setup.webhook_secret(deployment_target))
            return
        results = secrets_setup.put_secrets(
            deployment_target.cloud, secrets_setup.configured_values(settings), _ask, rotate=rotate
        )
    except TelemetryError as error:
        console.fail(str(error), 1)
    table = Table("secret", "", "where", box=box.SIMPLE, pad_edge=False)
    for result in results:
        table.add_row(result.name, result.message, result.location)
    console.console().print(table)
    console.echo(f"`telemetry secrets {target} --show` prints the webhook secret for GitHub; see docs/GITHUB.md.")


def _ask(description: str) -> str:
    if not sys.stdin.isatty():
        return ""
    value: str = typer.prompt(
        f"{description} (not shown; empty: later)", hide_input=True, default="", show_default=False
    )
    return value
