"""Saves a plan for a later job to apply exactly: the plan, its packages, its provider versions, and what it was made for.

A saved plan names the packages by path and checksum, and Terraform refuses it with other provider versions. So both are in the folder.
https://developer.hashicorp.com/terraform/tutorials/automation/automate-terraform#plan-and-apply-on-different-machines
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cli import hints
from cli.deployment.cloud import TargetError
from cli.deployment.target import Target
from cli.deployment.terraform import TerraformRoot

PLAN = "deployment.tfplan"
_LOCK = "terraform.lock.hcl"
"""Without a leading dot: actions/upload-artifact leaves hidden files out by default."""
_PURPOSE = "plan.json"


def save(root: TerraformRoot, target: Target, account: str, folder: Path) -> None:
    """Show what a deployment would change and save it to a folder; raises TargetError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    root.save_plan(folder / PLAN)
    for path in _packages(root):
        shutil.copyfile(path, folder / path.name)
    shutil.copyfile(root.lock_file, folder / _LOCK)
    checksums = {path.name: _checksum(path) for path in _packages(root)}
    purpose = {**_purpose(root, target, account), "sha256": checksums}
    (folder / _PURPOSE).write_text(json.dumps(purpose, indent=2) + "\n")


def restore(root: TerraformRoot, target: Target, account: str, folder: Path) -> Path:
    """Put the packages and provider versions of a saved plan in place, and return the plan.

    Raises TargetError, before anything changes, for a plan of another environment, account or settings, or for changed packages.
    """
    plan = folder / PLAN
    try:
        saved: dict[str, Any] = json.loads((folder / _PURPOSE).read_text())
        checksums = saved.pop("sha256")
        plan.chmod(0o600)  # an artifact of a workflow has lost its mode
        for path in _packages(root):
            if _checksum(folder / path.name) != checksums[path.name]:
                raise TargetError(f"{folder / path.name} is not the package that was planned: make a new plan")
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        again = hints.command("plan", target.name, out=str(folder))
        raise TargetError(f"{folder} holds no saved plan ({type(error).__name__}): `{again}` saves one") from None
    differences = sorted(_differences(saved, _purpose(root, target, account)))
    if differences:
        raise TargetError(f"the plan in {folder} was made for another {', '.join(differences)}: make a new plan")
    for path in _packages(root):
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / path.name, path)
    shutil.copyfile(folder / _LOCK, root.lock_file)
    return plan


def _packages(root: TerraformRoot) -> list[Path]:
    return [Path(path) for path in root.variables()["packages"].values()]


def _purpose(root: TerraformRoot, target: Target, account: str) -> dict[str, Any]:
    """Return what a plan is for; the settings are those that Terraform gets, never a secret."""
    return {"target": target.name, "account": account, **root.variables()}


def _differences(saved: Mapping[str, Any], current: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield the names of the values that differ."""
    for name in saved.keys() | current.keys():
        before, now = saved.get(name), current.get(name)
        if isinstance(before, dict) and isinstance(now, dict):
            yield from _differences(before, now, f"{prefix}{name}.")
        elif before != now:
            yield f"{prefix}{name}"


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
