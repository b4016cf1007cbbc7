"""What is deployed somewhere, for the commands that look into it."""

from typing import Any, NamedTuple

from cli.deployment import targets
from cli.deployment.clouds import Cloud
from cli.deployment.targets import Target
from cli.deployment.terraform import TerraformRoot
from core.settings import Settings


class Deployment(NamedTuple):
    """One environment that is there."""

    target: Target
    cloud: Cloud
    outputs: dict[str, Any]
    """What Terraform tells of it: terraform/aws/outputs.tf."""


def find(name: str, settings: Settings) -> Deployment:
    """The deployment to a target, such as aws; raises TargetError where nobody is signed in or nothing is deployed."""
    target = targets.target(name, settings)
    cloud = target.cloud
    cloud.account()
    root = TerraformRoot(target, settings)
    root.prepare()
    return Deployment(target, cloud, root.outputs())
