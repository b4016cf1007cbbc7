"""What is deployed somewhere, for the commands that look into it."""

from typing import Any, NamedTuple

from cli.deployment import targets
from cli.deployment.clouds import Cloud
from cli.deployment.targets import Target
from cli.deployment.terraform import TerraformRoot
from core.settings import Settings


class Deployment(NamedTuple):
    """One environment that is there."""

    place: Target
    cloud: Cloud
    outputs: dict[str, Any]
    """What Terraform tells of it: terraform/aws/outputs.tf."""


def find(target: str, settings: Settings) -> Deployment:
    """The deployment to a target, such as aws; raises TargetError where nobody is signed in or nothing is deployed."""
    place = targets.target(target, settings)
    cloud = place.cloud
    cloud.account()
    root = TerraformRoot(place, settings)
    root.prepare()
    return Deployment(place, cloud, root.outputs())
