"""Secrets in Secret Manager, the latest version of each: `telemetry-<environment>-<name>`.

https://cloud.google.com/secret-manager/docs/access-secret-version
"""

from typing import Any, Protocol

from core.errors import SecretMissing, Unavailable
from core.secrets_cache import require_secret_value
from runtimes.gcp.google_api import GoogleError

_NONE = {"NOT_FOUND", "FAILED_PRECONDITION"}
"""No such secret or no version of it; the latest version is disabled or destroyed."""


class SecretAccessor(Protocol):
    """GoogleApi, which is light, or SecretManager, which is Google's own."""

    def access(self, secret: str) -> str:
        """The latest version of `projects/P/secrets/S`; raises GoogleError."""


class SecretManagerSecrets:
    """Implements core.ports.SecretSource."""

    def __init__(self, vault: SecretAccessor, project: str, environment_id: str) -> None:
        self._vault = vault
        self._project = project
        self._environment_id = environment_id

    def get(self, name: str) -> str:
        """Its latest version."""
        secret = secret_name(self._environment_id, name)
        try:
            value = self._vault.access(f"projects/{self._project}/secrets/{secret}")
        except GoogleError as error:
            if error.code in _NONE:
                raise SecretMissing(f"the secret {secret} has no enabled version") from None
            raise Unavailable(f"the secret {secret} cannot be read: {error.code}") from None
        return require_secret_value(secret, value)


class SecretManager:
    """Google's own client behind the same two words; `client` is a SecretManagerServiceClient."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def access(self, secret: str) -> str:
        """The latest version; raises GoogleError."""
        try:
            answer = self._client.access_secret_version(name=f"{secret}/versions/latest", timeout=10)
            return str(answer.payload.data.decode())
        except Exception as error:  # noqa: BLE001 (whatever the client raises: it was not read)
            raise GoogleError(error_code(error)) from None


def secret_name(environment_id: str, name: str) -> str:
    """What Secret Manager calls it: an id has no `/`."""
    return f"telemetry-{environment_id}-{name.replace('/', '-')}"


def error_code(error: Exception) -> str:
    """Google's status, or the error's type: never its message, which may quote the request."""
    status = getattr(error, "grpc_status_code", None)
    if status is not None:
        return str(status.name)
    statuses = {400: "FAILED_PRECONDITION", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
    code = getattr(error, "code", None)  # by REST the client knows HTTP's statuses only
    return statuses.get(code, f"HTTP{int(code)}") if isinstance(code, int) else type(error).__name__
