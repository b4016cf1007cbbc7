"""Defines the target `local`: an environment at an emulator of AWS on this machine, under strict IAM."""

import shutil
from collections.abc import Callable
from typing import Any

from cli.deployment.cloud import Cloud
from cli.deployment.clouds.aws.packaging import Platform, native_platform
from cli.deployment.clouds.aws.target import AwsTarget, emulated_url, native_runtime
from core.settings import Settings
from runtimes.local.emulator import credentials as emulator_credentials
from runtimes.local.emulator.emulator import ALL, Emulator
from runtimes.local.state_folder import STATE

EMULATOR_STATE = STATE / "strict-emulator"
"""State folder of the emulator, separate from the dev server's."""
_PORT = 4567
"""Preferred port of the emulator; if it is in use, the folder gets another fixed port."""
_REGION = "us-east-1"


class LocalTarget(AwsTarget):
    """An environment at the emulator that AWS_ENDPOINT_URL names, or else at this folder's own emulator."""

    name = "local"
    root = "aws"
    emulated = True
    removed_variables = frozenset({"AWS_PROFILE", "AWS_SESSION_TOKEN"})

    def __init__(self, settings: Settings) -> None:
        """Direct the tools to the emulator, with its credentials and never with the user's."""
        super().__init__(settings)
        self.emulator = self._open_emulator()
        self._endpoint = self.emulator.endpoint
        self._credentials = emulator_credentials.read(EMULATOR_STATE).environment

    def _open_emulator(self) -> Emulator:
        root = emulator_credentials.read(EMULATOR_STATE)
        return Emulator(self.settings.aws_endpoint_url, EMULATOR_STATE, services=ALL, root=root, fixed_port=_PORT)

    @property
    def environment(self) -> dict[str, str]:
        """Return the credentials, the region and the endpoint of the emulator."""
        return {**self._credentials, "AWS_REGION": _REGION, "AWS_ENDPOINT_URL": self._endpoint}

    @property
    def cloud(self) -> Cloud:
        """Open the operator's port to the emulator."""
        from cli.deployment.clouds.aws.cloud import Aws  # noqa: PLC0415 (imports the SDK of the selected cloud only)

        environment = self.environment
        client_options = {
            "aws_access_key_id": environment.get("AWS_ACCESS_KEY_ID"),
            "aws_secret_access_key": environment.get("AWS_SECRET_ACCESS_KEY"),
            "region_name": _REGION,
            "endpoint_url": self._endpoint,
        }
        return Aws(self.environment_id, client_options)

    def platform(self, architecture: str) -> Platform:
        """Return this machine and the running Python, which the emulator uses; raises TargetError for an unknown architecture."""
        super().platform(architecture)
        return native_platform()

    def add_variables(self, variables: dict[str, Any], architecture: str) -> dict[str, Any]:  # noqa: ARG002
        """Add this machine's Python and architecture, and a disposable bucket unless a store or a data repository is set."""
        store = variables.get("store") or ({} if "repo_owner" in variables["settings"] else {"kind": "s3"})
        if store:
            variables = variables | {"store": store | {"force_destroy": True}}
        return variables | {"emulated": True, "runtime": native_runtime()}

    def start(self) -> None:
        """Start the emulator unless it runs; one that was stopped restores its state. Raises EmulatorError."""
        self._credentials = emulator_credentials.ensure(EMULATOR_STATE).environment
        self.emulator = self._open_emulator()
        self.emulator.start()
        self._endpoint = self.emulator.endpoint

    def stop(self, say: Callable[[str], None]) -> None:
        """Stop the emulator and delete its state unless another environment is deployed to it."""
        if self.neighbours:
            say(f"the emulator goes on, for {', '.join(path.name for path in self.neighbours)}")
            return
        self.emulator.stop()
        shutil.rmtree(EMULATOR_STATE, ignore_errors=True)

    def webhook_url(self, url: str) -> str:
        """Return a local URL, because the host name of the emulator's API does not resolve."""
        return emulated_url(self._endpoint, url)


TARGET = LocalTarget
