"""What a deployment does with resources that exist but are missing in Terraform's state."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from cli.deployment import recovery, terraform_import
from cli.deployment.cloud import Cloud, TargetError
from cli.deployment.clouds.aws.existing_resources import FINDERS, UPSERTED, ExistingResources
from cli.deployment.terraform import InterruptedRunError, Planned, TerraformRoot

MODULE = Path(__file__).parents[4] / "terraform" / "aws"
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

    def apply(self, imports: Mapping[str, str]) -> None:
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
        recovery.apply(cast("TerraformRoot", self), cast("Cloud", self), owned=owned, say=messages.append)
        return messages


def test_a_first_deployment_looks_nothing_up() -> None:
    account = Account()
    assert account.deploy(owned=True) == []
    assert account.steps == ["apply"]


def test_what_exists_is_imported() -> None:
    account = Account("telemetry-x-scheduler", "/aws/x")
    messages = account.deploy(owned=True)
    assert account.steps == ["apply", "apply telemetry-x-scheduler /aws/x"]
    assert [line.split(",")[0] for line in messages] == [
        "importing telemetry-x-scheduler",
        "importing /aws/x",
    ]
    assert account.state == account.exists


def test_after_an_unfinished_deployment_it_is_imported_first() -> None:
    account = Account("telemetry-x", unfinished=True)
    account.deploy(owned=True)
    assert account.steps == ["apply telemetry-x"]


@pytest.mark.parametrize("unfinished", [False, True])
def test_a_resource_that_may_be_foreign_is_named_and_unchanged(unfinished: bool) -> None:  # noqa: FBT001 (a parameter)
    account = Account("telemetry-x-scheduler", "/aws/x", unfinished=unfinished)
    with pytest.raises(TargetError) as refused:
        account.deploy(owned=False)
    assert "module.telemetry.aws_iam_role.scheduler (telemetry-x-scheduler)" in str(refused.value)
    assert "deploy again with `--import-existing`" in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
    assert account.exists >= {"telemetry-x-scheduler", "/aws/x"}
    assert account.steps == ([] if unfinished else ["apply"])


def test_a_failure_of_another_kind_is_reported_as_it_is() -> None:
    class Refused(Account):
        def apply(self, _: Mapping[str, str]) -> None:
            raise TargetError("terraform apply failed: see above")

    with pytest.raises(TargetError, match=r"^terraform apply failed: see above$"):
        Refused().deploy(owned=True)
    with pytest.raises(TargetError, match=r"^terraform apply failed: see above$"):
        Refused("telemetry-x", unfinished=True).deploy(owned=True)


def test_an_interrupted_deployment_does_not_go_on() -> None:
    class Interrupted(Account):
        def apply(self, _: Mapping[str, str]) -> None:
            self.steps.append("apply")
            raise InterruptedRunError("interrupted")

    account = Interrupted("telemetry-x")
    with pytest.raises(InterruptedRunError):
        account.deploy(owned=True)
    assert account.steps == ["apply"]


def test_every_resource_of_the_module_is_looked_up_or_overwritten() -> None:
    text = "".join(path.read_text() for path in MODULE.rglob("*.tf"))
    assert set(re.findall(r'^resource "(\w+)"', text, re.MULTILINE)) == set(FINDERS) | UPSERTED
    assert not set(FINDERS) & UPSERTED


class Client:
    """Refuses every call with one error code."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __getattr__(self, operation: str) -> Any:
        def call(**_: object) -> None:
            raise ClientError({"Error": {"Code": self.code, "Message": ""}}, operation)

        return call


ANY = dict.fromkeys(
    [
        "api_id",
        "bucket",
        "domain_name",
        "event_source_arn",
        "function_name",
        "group_name",
        "integration_uri",
        "name",
        "route_key",
        "statement_id",
    ],
    "x",
)


@pytest.mark.parametrize("kind", sorted(FINDERS))
def test_an_absent_resource_or_dependency_is_not_found(kind: str) -> None:
    for code in ("ResourceNotFoundException", "NoSuchEntity", "404", "AccessDenied"):
        assert ExistingResources(lambda _, code=code: Client(code)).import_id(kind, ANY) == ""
    assert ExistingResources(lambda _: Client("404")).import_id(kind, {}) == ""


@pytest.mark.parametrize("kind", sorted(FINDERS))
def test_an_account_that_does_not_answer_is_an_error_of_one_line(kind: str) -> None:
    with pytest.raises(TargetError, match=f"^{kind} cannot be looked up: Throttling$"):
        ExistingResources(lambda _: Client("Throttling")).import_id(kind, ANY)


def test_an_overwritten_resource_is_never_imported() -> None:
    assert ExistingResources(lambda _: Client("x")).import_id("aws_iam_role_policy", ANY) == ""


def test_a_root_with_imports_is_a_copy_beside_the_modules(tmp_path: Path) -> None:
    live = MODULE.parent / "live" / "aws"
    before = sorted(live.iterdir())
    imports = {'module.telemetry.aws_lambda_event_source_mapping.worker["events"]': "api/$default"}
    with terraform_import.root(live, tmp_path, imports) as folder:
        blocks = (folder / "imports.tf").read_text()
        assert (folder / "main.tf").read_text() == (live / "main.tf").read_text()
        assert (folder / "../../aws/webhook.tf").exists()
        assert (folder / "../../webhook_events.json").exists()
    assert (
        blocks
        == 'import {\n  to = module.telemetry.aws_lambda_event_source_mapping.worker["events"]\n  id = "api/$default"\n}\n'
    )
    assert list(tmp_path.iterdir()) == []
    assert (sorted(live.iterdir()), (MODULE / "webhook.tf").exists()) == (before, True)
    with terraform_import.root(live, tmp_path, {}) as folder:
        assert folder == live
