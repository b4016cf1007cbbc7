"""Deploy to the emulator as the documented deployer, plan as the documented planner, operate as the documented operator.

The deployment is that of the acceptance test (`make acceptance-aws`), which keeps it until the end: one deployment serves both. The
target is AWS, only its address is the emulator's. The emulator decides
by conditions that our patch supplies: runtimes/local/ministack/conditions.py. It enforces neither iam:PassRole nor log delivery:
tests/unit/cli/deployment/clouds/aws/test_policies.py decides those from the table.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.deployment.clouds.local.target import EMULATOR_STATE
from runtimes.local.emulator import credentials
from runtimes.local.emulator.emulator import ALL, Emulator
from runtimes.local.emulator.environment import VENV
from tests.conftest import missing
from tests.iam_policies import allows
from tests.terraform.deployment import Deployment

pytestmark = [pytest.mark.emulator, pytest.mark.terraform]
ACCOUNT = "000000000000"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/telemetry-acceptance-boundary"
WORKER = f"arn:aws:iam::{ACCOUNT}:role/telemetry/telemetry-acceptance-worker"
STATE = "company-state"
"""A bucket for the state; the deployment of these tests keeps its own in a file."""
NAMES = (
    "github-webhook-secret-token",
    "github-access-token/source",
    "github-access-token/data",
)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
        ],
    }
)
EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


class Company:
    """An account in which an administrator runs the acceptance test."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        self.folder = folder
        root = Deployment(folder, AWS_ENDPOINT_URL=endpoint, AWS_REGION="us-east-1", ENVIRONMENT_ID="acceptance")
        root.environment |= root.root.environment
        self.root = root
        self._endpoint = endpoint

    def policies(self, **settings: str) -> dict[str, Any]:
        """Return the documents that `telemetry policies aws` writes, by name."""
        command = Deployment(self.folder, **{**self.root.environment, **settings})
        printed = command.telemetry("policies", "aws", "--boundary", "telemetry-acceptance-boundary").split()
        return {Path(path).stem: json.loads((self.folder / path).read_text()) for path in printed}

    def client(self, name: str, service: str) -> Any:
        """Return a client in the session of a role: deploy, plan or operate."""
        arn = f"arn:aws:iam::{ACCOUNT}:role/acceptance-telemetry-acceptance-{name}"
        session = self.root.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        return self.root.client(
            service,
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
        )


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    if shutil.which("terraform") is None:
        missing("Terraform", "install 1.11 or newer")
    if not (VENV / "bin" / "python").exists():
        missing("MiniStack", "`make setup` installs it")
    folder = tmp_path_factory.mktemp("company")
    root = credentials.ensure(folder / EMULATOR_STATE)
    emulator = Emulator(state=folder / EMULATOR_STATE, services=ALL, root=root)
    emulator.start()
    try:
        yield Company(folder, emulator.endpoint)
    finally:
        emulator.stop()


@pytest.fixture(scope="module")
def deployed(company: Company) -> str:
    """Return the transcript of an acceptance test that keeps the deployment."""
    company.root.telemetry("acceptance", "aws", "--yes", "--keep")
    return (company.folder / "docs" / "acceptance" / "aws-stand-in.md").read_text()


def steps(transcript: str) -> list[tuple[str, str, str]]:
    """Return name, outcome and evidence of each step."""
    pattern = r"^\| \d+ \| (.*?) \| `.*` \| (passed|FAILED|interrupted|not run here)(?:: )?(.*) \| \d+ \|$"
    return re.findall(pattern, transcript, re.MULTILINE)


def test_the_acceptance_test_passes_and_says_what_the_emulator_cannot_show(company: Company, deployed: str) -> None:
    assert "**not a real cloud**" in deployed
    results = steps(deployed)
    assert [outcome for _, outcome, _ in results].count("passed") == 15
    reason = "the emulator computes no metric, so no alarm fires by itself"
    assert [result for result in results if result[1] != "passed"] == [
        ("the alarm of dead letters", "not run here", reason)
    ]
    assert ACCOUNT not in deployed
    secret = company.root.client("ssm").get_parameter(Name=f"/telemetry/acceptance/{NAMES[0]}", WithDecryption=True)
    assert not [line for line in secret["Parameter"]["Value"].splitlines() if line in deployed]


def test_the_emulator_says_which_conditions_the_patch_supplied(company: Company, deployed: str) -> None:
    assert deployed
    log = (company.folder / EMULATOR_STATE / "emulator.log").read_text().splitlines()
    supplied = {line.partition(": ")[2] for line in log if line.startswith("supplied by the patch of MiniStack")}
    print("\n".join(sorted(supplied)))  # noqa: T201 (what the emulator alone would not have decided)
    assert {
        "iam:PermissionsBoundary of iam:CreateRole",
        "iam:PermissionsBoundary of iam:PutRolePolicy",
        "lambda:FunctionArn of lambda:CreateEventSourceMapping",
        "lambda:Principal of lambda:AddPermission",
        "the group of a schedule",
        "the path of a role",
    } <= supplied


