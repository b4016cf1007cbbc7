"""Creates Google's service agents that a deployment grants roles to; a new project does not have them yet.

The provider's google_project_service_identity exists in google-beta only, so Terraform cannot. From the documentation, not run:
https://cloud.google.com/iam/docs/create-service-agents
"""

from collections.abc import Iterator

from cli.deployment.clouds.gcp.rest_client import GoogleRefused, GoogleRest

SERVICES = ("pubsub", "secretmanager", "storage")
"""Pub/Sub's agent moves dead letters; with a KMS key all three encrypt."""


def create_service_agents(rest: GoogleRest, project: str) -> Iterator[str]:
    """Create each agent unless it exists; yield messages about those that could not be created. Raises TargetError."""
    for service in SERVICES:
        name = f"{service}.googleapis.com"
        path = f"/v1beta1/projects/{project}/services/{name}:generateServiceIdentity"
        try:
            rest.finish("serviceusage", "/v1beta1", rest.post("serviceusage", path, {}))
        except GoogleRefused as refused:
            command = f"gcloud beta services identity create --service {name} --project {project}"
            yield f"could not create the service agent of {name}, unless it exists ({refused}): `{command}`"
