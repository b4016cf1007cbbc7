"""Looks whether everything is as it should be, and names a remedy for what is not: one module for each thing that is looked at."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from cli.deployment.clouds import Cloud
from core.errors import TelemetryError
from core.github.api import GitHubApi
from core.ports import GitHubBrowser
from core.settings import Settings

OK, WARNING, FAILURE = "ok", "warning", "failure"


class Finding(NamedTuple):
    """One line."""

    level: str
    what: str
    remedy: str = ""


class DiagnosticContext(NamedTuple):
    """What is looked at: an environment in a cloud, or this machine's own settings."""

    name: str
    """Such as aws; empty: this machine."""
    settings: Settings
    secrets: Mapping[str, str]
    """By name, as it was found; empty where it is not set."""
    source: GitHubBrowser
    source_api: GitHubApi
    """Both with the source token …"""
    data_api: GitHubApi
    """… and this with the data token."""
    webhook_url: str = ""
    cloud: Cloud | None = None
    outputs: Mapping[str, Any] = {}
    """Of the deployment: Terraform's."""

    @property
    def put_secrets(self) -> str:
        """How a secret is set there."""
        return f"`make secrets-{self.name}`" if self.name else "set it in .env"


Check = Callable[[DiagnosticContext], Iterator[Finding]]


def run_checks(context: DiagnosticContext, checks: Mapping[str, Check]) -> Iterator[tuple[str, Finding]]:
    """Every check in its order; one that cannot be made is a failure by itself, and the others go on."""
    for name, check in checks.items():
        try:
            for finding in check(context):
                yield name, finding
        except TelemetryError as error:
            yield name, Finding(FAILURE, f"could not be looked at: {error}")
