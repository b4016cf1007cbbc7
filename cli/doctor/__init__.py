"""Runs diagnostic checks and suggests a fix for each problem; one module per subject."""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from cli.deployment.cloud import Cloud
from cli.secret_variables import VARIABLES
from core.errors import TelemetryError
from core.github.api import GitHubApi
from core.ports import GitHubBrowser
from core.settings import Settings
from telemetry_functions.installation import instruction


class Level(StrEnum):
    """Severity of a finding."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


OK, WARNING, FAILURE = Level


class Finding(NamedTuple):
    """Result of a check."""

    level: Level
    what: str
    remedy: str = ""


class DiagnosticContext(NamedTuple):
    """What the checks examine: an environment in a cloud, or this machine's settings."""

    name: str
    """Target, e.g. aws; empty for this machine."""
    settings: Settings
    secrets: Mapping[str, str]
    """Values by name; empty if a secret is not set."""
    source: GitHubBrowser
    source_api: GitHubApi
    """Uses the source token, as `source` does."""
    data_api: GitHubApi
    """Uses the data token."""
    webhook_url: str = ""
    cloud: Cloud | None = None
    outputs: Mapping[str, Any] = {}
    """Terraform outputs of the deployment."""

    def set_secret(self, name: str) -> str:
        """Return how to set a secret at the target."""
        return f"`{instruction(f'secrets-{self.name}')}`" if self.name else f"set {VARIABLES[name]} in .env"


Check = Callable[[DiagnosticContext], Iterator[Finding]]


def run_checks(context: DiagnosticContext, checks: Mapping[str, Check]) -> Iterator[tuple[str, Finding]]:
    """Run the checks in order and yield their findings; a check that raises TelemetryError yields a failure."""
    for name, check in checks.items():
        try:
            for finding in check(context):
                yield name, finding
        except TelemetryError as error:
            yield name, Finding(FAILURE, f"check failed: {error}")
