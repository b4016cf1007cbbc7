"""`telemetry destroy`: destroys a deployment."""

import shutil
from typing import Annotated

import typer

from cli import console
from cli.deployment import targets
from cli.deployment.targets import Target
from cli.deployment.terraform import TerraformRoot
from core.errors import TelemetryError
from runtimes.local.emulator.emulator import Emulator


def command(
    target: Annotated[str, typer.Argument(help="aws, gcp, or local (AWS emulator).")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Destroy a deployment with its queue, secrets and logs; the data repository stays."""
    settings = console.deployment_settings()
    try:
        deployment_target = targets.target(target, settings)
        # the emulator may be stopped; starting it restores its state
        emulator = deployment_target.start_emulator() if target == "local" else None
        account = deployment_target.cloud.account()
        if not yes and target != "local":
            typer.confirm(
                f"Destroy the environment {deployment_target.environment_id} in the account {account}?", abort=True
            )
        root = TerraformRoot(deployment_target, settings)
        root.prepare()
        root.destroy()
        shutil.rmtree(deployment_target.folder, ignore_errors=True)
        if emulator is not None:
            _stop_emulator(deployment_target, emulator)
    except TelemetryError as error:
        console.fail(str(error), 1)


def _stop_emulator(target: Target, emulator: Emulator) -> None:
    """Stop the emulator and delete its state unless another environment is deployed to it."""
    if target.neighbours:
        console.echo(f"the emulator goes on, for {', '.join(path.name for path in target.neighbours)}")
        return
    emulator.stop()  # `telemetry deploy` left it running; start_emulator() above has adopted it
    shutil.rmtree(targets.EMULATOR_STATE, ignore_errors=True)
