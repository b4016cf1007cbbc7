"""Defines the target `gcp`: an environment in a project of Google Cloud."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli.deployment.archive import Built
from cli.deployment.cloud import Cloud, TargetError
from cli.deployment.clouds.gcp import packaging
from cli.deployment.target import Backend, Target
from telemetry_functions import installation


class GcpTarget(Target):
    """An environment in the project GOOGLE_CLOUD_PROJECT and the region GOOGLE_CLOUD_REGION."""

    name = "gcp"
    root = "gcp"

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that name the project and the region."""
        settings = self.settings
        return {
            "GOOGLE_CLOUD_PROJECT": settings.google_cloud_project,
            "GOOGLE_CLOUD_REGION": settings.google_cloud_region,
        }

    @property
    def cloud(self) -> Cloud:
        """Open the operator's port to Google Cloud; raises TargetError without Google's packages."""
        try:
            from cli.deployment.clouds.gcp.cloud import Gcp  # noqa: PLC0415 (imports the SDK of the selected cloud only)
        except ModuleNotFoundError as error:
            raise TargetError(installation.missing(str(error.name))) from None
        settings = self.settings
        return Gcp(
            self.environment_id,
            settings.google_cloud_project,
            settings.google_cloud_region,
            os.environ,
            invoker_iam_check=settings.invoker_iam_check,
        )

    def build(self, folder: Path, architecture: str) -> Iterator[Built]:
        """Build the archives of the functions; raises TelemetryError."""
        _refuse_architecture(architecture)
        return packaging.build(folder)

    def add_variables(self, variables: dict[str, Any], architecture: str) -> dict[str, Any]:
        """Add the project, the region and who may call the webhook; raises TargetError for an architecture."""
        _refuse_architecture(architecture)
        settings = self.settings
        return variables | {
            "project": settings.google_cloud_project,
            "region": settings.google_cloud_region,
            "invoker_iam_check": settings.invoker_iam_check,
        }

    def backend(self, bucket: str, key: str) -> Backend:
        """Return the backend of https://developer.hashicorp.com/terraform/language/backend/gcs."""
        return Backend("gcs", (f"bucket={bucket}", f"prefix={key}"), f"gs://{bucket}/{key}/default.tflock")


def _refuse_architecture(architecture: str) -> None:
    if architecture:
        raise TargetError("--architecture is for AWS: Google Cloud builds the functions itself")


TARGET = GcpTarget
