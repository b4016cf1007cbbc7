"""`telemetry plan`: what a deployment would change."""

from typing import Annotated

import typer

from core.errors import TelemetryError
from core.settings import Settings
from runtimes.local import targets, terminal
from runtimes.local.commands import package
from runtimes.local.targets import Target
from runtimes.local.terraform import Root


def command(
    target: Annotated[str, typer.Argument(help="aws, gcp, or local: the emulator of AWS.")],
    architecture: Annotated[str, typer.Option(help="Of the functions on AWS: arm64 (by default) or x86_64.")] = "",
) -> None:
    """Show what a deployment would change, and change nothing."""
    settings = terminal.deployment_settings()
    try:
        prepared(targets.target(target, settings), settings, architecture).plan()
    except TelemetryError as error:
        terminal.fail(str(error), 1)


def prepared(place: Target, settings: Settings, architecture: str) -> Root:
    """The root, ready to plan or apply, once all that can be looked at first is right; raises TelemetryError."""
    root = Root(place, settings, architecture)
    root.check()
    if place.name == "local":
        place.start_emulator()
    cloud = place.cloud
    terminal.echo(f"the environment {place.environment_id} in the account {cloud.account()}")
    for note in cloud.check():
        terminal.echo(note, err=True)
    package.build(place.name, architecture or "arm64")
    root.prepare()
    return root
