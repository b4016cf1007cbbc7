from collections.abc import Callable
from typing import NamedTuple

import pytest

from cli.deployment.cloud import TargetError
from cli.deployment.clouds.aws.parameters import Parameters
from cli.deployment.secrets_setup import ALL_NAMES
from core.secrets_cache import DATA_TOKEN, SOURCE_TOKEN, WEBHOOK_SECRET
from tests.unit.cli.deployment.clouds.aws.ssm import Sqs, Ssm

PATH = "/telemetry/prod/"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/x"
TAGS = {"application": "telemetry-functions", "environment": "prod"}


class Harness(NamedTuple):
    parameters: Parameters
    ssm: Ssm


def harness(queue: str = "telemetry-prod", key: str | None = None, **values: str) -> Harness:
    ssm = Ssm(PATH, **values)
    return Harness(Parameters("prod", {"ssm": ssm, "sqs": Sqs(queue, key)}.__getitem__), ssm)


def test_a_new_parameter_is_encrypted_and_has_our_tags() -> None:
    parameters, ssm = harness()
    parameters.put(WEBHOOK_SECRET, "zebra")
    [put] = ssm.put
    assert (put["Type"], "KeyId" in put) == ("SecureString", False)
    assert ssm.values == {PATH + WEBHOOK_SECRET: "zebra"}
    assert ssm.tags == {PATH + WEBHOOK_SECRET: TAGS}


def test_an_existing_parameter_is_overwritten_and_gets_our_tags() -> None:
    parameters, ssm = harness(**{WEBHOOK_SECRET: "unset"})
    parameters.put(WEBHOOK_SECRET, "zebra")
    assert ssm.values == {PATH + WEBHOOK_SECRET: "zebra"}
    assert ssm.tags == {PATH + WEBHOOK_SECRET: TAGS}


@pytest.mark.parametrize("before", [{}, {WEBHOOK_SECRET: "old"}])
def test_a_parameter_is_encrypted_with_the_key_of_the_deployment(before: dict[str, str]) -> None:
    parameters, ssm = harness(key=KEY, **before)
    parameters.put(WEBHOOK_SECRET, "zebra")
    assert [put["KeyId"] for put in ssm.put] == [KEY]


def test_before_a_deployment_no_parameter_is_created() -> None:
    parameters, ssm = harness(queue="telemetry-other")
    with pytest.raises(TargetError, match="nothing is deployed as the environment prod: deploy first"):
        parameters.put(WEBHOOK_SECRET, "zebra")
    assert ssm.values == {}


def test_an_absent_parameter_is_an_empty_secret() -> None:
    parameters, _ = harness(**{WEBHOOK_SECRET: "zebra"})
    assert (parameters.get(WEBHOOK_SECRET), parameters.get(SOURCE_TOKEN)) == ("zebra", "")


def test_missing_parameters_are_listed_over_pages_without_values() -> None:
    parameters, ssm = harness(**{WEBHOOK_SECRET: "zebra", DATA_TOKEN: "zebra"})
    ssm.denied = {"get_parameter"}
    assert parameters.missing((WEBHOOK_SECRET, SOURCE_TOKEN, DATA_TOKEN)) == [SOURCE_TOKEN]


def test_all_parameters_that_exist_are_deleted_and_named() -> None:
    parameters, ssm = harness(**{WEBHOOK_SECRET: "zebra", DATA_TOKEN: "zebra", "other": "zebra"})
    assert list(parameters.delete(ALL_NAMES)) == [PATH + WEBHOOK_SECRET, PATH + DATA_TOKEN]
    assert ssm.values == {PATH + "other": "zebra"}


@pytest.mark.parametrize(
    ("operation", "call", "message"),
    [
        ("get_parameter", lambda it: it.get(WEBHOOK_SECRET), "the signed-in identity may not read it"),
        ("put_parameter", lambda it: it.put(WEBHOOK_SECRET, "zebra"), "cannot be written: AccessDeniedException"),
        (
            "add_tags_to_resource",
            lambda it: it.put(WEBHOOK_SECRET, "zebra"),
            "cannot be written: AccessDeniedException",
        ),
        ("describe_parameters", lambda it: it.missing(ALL_NAMES), "cannot be listed: AccessDeniedException"),
        ("delete_parameter", lambda it: list(it.delete(ALL_NAMES)), "cannot be deleted: AccessDeniedException"),
    ],
)
def test_a_denied_call_is_one_line_without_the_value(
    operation: str, call: Callable[[Parameters], object], message: str
) -> None:
    parameters, ssm = harness(**{WEBHOOK_SECRET: "zebra-old"})
    ssm.denied = {operation}
    with pytest.raises(TargetError, match=message) as raised:
        call(parameters)
    assert "zebra" not in str(raised.value)
