"""`telemetry policies`: writes the IAM policies of whoever deploys."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cli import console
from cli.deployment import clouds
from cli.panels import Panel
from cli.target_argument import TargetName
from core.errors import TelemetryError

PANEL = Panel.DEPLOY
EXAMPLES = ("telemetry policies aws",)


def command(
    target: TargetName,
    role_path: Annotated[str, typer.Option(help="Path of the functions' roles.")] = "/telemetry/",
    boundary: Annotated[
        str, typer.Option(help="Name of the policy that limits the functions' roles.")
    ] = "telemetry-boundary",
) -> None:
    """Write the IAM policies of whoever deploys.

    They are those that deploying, planning and operating need, and the permissions boundary of all roles.
    """
    settings = console.deployment_settings()
    try:
        cloud = clouds.select(target, settings).cloud
        documents = cloud.policies(settings.state_bucket, settings.store_bucket, role_path, boundary)
    except TelemetryError as error:
        console.fail(str(error), 1)
    folder = Path("build", target, "policies")
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.json"):
        path.unlink()
    for name, document in documents.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(document, indent=2) + "\n")
        console.echo(str(path))