def test_every_role_has_the_path_and_stays_within_its_boundary(company: Company, deployed: str) -> None:
    assert deployed
    iam, boundary = company.root.client("iam"), company.policies()["boundary"]
    roles = [role for role in iam.list_roles()["Roles"] if role["RoleName"].startswith("telemetry-")]
    assert len(roles) == 5
    for role in roles:
        name = role["RoleName"]
        actual = iam.get_role(RoleName=name)["Role"]
        assert (actual["Path"], actual["PermissionsBoundary"]["PermissionsBoundaryArn"]) == ("/telemetry/", BOUNDARY)
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for statement in document["Statement"]:
                for action in statement["Action"]:
                    for resource in statement["Resource"]:
                        assert allows(boundary, action, resource), f"{name}: {action} {resource}"


def test_the_operator_creates_tags_and_encrypts_the_secrets(company: Company, deployed: str) -> None:
    assert deployed
    ssm = company.client("operate", "ssm")
    parameters = {parameter["Name"]: parameter for parameter in ssm.describe_parameters()["Parameters"]}
    assert sorted(parameters) == sorted(f"/telemetry/acceptance/{name}" for name in NAMES)
    assert {parameter["Type"] for parameter in parameters.values()} == {"SecureString"}
    for name in parameters:
        tags = company.root.client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == {
            "application": "telemetry-functions",
            "environment": "acceptance",
        }


@pytest.mark.parametrize("role", ["plan", "deploy"])
@pytest.mark.parametrize("name", [*NAMES, "github-app-private-key"])
def test_neither_planner_nor_deployer_reads_a_secret(company: Company, deployed: str, role: str, name: str) -> None:
    assert deployed
    parameter = f"/telemetry/acceptance/{name}"
    company.root.client("ssm").put_parameter(Name=parameter, Value="zebra", Type="SecureString", Overwrite=True)
    with pytest.raises(ClientError) as denied:
        company.client(role, "ssm").get_parameter(Name=parameter, WithDecryption=True)
    assert denied.value.response["Error"]["Code"] == "AccessDeniedException"


def test_with_secrets_the_plan_is_still_empty_and_the_state_holds_none(company: Company, deployed: str) -> None:
    assert ("a plan that is still empty", "passed") in [result[:2] for result in steps(deployed)]
    secret = company.root.client("ssm").get_parameter(Name=f"/telemetry/acceptance/{NAMES[0]}", WithDecryption=True)
    values = secret["Parameter"]["Value"].splitlines()
    states = [path.read_text() for path in (company.folder / ".telemetry").rglob("*.tfstate*")]
    assert states
    assert values
    assert not any(value in state or "aws_ssm_parameter" in state for state in states for value in values)


@pytest.fixture(scope="module")
def company_with_state(company: Company, deployed: str) -> Company:
    """Return the account, whose roles now have the policies of a deployment that keeps its state in a bucket."""
    assert deployed
    iam = company.root.client("iam")
    company.root.client("s3").create_bucket(Bucket=STATE)
    for name, document in company.policies(STATE_BUCKET=STATE).items():
        arn = f"arn:aws:iam::{ACCOUNT}:policy/telemetry-acceptance-{name}"
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)
    return company


@pytest.mark.parametrize(
    ("role", "key", "allowed"),
    [
        ("deploy", "telemetry-functions/production.tfstate", True),
        ("deploy", "telemetry-functions/production.tfstate.tflock", True),
        ("deploy", "elsewhere.tfstate", False),
        ("plan", "telemetry-functions/production.tfstate.tflock", True),
        ("plan", "telemetry-functions/production.tfstate", False),
        ("operate", "telemetry-functions/production.tfstate", False),
    ],
)
def test_only_the_deployer_writes_the_state_and_a_plan_its_lock(
    company_with_state: Company, role: str, key: str, *, allowed: bool
) -> None:
    s3 = company_with_state.client(role, "s3")
    root = company_with_state.root.client("s3")
    root.put_object(Bucket=STATE, Key=key, Body=b"before")
    if allowed:
        s3.put_object(Bucket=STATE, Key=key, Body=b"after")
        assert s3.get_object(Bucket=STATE, Key=key)["Body"].read() == b"after"
        s3.delete_object(Bucket=STATE, Key=key)
    else:
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.put_object(Bucket=STATE, Key=key, Body=b"after")
        assert root.get_object(Bucket=STATE, Key=key)["Body"].read() == b"before"


