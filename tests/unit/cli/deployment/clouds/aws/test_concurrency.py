from types import SimpleNamespace
from typing import Any

import pytest

from cli.deployment.cloud import TargetError
from cli.deployment.clouds.aws.concurrency import check_concurrency
from tests.unit.cli.deployment.clouds.aws.ssm import refused


class Functions:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html."""

    meta = SimpleNamespace(region_name="eu-west-1")

    def __init__(self, quota: int, reserved: int = 0, *, denied: bool = False) -> None:
        self._limit = {"ConcurrentExecutions": quota, "UnreservedConcurrentExecutions": quota - reserved}
        self._denied = denied

    def get_account_settings(self) -> dict[str, Any]:
        if self._denied:
            raise refused("AccessDeniedException")
        return {"AccountLimit": self._limit, "AccountUsage": {}}


def check(*arguments: int, denied: bool = False) -> list[str]:
    functions: Any = Functions(*arguments, denied=denied)
    return list(check_concurrency(functions))


@pytest.mark.parametrize(("quota", "reserved"), [(1000, 0), (1000, 500), (3000, 2500)])
def test_an_account_with_the_usual_quota_passes_silently(quota: int, reserved: int) -> None:
    assert check(quota, reserved) == []


def test_a_new_account_s_quota_is_named_with_what_to_do() -> None:
    [note] = check(10)
    assert note == (
        "Lambda may run 10 unreserved functions at once in eu-west-1 (the account's quota is 10): a burst of more deliveries "
        "is refused, and GitHub shows them as failed; request a higher quota of `Concurrent executions` for Lambda in "
        "Service Quotas, or lower webhook.burst"
    )


@pytest.mark.parametrize(("quota", "reserved", "free"), [(6, 0, 6), (10, 4, 6), (1000, 1000, 0)])
def test_a_quota_with_which_nothing_could_run_stops_the_deployment(quota: int, reserved: int, free: int) -> None:
    with pytest.raises(TargetError, match=rf"^Lambda may run {free} unreserved .* and a deployment needs 7: request"):
        check(quota, reserved)


def test_a_quota_that_may_not_be_read_is_said_and_stops_nothing() -> None:
    assert check(1000, denied=True) == [
        "the quota of concurrent executions was not checked: lambda:GetAccountSettings: AccessDeniedException"
    ]
