"""Reads secrets from Parameter Store, one SecureString each: `/telemetry/<environment>/<name>`.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
"""

from typing import TYPE_CHECKING

from core.errors import SecretMissing, Unavailable
from core.secrets_cache import require_secret_value

if TYPE_CHECKING:  # the stubs are for mypy only
    from mypy_boto3_ssm import SSMClient

    from runtimes.aws.aws_api import AwsApi


class SsmSecrets:
    """Implements core.ports.SecretSource on a boto3 `ssm` client or one with the same interface."""

    def __init__(self, client: "SSMClient | AwsApi", environment_id: str) -> None:
        self._client = client
        self._environment_id = environment_id

    def get(self, name: str) -> str:
        """Return the decrypted value of the parameter. Raises SecretMissing or Unavailable."""
        parameter = parameter_name(self._environment_id, name)
        try:
            value = self._client.get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"]
        except Exception as error:  # noqa: BLE001 (any client error: without a secret nothing is verified)
            code = error_code(error)
            if code == "ParameterNotFound":
                raise SecretMissing(f"there is no parameter {parameter}") from None
            raise Unavailable(f"the parameter {parameter} cannot be read: {code}") from None
        return require_secret_value(parameter, value)


def parameter_name(environment_id: str, name: str) -> str:
    """Return the name of the parameter that holds a secret."""
    return f"/telemetry/{environment_id}/{name}"


NO_CREDENTIALS = (
    "there are no AWS credentials here: run `aws sso login` and set AWS_PROFILE, or set AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY"
)


def error_code(error: Exception) -> str:
    """Return the AWS error code, or the exception's type; never the message, which may quote the request."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code") or type(error).__name__)