@pytest.mark.parametrize("role", ["deploy", "plan", "operate"])
def test_every_role_reads_the_state(company_with_state: Company, role: str) -> None:
    key = "telemetry-functions/production.tfstate"
    company_with_state.root.client("s3").put_object(Bucket=STATE, Key=key, Body=b"state")
    assert company_with_state.client(role, "s3").get_object(Bucket=STATE, Key=key)["Body"].read() == b"state"


ATTACKS: dict[str, Callable[[Any, Any], Any]] = {
    "a role without the boundary": lambda iam, _: iam.create_role(
        RoleName="telemetry-acceptance-worker-2", Path="/telemetry/", AssumeRolePolicyDocument=TRUST
    ),
    "a role with another boundary": lambda iam, _: iam.create_role(
        RoleName="telemetry-acceptance-worker-2",
        Path="/telemetry/",
        AssumeRolePolicyDocument=TRUST,
        PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess",
    ),
    "a role outside the path": lambda iam, _: iam.create_role(
        RoleName="telemetry-acceptance-worker-2", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=BOUNDARY
    ),
    "the removal of a boundary": lambda iam, _: iam.delete_role_permissions_boundary(
        RoleName="telemetry-acceptance-worker"
    ),
    "another boundary for a role": lambda iam, _: iam.put_role_permissions_boundary(
        RoleName="telemetry-acceptance-worker", PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess"
    ),
    "a managed policy for a role": lambda iam, _: iam.attach_role_policy(
        RoleName="telemetry-acceptance-worker", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    ),
    "a policy for itself": lambda iam, _: iam.put_role_policy(
        RoleName="acceptance-telemetry-acceptance-deploy", PolicyName="x", PolicyDocument=EVERYTHING
    ),
    "a managed policy for itself": lambda iam, _: iam.attach_role_policy(
        RoleName="acceptance-telemetry-acceptance-deploy", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    ),
    "a wider version of its own policy": lambda iam, _: iam.create_policy_version(
        PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/telemetry-acceptance-deploy",
        PolicyDocument=EVERYTHING,
        SetAsDefault=True,
    ),
    "a wider version of the boundary": lambda iam, _: iam.create_policy_version(
        PolicyArn=BOUNDARY, PolicyDocument=EVERYTHING, SetAsDefault=True
    ),
    "a user with a key": lambda iam, _: iam.create_access_key(UserName="somebody"),
    "another function": lambda _, functions: functions.create_function(
        FunctionName="other",
        Role=WORKER,
        Runtime="python3.13",
        Handler="x.x",
        Code={"ZipFile": b"PK\x05\x06" + b"\0" * 18},
    ),
    "a public function": lambda _, functions: functions.add_permission(
        FunctionName="telemetry-acceptance-worker", StatementId="x", Action="lambda:InvokeFunction", Principal="*"
    ),
    "a mapping to another function": lambda _, functions: functions.create_event_source_mapping(
        EventSourceArn=f"arn:aws:sqs:us-east-1:{ACCOUNT}:telemetry-acceptance", FunctionName="other"
    ),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_the_deployer_cannot_widen_anybody_s_permissions(
    company: Company, deployed: str, attack: Callable[[Any, Any], Any]
) -> None:
    assert deployed
    with pytest.raises(ClientError) as denied:
        attack(company.client("deploy", "iam"), company.client("deploy", "lambda"))
    assert denied.value.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")


def test_a_role_that_breaks_out_is_stopped_by_its_boundary(company: Company, deployed: str) -> None:
    """The deployer may write any policy of a bounded role; the boundary still decides what the role may do."""
    assert deployed
    company.client("deploy", "iam").put_role_policy(
        RoleName="telemetry-acceptance-worker", PolicyName="everything", PolicyDocument=EVERYTHING
    )
    try:
        session = company.root.client("sts").assume_role(RoleArn=WORKER, RoleSessionName="test")["Credentials"]
        iam = company.root.client(
            "iam",
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
        )
        with pytest.raises(ClientError) as denied:
            iam.list_users()
    finally:
        company.client("deploy", "iam").delete_role_policy(
            RoleName="telemetry-acceptance-worker", PolicyName="everything"
        )
    assert denied.value.response["Error"]["Code"] == "AccessDenied"


def test_the_deployer_destroys_the_environment_with_its_secrets(company: Company, deployed: str) -> None:
    assert deployed
    printed = company.root.telemetry("acceptance", "aws", "--yes", "--destroy")
    assert "Destroy complete!" in printed
    assert "passed: no function, alarm, queue or parameter" in printed
    iam = company.root.client("iam")
    names = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    names += [policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]]
    assert [name for name in names if "telemetry-" in name] == []
