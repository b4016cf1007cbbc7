"""Defines a deployment target: one environment of a cloud, or of an emulator. One folder of `clouds/` implements it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from cli.deployment.archive import Built
from cli.deployment.cloud import Cloud
from core.settings import Settings
from runtimes.local.state_folder import STATE


class Backend(NamedTuple):
    """A Terraform backend that keeps the state in a bucket."""

    kind: str
    """Its type, e.g. s3."""
    arguments: tuple[str, ...]
    """Its configuration, `name=value`."""
    lock: str
    """URL of the object that locks the state."""


class Target(ABC):
    """One environment at a deployment target. Importing a subclass loads no cloud SDK; `cloud` does."""

    name: ClassVar[str]
    """Name on the command line, which is the name of the folder in clouds/."""
    root: ClassVar[str]
    """Name of the Terraform root in terraform/live."""
    emulated: ClassVar[bool] = False
    """Whether it is an emulator on this machine: its state is a local file, its secrets are invented, nothing is confirmed."""
    removed_variables: ClassVar[frozenset[str]] = frozenset()
    """Environment variables that would direct the cloud's tools elsewhere; Terraform does not get them."""

    def __init__(self, settings: Settings) -> None:
        """Select the environment ENVIRONMENT_ID; without one, `production` at a cloud."""
        is_explicit = self.emulated or "environment_id" in settings.model_fields_set
        self.settings = settings
        self.environment_id = settings.environment_id if is_explicit else "production"

    @property
    def folder(self) -> Path:
        """Return the local state folder of the environment, which git ignores."""
        return STATE / f"{self.name}-{self.environment_id}"

    @property
    def neighbours(self) -> list[Path]:
        """Return the state folders of the other environments of this target."""
        return [path for path in STATE.glob(f"{self.name}-*") if path.is_dir() and path != self.folder]

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment variables that direct the cloud's tools to the target."""
        return {}

    @property
    @abstractmethod
    def cloud(self) -> Cloud:
        """Open the operator's port to the cloud; raises TargetError if its SDK is missing."""

    @abstractmethod
    def build(self, folder: Path, architecture: str) -> Iterator[Built]:
        """Build the packages of the functions; raises TelemetryError. An empty `architecture` is the target's default."""

    @abstractmethod
    def backend(self, bucket: str, key: str) -> Backend:
        """Return the Terraform backend that keeps the state of the environment under a key of a bucket."""

    def build_warning(self, architecture: str) -> str:  # noqa: ARG002 (a subclass reads it)
        """Return what the packages lack on this machine; empty if nothing."""
        return ""

    def add_variables(self, variables: dict[str, Any], architecture: str) -> dict[str, Any]:  # noqa: ARG002
        """Return the variables of the Terraform root with those of this target; raises TargetError."""
        return variables

    def start(self) -> None:  # noqa: B027 (a cloud needs nothing here)
        """Start what the target needs on this machine; raises TelemetryError."""

    def stop(self, say: Callable[[str], None]) -> None:  # noqa: B027 (a cloud needs nothing here)
        """Stop what `start` started, after the environment was destroyed; `say` gets messages."""

    def webhook_url(self, url: str) -> str:
        """Return the URL under which this machine reaches the webhook, whose public URL is `url`."""
        return url
