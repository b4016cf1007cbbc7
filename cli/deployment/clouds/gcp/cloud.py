"""Implements the operator's port for Google Cloud."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.auth.exceptions import GoogleAuthError
from google.cloud import storage
from google.cloud.secretmanager import SecretManagerServiceClient, SecretPayload, SecretVersion

from cli.deployment.cloud import LogLine, TargetError
from cli.deployment.clouds.gcp import state_bucket
from cli.deployment.clouds.gcp.dead_letters import PubSubLetters
from cli.deployment.clouds.gcp.invoker_check import set_invoker_check
from cli.deployment.clouds.gcp.organization_policies import check_policies
from cli.deployment.clouds.gcp.preflight import check_project
from cli.deployment.clouds.gcp.rest_client import GoogleRefused, GoogleRest
from cli.deployment.clouds.gcp.service_agents import create_service_agents
from cli.deployment.dead_letters import replay
from core.ports import Store
from runtimes.gcp import google_clients
from runtimes.gcp.gcs_store import GcsStore
from runtimes.gcp.google_api import GoogleError
from runtimes.gcp.secretmanager_secrets import error_code, secret_name

_PAGE = 1000
_TIMEOUT = 30
_REFUSALS = (GoogleAPICallError, RetryError, GoogleAuthError)


class Gcp:
    """Implements cli.deployment.cloud.Cloud; `environment` may name the endpoints of an emulator."""

    def __init__(
        self,
        environment_id: str,
        project: str,
        region: str,
        environment: Mapping[str, str],
        *,
        invoker_iam_check: bool = True,
    ) -> None:
        """Create a cloud; `invoker_iam_check`: whether `allUsers` may call the webhook, not a service that checks no caller."""
        self._invoker_iam_check = invoker_iam_check
        self._environment_id = environment_id
        self._project = project
        self._region = region
        self._environment = environment
        self._rest = GoogleRest(project, environment)

    def account(self) -> str:
        """Return the project ID."""
        if not self._project:
            raise TargetError("Google Cloud: there is no project: set GOOGLE_CLOUD_PROJECT to its id")
        if not self._region:
            raise TargetError("Google Cloud: there is no region: set GOOGLE_CLOUD_REGION, such as europe-west1")
        self._rest.sign_in()
        return self._project

    def check(self) -> Iterator[str]:
        """Check the project, its billing and its organization's policies."""
        yield from check_project(self._rest, self._project)
        yield from check_policies(self._rest, self._project, invoker_iam_check=self._invoker_iam_check)

    def before_apply(self) -> Iterator[str]:
        """Create the service agents that the deployment grants roles to."""
        return create_service_agents(self._rest, self._project)

    def after_apply(self, outputs: Mapping[str, Any]) -> Iterator[str]:
        """Set the invoker IAM check of the webhook's service, which the provider cannot."""
        name = f"projects/{self._project}/locations/{self._region}/services/{outputs['function_names']['webhook']}"
        return set_invoker_check(self._rest, name, checked=outputs["invoker_iam_check"])

    def restore_deleted(self) -> Iterator[str]:
        """Restore the log bucket, which Google keeps for a week after deletion: https://cloud.google.com/logging/docs/buckets#delete-bucket."""
        bucket = self._log_bucket()
        try:
            state = self._rest.get("logging", f"/v2/{bucket}").get("lifecycleState")
            if state == "DELETE_REQUESTED":
                self._rest.post("logging", f"/v2/{bucket}:undelete", {})
                yield f"took back the log bucket {bucket}, which was removed less than a week ago"
        except GoogleRefused as refused:
            if refused.status not in (403, 404):  # missing, or its API is not enabled: nothing to restore
                raise TargetError(f"the log bucket {bucket} cannot be read: {refused}") from None

    def import_id(self, kind: str, planned: Mapping[str, Any]) -> str:  # noqa: ARG002 (signature of the protocol)
        """Find nothing: not needed on Google Cloud so far."""
        return ""

    def secret_location(self, name: str) -> str:
        """Return the full resource name of the secret."""
        return f"projects/{self._project}/secrets/{secret_name(self._environment_id, name)}"

    def secret(self, name: str) -> str:
        """Return the latest version of the secret if it is enabled, else an empty string."""
        path, client = self.secret_location(name), google_clients.secret_manager_client(self._environment)
        try:
            client.get_secret(name=path, timeout=_TIMEOUT)
            newest = _newest_version(client, path)
            if newest is None:
                return ""
            value: str = client.access_secret_version(name=newest.name, timeout=_TIMEOUT).payload.data.decode()
        except _REFUSALS as error:
            code = error_code(error)
            remedy = "deploy first" if code == "NOT_FOUND" else "the signed-in identity may not read it"
            raise TargetError(f"{path} cannot be read ({code}): {remedy}") from None
        return value

    def put_secret(self, name: str, value: str) -> None:
        """Add a new version and disable the earlier ones, which can be enabled again."""
        path, client = self.secret_location(name), google_clients.secret_manager_client(self._environment)
        try:
            payload = SecretPayload(data=value.encode())
            added = client.add_secret_version(parent=path, payload=payload, timeout=_TIMEOUT).name
            for version in client.list_secret_versions(parent=path, timeout=_TIMEOUT):
                if version.name != added and version.state.name == "ENABLED":
                    client.disable_secret_version(name=version.name, timeout=_TIMEOUT)
        except _REFUSALS as error:
            raise TargetError(f"{path} cannot be written: {error_code(error)}") from None

    def missing_secrets(self, names: Iterable[str]) -> list[str]:
        """Return the names of secrets whose newest version is absent or not enabled."""
        client = google_clients.secret_manager_client(self._environment)
        try:
            return [name for name in names if _newest_version(client, self.secret_location(name)) is None]
        except _REFUSALS as error:
            raise TargetError(f"the secrets cannot be listed: {error_code(error)}") from None

    def delete_secrets(self, names: Iterable[str]) -> tuple[str, ...]:  # noqa: ARG002 (signature of the protocol)
        """Delete nothing: Terraform manages the secrets, without their versions, and destroys them."""
        return ()

    def policies(self, *_: str) -> Mapping[str, Any]:
        """Raise TargetError: Google's predefined roles need no policy."""
        raise TargetError("Google Cloud has predefined roles: docs/GOOGLE_CLOUD.md lists those of the deployer")

    def replay(self, outputs: Mapping[str, Any], *, dry_run: bool) -> Counter[str]:
        """Re-queue dead letters: each is published before it is acknowledged, so none can be lost."""
        try:
            subscription = google_clients.pubsub(self._environment, outputs["dead_letters"])
            return replay(PubSubLetters(subscription, outputs["queues"]["events"]), dry_run=dry_run)
        except GoogleError as error:
            raise TargetError(f"the dead letters cannot be moved: {error.code}") from None

    def log_lines(self, function: str, since: int) -> Iterator[LogLine]:
        """Yield log lines: https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list."""
        after = datetime.fromtimestamp(since / 1000, UTC).isoformat()
        function_filter = f'resource.type="cloud_run_revision" resource.labels.service_name="{function}"'
        query: dict[str, Any] = {
            "resourceNames": [f"{self._log_bucket()}/views/_AllLogs"],
            "filter": f'{function_filter} timestamp>="{after}"',
            "orderBy": "timestamp asc",
            "pageSize": _PAGE,
        }
        try:
            while True:
                page = self._rest.post("logging", "/v2/entries:list", query)
                yield from (line for entry in page.get("entries", []) if (line := _line(entry)))
                if not page.get("nextPageToken"):
                    return
                query["pageToken"] = page["nextPageToken"]
        except GoogleRefused as refused:
            raise TargetError(f"the log of {function} cannot be read: {refused}") from None

    def _log_bucket(self) -> str:
        """Return the name of the log bucket that terraform/gcp/logs.tf creates."""
        return f"projects/{self._project}/locations/{self._region}/buckets/telemetry-{self._environment_id}"

    def make_state_bucket(self, bucket: str) -> str:
        """Create the state bucket as https://developer.hashicorp.com/terraform/language/backend/gcs requires; TLS is always on."""
        try:
            client = storage.Client(project=self._project)
            created = state_bucket.create_if_missing(client, bucket, self._region)
            state_bucket.harden(client, bucket)
        except _REFUSALS as error:
            code = error_code(error)
            hint = ": another project owns that name; choose another" if code == "PERMISSION_DENIED" else ""
            raise TargetError(f"the bucket {bucket} cannot be created: {code}{hint}") from None
        return "was created" if created else "existed already and now has the right settings"

    def store(self, bucket: str) -> Store:
        """Open a Cloud Storage bucket."""
        return GcsStore(storage.Client(project=self._project), bucket)


def _newest_version(client: SecretManagerServiceClient, path: str) -> SecretVersion | None:
    """Return the newest version of a secret if it is enabled. Raises the errors of Google's client."""
    newest = next(iter(client.list_secret_versions(parent=path, timeout=_TIMEOUT)), None)
    return newest if newest is not None and newest.state.name == "ENABLED" else None


def _line(entry: Mapping[str, Any]) -> LogLine | None:
    """Restore the written line, from which Google moves the severity; None for Google's own request logs."""
    if "jsonPayload" in entry:
        fields = {"severity": entry.get("severity", "DEFAULT"), **entry["jsonPayload"]}
        text = json.dumps(fields, separators=(",", ":"))
    elif "textPayload" in entry:
        text = entry["textPayload"].rstrip("\n")
    else:
        return None
    at = datetime.fromisoformat(entry["timestamp"])
    return LogLine(entry["insertId"], int(at.timestamp() * 1000), text)
