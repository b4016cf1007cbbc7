"""Finds the deployment of a target."""

from typing import Any, NamedTuple

from cli.deployment import clouds
from cli.deployment.cloud import Cloud, TargetError
from cli.deployment.target import Target
from cli.deployment.terraform import TerraformRoot
from core.settings import Settings


class Deployment(NamedTuple):
    """A deployed environment."""

    target: Target
    cloud: Cloud
    outputs: dict[str, Any]
    """Terraform outputs: terraform/aws/outputs.tf."""


def find_with_api(name: str, settings: Settings) -> Deployment:
    """Find the deployment of a target whose secrets are to be sent to GITHUB_API_URL; raises TargetError as `check_api`, too."""
    check_api(settings)
    return find(name, settings)


def check_api(settings: Settings) -> None:
    """Raise TargetError if only `.env` names the server of GITHUB_API_URL: it may collect the deployment's secrets."""
    if not settings.api_origin.is_trusted:
        raise TargetError(settings.api_origin.refusal("the deployment's secrets are"))


def find(name: str, settings: Settings) -> Deployment:
    """Find the deployment of a target, e.g. aws; raises TargetError without credentials or a deployment."""
    target = clouds.select(name, settings)
    cloud = target.cloud
    cloud.account()
    root = TerraformRoot(target, settings)
    root.prepare()
    return Deployment(target, cloud, root.outputs())
