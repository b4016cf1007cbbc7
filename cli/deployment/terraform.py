"""Runs Terraform on the root of a target, with variables from the settings and one state per environment.

A plan is saved, shown, approved, and exactly this file is applied: https://developer.hashicorp.com/terraform/cli/commands/apply.
TF_PLUGIN_DIR names a filesystem mirror of providers, for machines that reach no registry.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from cli.deployment import archive, state_file, terraform_errors, terraform_files, terraform_import, terraform_process
from cli.deployment.cloud import TargetError
from cli.deployment.target import Backend, Target
from core.settings import Settings
from core.settings_table import AllSettings, rows
from runtimes.local.state_folder import make_private
from telemetry_functions.installation import instruction

_LEAST = (1, 11)
_INSTALL = "https://developer.hashicorp.com/terraform/install"

_LOCK = "-lock-timeout=300s"
"""A concurrent deployment, or the Terraform process of a killed one, may hold the state lock."""


class InterruptedRunError(TargetError):
    """Report that Terraform was interrupted; the run is not retried."""


class Planned(NamedTuple):
    """A resource that a plan creates."""

    address: str
    kind: str
    """Resource type, e.g. aws_iam_role."""
    values: Mapping[str, Any]
    """Planned values, without values that are unknown before creation."""


class TerraformRoot:
    """A Terraform root, e.g. terraform/live/aws, for one environment."""

    def __init__(self, target: Target, settings: Settings, architecture: str = "", roots: Path | None = None) -> None:
        """Set the root up; an empty `architecture` uses the default of the module. `roots` holds one root for each provider."""
        self._target = target
        self._settings = settings
        self._architecture = architecture
        self._folder = (roots or terraform_files.roots()) / target.root
        self._state_folder = target.folder.absolute()
        self._program = shutil.which("terraform")
        self.lock_file = self._folder / ".terraform.lock.hcl"  # which providers Terraform selected

    def check(self) -> None:
        """Check that a recent Terraform is installed and that the state is where it is expected; raises TargetError."""
        self._check_version()
        state_file.check(self._state_folder, self._remote_backend(), self._target.name)

    def _check_version(self) -> None:
        if self._program is None:
            raise TargetError(f"Terraform is missing: install 1.11 or newer, {_INSTALL}")
        version = json.loads(self._capture("version", "-json"))["terraform_version"]
        if tuple(int(part) for part in version.split(".")[:2]) < _LEAST:
            raise TargetError(f"Terraform {version} is too old: install 1.11 or newer")

    def prepare(self, *, destroys: bool = False) -> None:
        """Initialize the root; raises TargetError. What only `destroys` needs no package, and none for the same runtime."""
        self.check()
        make_private(self._state_folder)
        variables = self.variables() | ({"packages": archive.empty_packages(self._state_folder)} if destroys else {})
        self._variables().write_text(json.dumps(variables, indent=2))
        self._initialize()

    def move_state(self) -> Path | None:
        """Move a local state into STATE_BUCKET, and return where the file is kept; None without one. Raises TargetError."""

        def pull() -> str:
            self._check_version()
            self._initialize()
            return self._capture("state", "pull")

        def push(path: Path) -> str:
            return self._capture("state", "push", _LOCK, "-force", str(path))

        return state_file.move(self._state_folder, pull, push)

    def _initialize(self) -> None:
        mirror = os.environ.get("TF_PLUGIN_DIR")
        arguments = [f"-plugin-dir={mirror}"] if mirror else []
        self._capture("init", "-input=false", "-no-color", "-reconfigure", *arguments, *self._backend())

    def plan(self) -> int:
        """Show what would change; return 0 for no changes, 2 for changes. Raises TargetError."""
        return self._run("plan", "-input=false", "-detailed-exitcode", _LOCK, *self._variable_arguments(), good=(0, 2))

    def save_plan(self, path: Path, folder: Path | None = None) -> bool:
        """Show and save what would change to a file for its owner; return whether anything would. Raises TargetError.

        `folder`: the root with import blocks. A saved plan holds the state and all variables; ours are without secrets.
        """
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)  # Terraform overwrites the file and keeps its mode
        arguments = (
            "-input=false",
            "-detailed-exitcode",
            _LOCK,
            f"-out={path.absolute()}",
            *self._variable_arguments(),
        )
        return self._run("plan", *arguments, good=(0, 2), folder=folder) != 0

    def apply(self, approve: Callable[[], None], imports: Mapping[str, str] | None = None) -> None:
        """Plan, and apply exactly the plan that was shown unless `approve` raises; without changes it is not called. Raises TargetError.

        `imports` has the IDs of existing resources to import first, by address.
        """
        with (
            terraform_import.root(self._folder, self._state_folder, imports or {}) as folder,
            self._temporary_plan("deployment") as plan,
        ):
            if self.save_plan(plan, folder):
                approve()
                self.apply_plan(plan, folder)
        self._unfinished().unlink(missing_ok=True)

    def show_plan(self, plan: Path) -> None:
        """Print a saved plan; raises TargetError."""
        self._run("show", str(plan.absolute()))

    def apply_plan(self, plan: Path, folder: Path | None = None) -> None:
        """Apply exactly a saved plan; raises TargetError, also if the state changed since."""
        self._unfinished().touch(mode=0o600)
        self._run("apply", "-input=false", _LOCK, str(plan.absolute()), folder=folder)
        self._unfinished().unlink()

    def destroy(self) -> None:
        """Destroy all resources; raises TargetError."""
        self._run("destroy", "-input=false", "-auto-approve", _LOCK, *self._variable_arguments())

    def unfinished(self) -> bool:
        """Return whether the last `apply` from this machine began and did not succeed."""
        return self._unfinished().exists()

    def creations(self) -> list[Planned]:
        """List what an `apply` would create now; raises TargetError."""
        with self._temporary_plan("creations") as plan:
            plan.touch(mode=0o600)
            self._capture("plan", "-input=false", "-no-color", _LOCK, f"-out={plan}", *self._variable_arguments())
            changes = json.loads(self._capture("show", "-json", str(plan))).get("resource_changes", [])
        return [
            Planned(change["address"], change["type"], change["change"]["after"] or {})
            for change in changes
            if change["change"]["actions"] == ["create"]
        ]

    def outputs(self) -> dict[str, Any]:
        """Return the Terraform outputs; raises TargetError if nothing is deployed."""
        outputs = {
            name: output["value"] for name, output in json.loads(self._capture("output", "-json") or "{}").items()
        }
        if not outputs:
            raise TargetError(f"nothing is deployed: run `{instruction(f'deploy-{self._target.name}')}`")
        return outputs

    def variables(self) -> dict[str, Any]:
        """Return the variables of the root: only configured settings, never a secret."""
        configured = self._settings.model_fields_set
        settings = {
            name: getattr(self._settings, name)
            for name, row in rows(AllSettings).items()
            if row.passed and name in configured
        }
        packages = Path("build", self._target.name).absolute()
        variables: dict[str, Any] = {"environment_id": self._target.environment_id, "settings": settings}
        variables["packages"] = {name: str(packages / f"{name}.zip") for name in ("webhook", "worker")}
        if self._settings.store != "directory":
            variables["store"] = self._store()
        return self._target.add_variables(variables, self._architecture)

    def _store(self) -> dict[str, Any]:
        bucket = self._settings.store_bucket
        return {"kind": self._settings.store} | ({"bucket": bucket} if bucket else {})

    def _backend(self) -> list[str]:
        """Return the backend arguments: a local state file, or with STATE_BUCKET a locked object in that bucket."""
        backend, override = self._remote_backend(), self._folder / "backend_override.tf"
        if backend is None:
            override.unlink(missing_ok=True)
            return [f"-backend-config=path={self._state_folder / 'terraform.tfstate'}"]
        override.write_text(f'terraform {{\n  backend "{backend.kind}" {{}}\n}}\n')
        return [f"-backend-config={argument}" for argument in backend.arguments]

    def _remote_backend(self) -> Backend | None:
        bucket = self._settings.state_bucket
        if not bucket or self._target.emulated:
            return None
        return self._target.backend(bucket, f"telemetry-functions/{self._target.environment_id}")

    @contextmanager
    def _temporary_plan(self, name: str) -> Iterator[Path]:
        """Yield the path of a saved plan in the private state folder, and delete the file."""
        plan = self._state_folder / f"{name}.tfplan"
        try:
            yield plan
        finally:
            plan.unlink(missing_ok=True)

    def _unfinished(self) -> Path:
        return self._state_folder / "unfinished"

    def _variables(self) -> Path:
        return self._state_folder / "settings.tfvars.json"

    def _variable_arguments(self) -> list[str]:
        own = Path(f"{self._target.environment_id}.tfvars")
        return [f"-var-file={self._variables()}", *([f"-var-file={own.absolute()}"] if own.exists() else [])]

    def _environment(self) -> dict[str, str]:
        """Return the environment for Terraform, without a configuration file that does not exist."""
        config = os.environ.get("TF_CLI_CONFIG_FILE")
        removed = {"TF_CLI_CONFIG_FILE"} if config and not Path(config).exists() else set()
        removed |= self._target.removed_variables
        inherited = {name: value for name, value in os.environ.items() if name not in removed}
        own = {"TF_DATA_DIR": str(self._state_folder / "terraform"), "TF_IN_AUTOMATION": "true"}
        return {**inherited, **self._target.environment, **own}

    def _run(self, *arguments: str, good: tuple[int, ...] = (0,), folder: Path | None = None) -> int:
        command = [str(self._program), f"-chdir={folder or self._folder}", *arguments]
        result = terraform_process.run(command, self._environment())
        if result.interrupted:
            said = "was interrupted, and its state is saved: run it again to go on"
            raise InterruptedRunError(f"terraform {arguments[0]} {said}")
        if result.code not in good:
            remedy = terraform_errors.remedy(result.errors, self._remote_backend())
            raise TargetError(f"terraform {arguments[0]} failed: {remedy}")
        return result.code

    def _capture(self, *arguments: str) -> str:
        command = [str(self._program), f"-chdir={self._folder}", *arguments]
        done = subprocess.run(command, env=self._environment(), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise TargetError(f"terraform {arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout
