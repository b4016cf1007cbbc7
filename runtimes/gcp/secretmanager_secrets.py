"""Reads the latest version of secrets from Secret Manager: `telemetry-<environment>-<name>`.

https://cloud.google.com/secret-manager/docs/access-secret-version
"""

from typing import TYPE_CHECKING, Protocol

from core.errors import SecretMissing, Unavailable
from core.secrets_cache import require_secret_value
from runtimes.gcp.google_api import GoogleError

if TYPE_CHECKING:  # the webhook function does not import Google's client
    from google.cloud.secretmanager import SecretManagerServiceClient

_NONE = {"NOT_FOUND", "FAILED_PRECONDITION"}
"""The secret or its version does not exist, or the latest version is disabled or destroyed."""


class SecretAccessor(Protocol):
    """Reads secrets: GoogleApi, which is light, or SecretManager, which uses Google's client."""

    def access(self, secret: str) -> str:
        """Return the latest version of `projects/P/secrets/S`; raises GoogleError."""


class SecretManagerSecrets:
    """Implements core.ports.SecretSource."""

    def __init__(self, vault: SecretAccessor, project: str, environment_id: str) -> None:
        self._vault = vault
        self._project = project
        self._environment_id = environment_id

    def get(self, name: str) -> str:
        """Return the latest version of a secret. Raises SecretMissing or Unavailable."""
        secret = secret_name(self._environment_id, name)
        try:
            value = self._vault.access(f"projects/{self._project}/secrets/{secret}")
        except GoogleError as error:
            if error.code in _NONE:
                raise SecretMissing(f"the secret {secret} has no enabled version") from None
            raise Unavailable(f"the secret {secret} cannot be read: {error.code}") from None
        return require_secret_value(secret, value)


class SecretManager:
    """Implements SecretAccessor on a SecretManagerServiceClient."""

    def __init__(self, client: "SecretManagerServiceClient") -> None:
        self._client = client

    def access(self, secret: str) -> str:
        """Return the latest version; raises GoogleError."""
        try:
            answer = self._client.access_secret_version(name=f"{secret}/versions/latest", timeout=10)
            return str(answer.payload.data.decode())
        except Exception as error:  # noqa: BLE001 (any client error means that the secret was not read)
            raise GoogleError(error_code(error)) from None


def secret_name(environment_id: str, name: str) -> str:
    """Return the secret's id in Secret Manager, which may not contain `/`."""
    return f"telemetry-{environment_id}-{name.replace('/', '-')}"


def error_code(error: Exception) -> str:
    """Return the gRPC status, or the exception's type; never the message, which may quote the request."""
    status = getattr(error, "grpc_status_code", None)
    if status is not None:
        return str(status.name)
    statuses = {400: "FAILED_PRECONDITION", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
    code = getattr(error, "code", None)  # over REST the client knows only the HTTP status
    return statuses.get(code, f"HTTP{int(code)}") if isinstance(code, int) else type(error).__name__
