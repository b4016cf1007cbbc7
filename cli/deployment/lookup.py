"""Finds the deployment of a target."""

from typing import Any, NamedTuple

from cli.deployment import clouds
from cli.deployment.cloud import Cloud
from cli.deployment.target import Target
from cli.deployment.terraform import TerraformRoot
from core.settings import Settings


class Deployment(NamedTuple):
    """A deployed environment."""

    target: Target
    cloud: Cloud
    outputs: dict[str, Any]
    """Terraform outputs: terraform/aws/outputs.tf."""


def find(name: str, settings: Settings) -> Deployment:
    """Find the deployment of a target, e.g. aws; raises TargetError without credentials or a deployment."""
    target = clouds.select(name, settings)
    cloud = target.cloud
    cloud.account()
    root = TerraformRoot(target, settings)
    root.prepare()
    return Deployment(target, cloud, root.outputs())
