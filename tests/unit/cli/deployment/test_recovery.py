"""What a deployment does with resources that exist but are missing in Terraform's state."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest

from cli.deployment import recovery
from cli.deployment.cloud import Cloud, TargetError
from cli.deployment.terraform import InterruptedRunError, Planned, TerraformRoot

ROLE = Planned("module.telemetry.aws_iam_role.scheduler", "aws_iam_role", {"name": "telemetry-x-scheduler"})
GROUP = Planned("module.telemetry.aws_cloudwatch_log_group.access", "aws_cloudwatch_log_group", {"name": "/aws/x"})
QUEUE = Planned("module.telemetry.aws_sqs_queue.events", "aws_sqs_queue", {"name": "telemetry-x"})


class Account:
    """Implements Cloud and Root as far as a deployment needs them: what exists, and what the state knows."""

    def __init__(self, *exists: str, unfinished: bool = False) -> None:
        self.exists = set(exists)
        self.state: set[str] = set()
        self.steps: list[str] = []
        self._unfinished = unfinished

    def unfinished(self) -> bool:
        return self._unfinished

    def creations(self) -> list[Planned]:
        return [resource for resource in (ROLE, GROUP, QUEUE) if resource.values["name"] not in self.state]

    def apply(self, approve: Callable[[], None], imports: Mapping[str, str]) -> None:
        approve()
        self.steps.append(" ".join(["apply", *imports.values()]))
        self.state |= set(imports.values())
        for planned in self.creations():
            if planned.values["name"] in self.exists:
                raise TargetError("terraform apply failed: see above")
            self.exists.add(planned.values["name"])
            self.state.add(planned.values["name"])

    def import_id(self, _: str, planned: Mapping[str, Any]) -> str:
        return str(planned["name"]) if planned["name"] in self.exists else ""

    def deploy(self, *, owned: bool) -> list[str]:
        messages: list[str] = []
        recovery.apply(
            cast("TerraformRoot", self),
            cast("Cloud", self),
            owned=owned,
            say=messages.append,
            approve=lambda: self.steps.append("approve"),
        )
        return messages


def test_a_first_deployment_looks_nothing_up() -> None:
    account = Account()
    assert account.deploy(owned=True) == []
    assert account.steps == ["approve", "apply"]


def test_what_exists_is_imported() -> None:
    account = Account("telemetry-x-scheduler", "/aws/x")
    messages = account.deploy(owned=True)
    assert account.steps == ["approve", "apply", "approve", "apply telemetry-x-scheduler /aws/x"]
    assert [line.split(",")[0] for line in messages] == [
        "importing telemetry-x-scheduler",
        "importing /aws/x",
    ]
    assert account.state == account.exists


def test_after_an_unfinished_deployment_it_is_imported_first() -> None:
    account = Account("telemetry-x", unfinished=True)
    account.deploy(owned=True)
    assert account.steps == ["approve", "apply telemetry-x"]


@pytest.mark.parametrize("unfinished", [False, True])
def test_a_resource_that_may_be_foreign_is_named_and_unchanged(unfinished: bool) -> None:  # noqa: FBT001 (a parameter)
    account = Account("telemetry-x-scheduler", "/aws/x", unfinished=unfinished)
    with pytest.raises(TargetError) as refused:
        account.deploy(owned=False)
    assert "module.telemetry.aws_iam_role.scheduler (telemetry-x-scheduler)" in str(refused.value)
    assert "deploy again with `--import-existing`" in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
    assert account.exists >= {"telemetry-x-scheduler", "/aws/x"}
    assert account.steps == ([] if unfinished else ["approve", "apply"])


def test_a_failure_of_another_kind_is_reported_as_it_is() -> None:
    class Refused(Account):
        def apply(self, *_: Any) -> None:
            raise TargetError("terraform apply failed: see above")

    with pytest.raises(TargetError, match=r"^terraform apply failed: see above$"):
        Refused().deploy(owned=True)
    with pytest.raises(TargetError, match=r"^terraform apply failed: see above$"):
        Refused("telemetry-x", unfinished=True).deploy(owned=True)


def test_an_interrupted_deployment_does_not_go_on() -> None:
    class Interrupted(Account):
        def apply(self, *_: Any) -> None:
            self.steps.append("apply")
            raise InterruptedRunError("interrupted")

    account = Interrupted("telemetry-x")
    with pytest.raises(InterruptedRunError):
        account.deploy(owned=True)
    assert account.steps == ["apply"]
