"""Prepares a deployment for `telemetry plan` and `telemetry deploy`."""

from pathlib import Path
from typing import NamedTuple

from cli import console
from cli.deployment import saved_plan
from cli.deployment.packaging import build
from cli.deployment.target import Target
from cli.deployment.terraform import TerraformRoot
from core.settings import Settings


class Prepared(NamedTuple):
    """A deployment that can be planned or applied."""

    root: TerraformRoot
    account: str
    plan: Path | None
    """The saved plan that is to be applied."""


def prepare(target: Target, settings: Settings, architecture: str, saved: str = "") -> Prepared:
    """Check everything that can be checked first, build the packages or take those of a saved plan, and initialize the root.

    `saved` is the folder of a saved plan. Raises TelemetryError.
    """
    root = TerraformRoot(target, settings, architecture)
    root.check()
    target.start()
    cloud = target.cloud
    account = cloud.account()
    console.echo(f"the environment {target.environment_id} in the account {account}")
    for note in cloud.check():
        console.echo(note, err=True)
    plan = None
    if saved:
        plan = saved_plan.restore(root, target, account, Path(saved))
    else:
        build(target, architecture)
    root.prepare()
    return Prepared(root, account, plan)
