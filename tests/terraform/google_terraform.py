"""Terraform for Google Cloud in a copy of our folder, with one version of the provider, and an applied environment.

Where TF_PLUGIN_DIR holds a stand-in of the provider (it serves the real schemas, and keeps objects as files), it is
applied there, under the API's rules of google_api_rules.py; the real one would make all of it in a project.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from docs import providers
from tests.conftest import missing
from tests.environment import GO_PROGRAMS, PATIENCE

ROOT = Path(__file__).parents[2] / "terraform"
VERSIONS = providers.versions("gcp")
_PINNED = """terraform {
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "%s"
    }
  }
}
"""
_PROVIDER = "*/hashicorp/google/*/*/terraform-provider-google_*"
_RULES = Path(__file__).parent / "google_api_rules.py"
_NONE = "Terraform's Google provider is not to be had: reach a provider registry, or set TF_PLUGIN_DIR to a mirror"
PROJECT, REGION = "octo-telemetry", "europe-west1"


class GoogleTerraform:
    """One folder below terraform/, such as `gcp`, in a copy."""

    def __init__(self, workspace: Path, folder: str, version: str) -> None:
        copy = Path(
            shutil.copytree(ROOT, workspace / "terraform", ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
        )
        self.folder = copy / folder
        self.cloud = workspace / "cloud"
        """What the stand-in has made; a test may have several environments in it."""
        self.cloud.mkdir(exist_ok=True)
        (self.folder / "version_override.tf").write_text(_PINNED % version)

    def init(self) -> None:
        """Skips where there is no such provider."""
        mirror = os.environ.get("TF_PLUGIN_DIR")
        from_mirror = [f"-plugin-dir={with_api_rules(Path(mirror), self.cloud.parent)}"] if mirror else []
        begun = self.run("init", "-input=false", *from_mirror)
        if "Failed to query available provider packages" in begun.stderr:
            pytest.skip(_NONE)
        assert begun.returncode == 0, begun.stderr

    def run(self, *arguments: str, more: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        """One command, with `more` variables."""
        program = shutil.which("terraform")
        if program is None:
            missing("Terraform", "install 1.11 or newer")
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return subprocess.run(
            [str(program), f"-chdir={self.folder}", *arguments],
            env={
                **environment,
                **GO_PROGRAMS,
                "TF_CLI_ARGS": "-no-color",
                "TFSTUB_BACKEND": str(self.cloud),
                **(more or {}),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )


class Applied(GoogleTerraform):
    """terraform/live/gcp with the variables of one environment."""

    def __init__(self, workspace: Path, version: str, environment_id: str, **variables: Any) -> None:
        super().__init__(workspace, "live/gcp", version)
        zips = {name: self.folder / f"{name}.zip" for name in ("webhook", "worker")}
        for name, path in zips.items():
            path.write_bytes(name.encode())
        inputs = {
            "environment_id": environment_id,
            "project": PROJECT,
            "region": REGION,
            "packages": {name: str(path) for name, path in zips.items()},
            "settings": {"repo_owner": "octo-org", "repo_name": "telemetry-data"},
            **variables,
        }
        (self.folder / "told.auto.tfvars.json").write_text(json.dumps(inputs))

    def apply(self) -> None:
        """All of it."""
        done = self.run("apply", "-input=false", "-auto-approve")
        assert done.returncode == 0, done.stderr

    def changes(self) -> dict[str, list[str]]:
        """What a plan would do, by address; empty: nothing."""
        plan = self.folder / "plan"
        done = self.run("plan", "-input=false", "-detailed-exitcode", f"-out={plan}")
        assert done.returncode in (0, 2), done.stderr
        shown = json.loads(self.run("show", "-json", str(plan)).stdout)
        changes = {
            resource_change["address"]: resource_change["change"]["actions"]
            for resource_change in shown["resource_changes"]
        }
        changed = {address: actions for address, actions in changes.items() if actions not in (["no-op"], ["read"])}
        assert (done.returncode == 2) is bool(changed)
        return changed

    def destroy(self) -> None:
        """All of it."""
        done = self.run("destroy", "-input=false", "-auto-approve")
        assert done.returncode == 0, done.stderr

    def resources(self) -> list[dict[str, Any]]:
        """Every resource of the state."""
        shown = json.loads(self.run("show", "-json").stdout)
        return list(_below(shown["values"]["root_module"]))

    def waited_for(self) -> dict[str, set[str]]:
        """For each resource, but for its key, all that had to be there before it; without `module.telemetry.`."""
        state = json.loads(self.run("state", "pull").stdout)
        return {
            f"{resource.get('module', '').replace('[0]', '')}.{resource['type']}.{resource['name']}".removeprefix(
                "module.telemetry."
            ): {
                name.removeprefix("module.telemetry.")
                for instance in resource["instances"]
                for name in instance.get("dependencies", [])
            }
            for resource in state["resources"]
            if resource["mode"] == "managed"
        }

    def created(self) -> list[str]:
        """What there is in the stand-in's cloud: the names of its files."""
        return sorted(path.stem for path in self.cloud.rglob("*.json"))


def _below(module: dict[str, Any]) -> list[dict[str, Any]]:
    own = [resource for resource in module.get("resources", []) if resource["mode"] == "managed"]
    return own + [resource for child in module.get("child_modules", []) for resource in _below(child)]


def with_api_rules(mirror: Path, workspace: Path) -> Path:
    """A mirror below `place` whose stand-ins follow google_api_rules.py; the given mirror where it has none."""
    binaries = [path for path in mirror.glob(_PROVIDER) if path.read_bytes()[:2] == b"#!"]
    if not binaries:
        return mirror
    for path in binaries:
        python, *_, entry, data = re.findall(r'"([^"]+)"', path.read_text())
        launcher = workspace / "plugins" / path.relative_to(mirror)
        launcher.parent.mkdir(parents=True, exist_ok=True)
        words = (python, "-I", "-B", str(_RULES), str(Path(entry).parent), data)
        launcher.write_text(f"#!/bin/sh\nexec {shlex.join(words)}\n")
        launcher.chmod(0o755)
    return workspace / "plugins"


def stand_in(version: str) -> bool:
    """Whether the mirror's provider of this version is the stand-in: a script, not a program of 100 MB."""
    mirror = os.environ.get("TF_PLUGIN_DIR")
    binaries = Path(mirror).glob(f"*/hashicorp/google/{version}/*/terraform-provider-google_*") if mirror else []
    return any(path.read_bytes()[:2] == b"#!" for path in binaries)
