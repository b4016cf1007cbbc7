"""Checks before a deployment whether a Google Cloud project is ready for it."""

from collections.abc import Iterator

from cli.deployment.cloud import TargetError
from cli.deployment.clouds.gcp.rest_client import GoogleRefused, GoogleRest

_REQUIRED_APIS = ("cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com")
"""Terraform uses these APIs to enable the others."""


def check_project(rest: GoogleRest, project: str) -> Iterator[str]:
    """Yield messages about checks that could not run; raises TargetError for a failed check."""
    _project(rest, project)
    try:
        _billing(rest, project)
    except GoogleRefused as refused:
        yield f"could not look whether billing is on: {refused}"


def _project(rest: GoogleRest, project: str) -> None:
    enable = f"gcloud services enable {' '.join(_REQUIRED_APIS)} --project {project}"
    try:
        state = rest.get("cloudresourcemanager", f"/v1/projects/{project}").get("lifecycleState")
        rest.get("serviceusage", f"/v1/projects/{project}/services/{_REQUIRED_APIS[1]}")
    except GoogleRefused as refused:
        if refused.reason == "SERVICE_DISABLED":
            raise TargetError(f"an API that Terraform begins with is off: `{enable}`") from None
        reason = "does not exist, or who is signed in may not see it" if refused.status in (403, 404) else str(refused)
        raise TargetError(f"GOOGLE_CLOUD_PROJECT: the project {project} {reason}") from None
    if state != "ACTIVE":
        raise TargetError(f"GOOGLE_CLOUD_PROJECT: the project {project} is {str(state).lower()}, not active")


def _billing(rest: GoogleRest, project: str) -> None:
    if not rest.get("cloudbilling", f"/v1/projects/{project}/billingInfo").get("billingEnabled"):
        link = f"gcloud billing projects link {project} --billing-account=…"
        raise TargetError(f"the project {project} has no billing account, which functions need: `{link}`")
