"""Prepares a deployment for `telemetry plan` and `telemetry deploy`."""

from cli import console
from cli.deployment.packaging import build
from cli.deployment.target import Target
from cli.deployment.terraform import TerraformRoot
from core.settings import Settings


def prepare(target: Target, settings: Settings, architecture: str) -> TerraformRoot:
    """Check everything that can be checked first, build the packages, and return a root ready to plan or apply.

    Raises TelemetryError.
    """
    root = TerraformRoot(target, settings, architecture)
    root.check()
    target.start()
    cloud = target.cloud
    console.echo(f"the environment {target.environment_id} in the account {cloud.account()}")
    for note in cloud.check():
        console.echo(note, err=True)
    build(target, architecture)
    root.prepare()
    return root
