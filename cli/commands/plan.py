"""`telemetry plan`: what a deployment would change."""

from typing import Annotated

import typer

from cli import console
from cli.commands import package
from cli.deployment import targets
from cli.deployment.targets import Target
from cli.deployment.terraform import TerraformRoot
from core.errors import TelemetryError
from core.settings import Settings


def command(
    target: Annotated[str, typer.Argument(help="aws, gcp, or local: the emulator of AWS.")],
    architecture: Annotated[str, typer.Option(help="Of the functions on AWS: arm64 (by default) or x86_64.")] = "",
) -> None:
    """Show what a deployment would change, and change nothing."""
    settings = console.deployment_settings()
    try:
        prepared(targets.target(target, settings), settings, architecture).plan()
    except TelemetryError as error:
        console.fail(str(error), 1)


def prepared(place: Target, settings: Settings, architecture: str) -> TerraformRoot:
    """The root, ready to plan or apply, once all that can be looked at first is right; raises TelemetryError."""
    root = TerraformRoot(place, settings, architecture)
    root.check()
    if place.name == "local":
        place.start_emulator()
    cloud = place.cloud
    console.echo(f"the environment {place.environment_id} in the account {cloud.account()}")
    for note in cloud.check():
        console.echo(note, err=True)
    package.build(place.name, architecture or "arm64")
    root.prepare()
    return root
