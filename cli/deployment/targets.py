"""Defines deployment targets: an account or project of a cloud, or the AWS emulator under strict IAM."""

import os
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from cli.deployment.cloud import Cloud, TargetError
from core.settings import Settings
from runtimes.local.emulator import credentials as emulator_credentials
from runtimes.local.emulator.emulator import ALL, Emulator
from runtimes.local.state_folder import STATE

NAMES = ("aws", "gcp", "local")
_PORT = 4567
"""Preferred port of the emulator; if it is in use, the folder gets another fixed port."""
_STATE = STATE
EMULATOR_STATE = _STATE / "strict-emulator"
"""State folder of the emulator for the target `local`, separate from the dev server's."""
_REGION = "us-east-1"


class Target(NamedTuple):
    """An environment at a deployment target."""

    name: str
    environment_id: str
    environment: dict[str, str]
    """Environment variables that direct the cloud's tools to the target."""
    endpoint: str = ""
    """The address that AWS_ENDPOINT_URL names for the target `local`; empty: this folder's own emulator."""

    @property
    def folder(self) -> Path:
        """Return the local state folder of the environment, which git ignores."""
        return _STATE / f"{self.name}-{self.environment_id}"

    @property
    def emulator(self) -> Emulator:
        """Return the emulator of the target `local`."""
        return _strict(self.endpoint)

    def start_emulator(self) -> Emulator:
        """Start the emulator of the target `local` unless it runs, and direct the cloud's tools to it; raises EmulatorError."""
        self.environment.update(emulator_credentials.ensure(EMULATOR_STATE).environment)
        emulator = self.emulator
        emulator.start()
        self.environment["AWS_ENDPOINT_URL"] = emulator.endpoint
        return emulator

    @property
    def neighbours(self) -> list[Path]:
        """Return the state folders of the other environments of this target."""
        return [path for path in _STATE.glob(f"{self.name}-*") if path.is_dir() and path != self.folder]

    @property
    def provider(self) -> str:
        """Return the cloud provider, which is also the name of the root in terraform/live."""
        return "aws" if self.name == "local" else self.name

    @property
    def cloud(self) -> Cloud:
        """Open the operator's port to the cloud; raises TargetError."""
        if self.name == "gcp":
            return self._google()
        from cli.deployment.clouds.aws.cloud import Aws  # noqa: PLC0415 (imports the SDK of the selected cloud only)

        client_options = {
            "aws_access_key_id": self.environment.get("AWS_ACCESS_KEY_ID"),
            "aws_secret_access_key": self.environment.get("AWS_SECRET_ACCESS_KEY"),
            "region_name": self.environment.get("AWS_REGION"),
            "endpoint_url": self.environment.get("AWS_ENDPOINT_URL"),
        }
        return Aws(self.environment_id, client_options if self.name == "local" else None)

    def _google(self) -> Cloud:
        try:
            from cli.deployment.clouds.gcp.cloud import Gcp  # noqa: PLC0415 (imports the SDK of the selected cloud only)
        except ImportError as error:
            raise TargetError(f"{error.name} is missing: install telemetry-functions[gcp], or use make") from None
        environment = self.environment
        return Gcp(
            self.environment_id, environment["GOOGLE_CLOUD_PROJECT"], environment["GOOGLE_CLOUD_REGION"], os.environ
        )

    def webhook_url(self, url: str) -> str:
        """Return the webhook URL; for the emulator a local URL, because its host name does not resolve."""
        parts = urlsplit(url)
        api, _, service = (parts.hostname or "").partition(".")
        if self.name != "local" or not service.startswith("execute-api"):
            return url
        return f"{self.environment['AWS_ENDPOINT_URL']}/_aws/execute-api/{api}/$default{parts.path}"


def target(name: str, settings: Settings) -> Target:
    """Return the target of this name in the environment ENVIRONMENT_ID; raises TargetError for an unknown name."""
    if name not in NAMES:
        raise TargetError(f"unknown target {name!r} (choose from {', '.join(NAMES)})")
    if name == "local":
        endpoint = settings.aws_endpoint_url
        credentials = emulator_credentials.read(EMULATOR_STATE)
        environment = {**credentials.environment, "AWS_REGION": _REGION, "AWS_ENDPOINT_URL": _strict(endpoint).endpoint}
        return Target(name, settings.environment_id, environment, endpoint)
    is_explicit = "environment_id" in settings.model_fields_set
    environment = {
        "GOOGLE_CLOUD_PROJECT": settings.google_cloud_project,
        "GOOGLE_CLOUD_REGION": settings.google_cloud_region,
    }
    return Target(name, settings.environment_id if is_explicit else "production", environment if name == "gcp" else {})


def _strict(endpoint: str) -> Emulator:
    root = emulator_credentials.read(EMULATOR_STATE)
    return Emulator(endpoint, EMULATOR_STATE, services=ALL, root=root, fixed_port=_PORT)


def without(names: set[str]) -> dict[str, str]:
    """Return the environment of this process without some variables."""
    return {name: value for name, value in os.environ.items() if name not in names}
