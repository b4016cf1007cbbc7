"""`telemetry destroy`: destroys a deployment."""

import shutil
from typing import Annotated

import typer

from cli import console
from cli.deployment import clouds, secrets_setup
from cli.deployment.terraform import TerraformRoot
from cli.panels import Panel
from cli.target_argument import TargetName
from core.errors import TelemetryError

PANEL = Panel.DEPLOY
EXAMPLES = ("telemetry destroy local",)


def command(
    target: TargetName,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Destroy a deployment; the data repository stays.

    Its queue, secrets and logs are destroyed with it.
    """
    settings = console.deployment_settings()
    try:
        deployment_target = clouds.select(target, settings)
        deployment_target.start()  # the emulator may be stopped; starting it restores its state
        account = deployment_target.cloud.account()
        if not yes and not deployment_target.emulated:
            typer.confirm(
                f"Destroy the environment {deployment_target.environment_id} in the account {account}, with its secrets?",
                abort=True,
            )
        root = TerraformRoot(deployment_target, settings)
        root.prepare(destroys=True)
        root.destroy()
        for location in deployment_target.cloud.delete_secrets(secrets_setup.ALL_NAMES):
            console.echo(f"deleted the secret {location}")
        shutil.rmtree(deployment_target.folder, ignore_errors=True)
        deployment_target.stop(console.echo)
    except TelemetryError as error:
        console.fail(str(error), 1)
