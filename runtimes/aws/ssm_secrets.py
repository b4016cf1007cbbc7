"""Secrets in the Parameter Store, one SecureString each: `/telemetry/<environment>/<name>`.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
"""

from typing import Any

from core.errors import SecretMissing, Unavailable
from core.secrets_cache import require_secret_value


class SsmSecrets:
    """Implements core.ports.SecretSource on a boto3 `ssm` client (or one that answers like it)."""

    def __init__(self, client: Any, environment_id: str) -> None:
        self._client = client
        self._environment_id = environment_id

    def get(self, name: str) -> str:
        """The parameter's value, decrypted."""
        parameter = parameter_name(self._environment_id, name)
        try:
            value = self._client.get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"]
        except Exception as error:  # noqa: BLE001 (whatever the client raises: without a secret nothing is verified)
            code = error_code(error)
            if code == "ParameterNotFound":
                raise SecretMissing(f"there is no parameter {parameter}") from None
            raise Unavailable(f"the parameter {parameter} cannot be read: {code}") from None
        return require_secret_value(parameter, value)


def parameter_name(environment_id: str, name: str) -> str:
    """Where an installation keeps a secret."""
    return f"/telemetry/{environment_id}/{name}"


def error_code(error: Exception) -> str:
    """What AWS calls the error, or its type: never its message, which may quote the request."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code") or type(error).__name__)
