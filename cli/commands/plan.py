"""`telemetry plan`: shows what a deployment would change."""

from pathlib import Path
from typing import Annotated

import typer

from cli import console, hints
from cli.deployment import clouds, preparation, saved_plan
from cli.panels import Panel
from cli.target_argument import TargetName
from core.errors import TelemetryError

PANEL = Panel.DEPLOY
EXAMPLES = ("telemetry plan aws --out build/plan",)


def command(
    target: TargetName,
    architecture: Annotated[
        str, typer.Option(help="Architecture of the AWS functions: arm64 (default) or x86_64.")
    ] = "",
    out: Annotated[str, typer.Option(help="Folder to save the plan to, for `telemetry deploy --plan`.")] = "",
) -> None:
    """Show what a deployment would change.

    Nothing is changed.
    """
    settings = console.deployment_settings()
    try:
        deployment_target = clouds.select(target, settings)
        root, account, _ = preparation.prepare(deployment_target, settings, architecture)
        if not out:
            root.plan()
            return
        saved_plan.save(root, deployment_target, account, Path(out))
        console.echo(f"saved: `{hints.command('deploy', target, plan=out)}` applies exactly this plan")
    except TelemetryError as error:
        console.fail(str(error), 1)
