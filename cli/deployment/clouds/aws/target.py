"""Defines the target `aws`: an environment in an account of AWS."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cli.deployment.archive import Built
from cli.deployment.cloud import Cloud, TargetError
from cli.deployment.clouds.aws import packaging
from cli.deployment.clouds.aws.packaging import NATIVE, Platform, native_platform
from cli.deployment.target import Backend, Target
from core.url_security import is_loopback


def is_emulator(endpoint_url: str) -> bool:
    """Return whether an endpoint is on this machine and has no TLS. The module refuses that in an account of AWS."""
    parts = urlsplit(endpoint_url)
    return parts.scheme == "http" and is_loopback(parts.hostname or "")


def native_runtime() -> dict[str, str]:
    """Return the module's variable `runtime` for an emulator: this machine's architecture and the running Python."""
    platform = native_platform()
    return {"architecture": platform.machine, "python": f"python{platform.python}"}


def emulated_url(endpoint: str, url: str) -> str:
    """Return the URL of an HTTP API at an emulator's endpoint, because its host name does not resolve; without one, the URL itself."""
    parts = urlsplit(url)
    api, _, service = (parts.hostname or "").partition(".")
    if not endpoint or not service.startswith("execute-api"):
        return url
    return f"{endpoint.rstrip('/')}/_aws/execute-api/{api}/$default{parts.path}"


class AwsTarget(Target):
    """An environment in the account of the current credentials."""

    name = "aws"
    root = "aws"

    @property
    def cloud(self) -> Cloud:
        """Open the operator's port to AWS."""
        from cli.deployment.clouds.aws.cloud import Aws  # noqa: PLC0415 (imports the SDK of the selected cloud only)

        return Aws(self.environment_id)

    def build(self, folder: Path, architecture: str) -> Iterator[Built]:
        """Build the zips of the Lambda functions; raises TelemetryError."""
        return packaging.build(self.platform(architecture), folder)

    def build_warning(self, architecture: str) -> str:
        """Return that there is no byte code if no interpreter of the functions' version is installed."""
        platform = self.platform(architecture)
        if packaging.compiles(platform) is not None:
            return ""
        return f"without byte code, since there is no python{platform.python} here: cold starts take longer"

    def platform(self, architecture: str) -> Platform:
        """Return the platform of the functions; raises TargetError for an unknown architecture."""
        if architecture == NATIVE and self.settings.aws_endpoint_url:
            return native_platform()
        if architecture not in ("", *packaging.ARCHITECTURES):
            choices = ", ".join(packaging.ARCHITECTURES)
            raise TargetError(f"unknown architecture {architecture!r} (choose from {choices})")
        return Platform(architecture or packaging.ARCHITECTURES[0], packaging.PYTHON)

    def add_variables(self, variables: dict[str, Any], architecture: str) -> dict[str, Any]:
        """Add the architecture unless the module's default is meant, and whether AWS_ENDPOINT_URL is an emulator on this machine."""
        runtime = native_runtime() if architecture == NATIVE else {"architecture": architecture}
        emulated = {"emulated": True} if is_emulator(self.settings.aws_endpoint_url) else {}
        return variables | ({"runtime": runtime} if architecture else {}) | emulated

    def webhook_url(self, url: str) -> str:
        """Return the URL under which an emulator at AWS_ENDPOINT_URL is reached; AWS's own is unchanged."""
        return emulated_url(self.settings.aws_endpoint_url, url)

    def backend(self, bucket: str, key: str) -> Backend:
        """Return the backend of https://developer.hashicorp.com/terraform/language/backend/s3."""
        state = f"{key}.tfstate"
        arguments = (f"bucket={bucket}", f"key={state}", "use_lockfile=true", "encrypt=true")
        return Backend("s3", arguments, f"s3://{bucket}/{state}.tflock")


TARGET = AwsTarget
