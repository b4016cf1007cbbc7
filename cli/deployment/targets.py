"""Where a deployment goes: a real account or project of a cloud, or the emulator of AWS under strict IAM."""

import os
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from cli.deployment.clouds import Cloud, TargetError
from core.settings import Settings
from runtimes.local.emulator import credentials as emulator_credentials
from runtimes.local.emulator.emulator import ALL, Emulator
from runtimes.local.state_folder import STATE

NAMES = ("aws", "gcp", "local")
_PORT = 4567
"""Of the first folder that deploys to an emulator; where it is taken, the folder keeps another one."""
_STATE = STATE
EMULATOR_STATE = _STATE / "strict-emulator"
"""What the emulator of the target `local` keeps: its own, not the dev server's."""
_REGION = "us-east-1"


class Target(NamedTuple):
    """One environment at one place."""

    name: str
    environment_id: str
    environment: dict[str, str]
    """Variables that lead the cloud's tools there."""
    endpoint: str = ""
    """The address that AWS_ENDPOINT_URL names for the target `local`; empty: this folder's own emulator."""

    @property
    def folder(self) -> Path:
        """What we keep about it on this machine; git-ignored."""
        return _STATE / f"{self.name}-{self.environment_id}"

    @property
    def emulator(self) -> Emulator:
        """Of the target `local`."""
        return _strict(self.endpoint)

    def start_emulator(self) -> Emulator:
        """Start the emulator of the target `local` unless it runs, and lead the cloud's tools there; raises EmulatorError."""
        self.environment.update(emulator_credentials.ensure(EMULATOR_STATE).environment)
        emulator = self.emulator
        emulator.start()
        self.environment["AWS_ENDPOINT_URL"] = emulator.endpoint
        return emulator

    @property
    def neighbours(self) -> list[Path]:
        """The folders of the other environments at the same place."""
        return [path for path in _STATE.glob(f"{self.name}-*") if path.is_dir() and path != self.folder]

    @property
    def provider(self) -> str:
        """Whose cloud it is, or is an emulator of: terraform/live has a root of this name."""
        return "aws" if self.name == "local" else self.name

    @property
    def cloud(self) -> Cloud:
        """As the operator's commands reach it; raises TargetError."""
        if self.name == "gcp":
            return self._google()
        from cli.deployment.clouds.aws import Aws  # noqa: PLC0415 (an SDK of a cloud that is not asked is not imported)

        client_options = {
            "aws_access_key_id": self.environment.get("AWS_ACCESS_KEY_ID"),
            "aws_secret_access_key": self.environment.get("AWS_SECRET_ACCESS_KEY"),
            "region_name": self.environment.get("AWS_REGION"),
            "endpoint_url": self.environment.get("AWS_ENDPOINT_URL"),
        }
        return Aws(self.environment_id, client_options if self.name == "local" else None)

    def _google(self) -> Cloud:
        try:
            from cli.deployment.clouds.gcp import Gcp  # noqa: PLC0415 (likewise)
        except ImportError as error:
            raise TargetError(f"{error.name} is missing: install telemetry-functions[gcp], or use make") from None
        environment = self.environment
        return Gcp(
            self.environment_id, environment["GOOGLE_CLOUD_PROJECT"], environment["GOOGLE_CLOUD_REGION"], os.environ
        )

    def webhook_url(self, url: str) -> str:
        """The webhook's URL: of the emulator by its address, since the name that it gives resolves nowhere."""
        parts = urlsplit(url)
        api, _, service = (parts.hostname or "").partition(".")
        if self.name != "local" or not service.startswith("execute-api"):
            return url
        return f"{self.environment['AWS_ENDPOINT_URL']}/_aws/execute-api/{api}/$default{parts.path}"


def target(name: str, settings: Settings) -> Target:
    """The target of this name; ENVIRONMENT_ID says which environment. Raises TargetError."""
    if name not in NAMES:
        raise TargetError(f"there is no target {name}; there are {', '.join(NAMES)}")
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
    """This process's environment but for some variables."""
    return {name: value for name, value in os.environ.items() if name not in names}
