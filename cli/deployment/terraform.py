"""Runs Terraform on the root of a target, with variables from the settings and one state per environment.

TF_PLUGIN_DIR names a filesystem mirror of providers, for machines that reach no registry.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cli.deployment import state_file, terraform_import, terraform_process
from cli.deployment.cloud import TargetError
from cli.deployment.target import Backend, Target
from core.settings import Settings
from core.settings_table import AllSettings, rows
from runtimes.local.state_folder import make_private

_LEAST = (1, 11)
_ROOTS = Path(__file__).parents[2] / "terraform" / "live"

_EMPTY_ZIP = b"PK\x05\x06" + bytes(18)
"""Only the end of the central directory: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.16."""

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

    def __init__(self, target: Target, settings: Settings, architecture: str = "", roots: Path = _ROOTS) -> None:
        """Set the root up; an empty `architecture` uses the default of the module. `roots` holds one root for each provider."""
        self._target = target
        self._settings = settings
        self._architecture = architecture
        self._folder = roots / target.root
        self._state_folder = target.folder.absolute()
        self._program = shutil.which("terraform")

    def check(self) -> None:
        """Check that a recent Terraform is installed and that the state is where it is expected; raises TargetError."""
        self._check_version()
        state_file.check(self._state_folder, self._remote_backend(), self._target.name)

    def _check_version(self) -> None:
        if self._program is None:
            raise TargetError(
                "Terraform is missing: install 1.11 or newer, https://developer.hashicorp.com/terraform/install"
            )
        version = json.loads(self._capture("version", "-json"))["terraform_version"]
        if tuple(int(part) for part in version.split(".")[:2]) < _LEAST:
            raise TargetError(f"Terraform {version} is too old: install 1.11 or newer")

    def prepare(self, *, destroys: bool = False) -> None:
        """Initialize the root; raises TargetError. What only `destroys` needs no package, and none for the same runtime."""
        self.check()
        make_private(self._state_folder)
        variables = self.variables() | ({"packages": self._no_packages()} if destroys else {})
        self._variables().write_text(json.dumps(variables, indent=2))
        self._initialize()

    def _no_packages(self) -> dict[str, str]:
        """Write an empty zip: Terraform checks the variables also where it only destroys, such as in a fresh clone."""
        path = self._state_folder / "empty.zip"
        path.write_bytes(_EMPTY_ZIP)
        return {"webhook": str(path), "worker": str(path)}

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

    def apply(self, imports: Mapping[str, str] | None = None) -> None:
        """Apply the root; `imports` has the IDs of existing resources to import first, by address. Raises TargetError."""
        self._unfinished().touch(mode=0o600)
        with terraform_import.root(self._folder, self._state_folder, imports or {}) as folder:
            self._run("apply", "-input=false", "-auto-approve", _LOCK, *self._variable_arguments(), folder=folder)
        self._unfinished().unlink()

    def destroy(self) -> None:
        """Destroy all resources; raises TargetError."""
        self._run("destroy", "-input=false", "-auto-approve", _LOCK, *self._variable_arguments())

    def unfinished(self) -> bool:
        """Return whether the last `apply` from this machine began and did not succeed."""
        return self._unfinished().exists()

    def creations(self) -> list[Planned]:
        """List what an `apply` would create now; raises TargetError."""
        plan = self._state_folder / "creations.tfplan"
        try:
            self._capture("plan", "-input=false", "-no-color", _LOCK, f"-out={plan}", *self._variable_arguments())
            plan.chmod(0o600)
            changes = json.loads(self._capture("show", "-json", str(plan))).get("resource_changes", [])
        finally:
            plan.unlink(missing_ok=True)
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
            raise TargetError(f"nothing is deployed: run `make deploy-{self._target.name}`")
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
        store: dict[str, Any] = {"kind": self._settings.store}
        if self._settings.store_bucket:
            store["bucket"] = self._settings.store_bucket
        return store

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
        return {**inherited, **self._target.environment, "TF_DATA_DIR": str(self._state_folder / "terraform")}

    def _run(self, *arguments: str, good: tuple[int, ...] = (0,), folder: Path | None = None) -> int:
        command = [str(self._program), f"-chdir={folder or self._folder}", *arguments]
        result = terraform_process.run(command, self._environment())
        if result.interrupted:
            raise InterruptedRunError(
                f"terraform {arguments[0]} was interrupted, and its state is saved: run it again to go on"
            )
        if result.code not in good:
            raise TargetError(f"terraform {arguments[0]} failed: {self._remedy(result.errors)}")
        return result.code

    def _remedy(self, errors: str) -> str:
        """Return how to release a lock in a bucket that a killed Terraform left; a file lock ends with its process."""
        if "Error acquiring the state lock" not in errors:
            return "see above"
        backend = self._remote_backend()
        if backend is None:
            return "another deployment of this environment still runs: wait for its end"
        return (
            "another deployment holds the state's lock; "
            f"if none runs, it was killed: delete {backend.lock}, then run this again"
        )

    def _capture(self, *arguments: str) -> str:
        command = [str(self._program), f"-chdir={self._folder}", *arguments]
        done = subprocess.run(command, env=self._environment(), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise TargetError(f"terraform {arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout
