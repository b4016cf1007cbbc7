from typing import Any

import pytest

from core.errors import SecretMissing, Unavailable
from core.secrets_cache import WEBHOOK_SECRET
from runtimes.aws.ssm_secrets import SsmSecrets, error_code
from tests.unit.runtimes.aws.scripted_client import AwsError, Client


def test_a_secret_is_read_decrypted_from_the_environment_s_folder() -> None:
    client = Client({"Parameter": {"Value": " secret\n"}})
    assert SsmSecrets(client, "prod").get(WEBHOOK_SECRET) == "secret"
    parameters = {"Name": "/telemetry/prod/github-webhook-secret-token", "WithDecryption": True}
    assert client.calls == [("get_parameter", parameters)]


@pytest.mark.parametrize(
    "answer",
    [AwsError("ParameterNotFound"), *({"Parameter": {"Value": value}} for value in ("", " ", "unset", None))],
)
def test_a_missing_parameter_or_placeholder_is_a_missing_secret(answer: Any) -> None:
    with pytest.raises(SecretMissing):
        SsmSecrets(Client(answer), "prod").get(WEBHOOK_SECRET)


@pytest.mark.parametrize("error", [AwsError("AccessDeniedException"), TimeoutError("zebra")])
def test_an_unreadable_parameter_is_unavailable_without_its_message(error: Exception) -> None:
    with pytest.raises(Unavailable) as refused:
        SsmSecrets(Client(error), "prod").get(WEBHOOK_SECRET)
    assert type(refused.value) is Unavailable
    assert "zebra" not in str(refused.value)


@pytest.mark.parametrize(
    ("error", "code"),
    [(AwsError("Throttling"), "Throttling"), (AwsError(""), "AwsError"), (ValueError("zebra"), "ValueError")],
)
def test_an_error_is_called_by_its_code_or_type(error: Exception, code: str) -> None:
    assert error_code(error) == code
