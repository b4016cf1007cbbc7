import re
from pathlib import Path

import pytest

from cli.deployment.clouds.aws import policies
from cli.deployment.clouds.aws.policies import PolicyScope, Row, documents, size, table
from tests.iam_policies import allows

ROOT = Path(__file__).parents[6]
MODULE = ROOT / "terraform" / "aws"
ACCOUNT = "123456789012"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/telemetry-boundary"
SCOPE = PolicyScope("aws", "eu-west-1", ACCOUNT, "/telemetry/", BOUNDARY, "our-state")
DOCUMENTS = documents(SCOPE)
DEPLOY, PLAN, OPERATE, LIMIT = (DOCUMENTS[name] for name in ("deploy", "plan", "operate", "boundary"))
ROLE = f"arn:aws:iam::{ACCOUNT}:role/telemetry/telemetry-production-worker"
FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:telemetry-production-worker"
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:telemetry-production"
MAPPING = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:event-source-mapping:0"
SECRETS = [
    f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/telemetry/production/{name}"
    for name in (
        "github-webhook-secret-token",
        "github-access-token/source",
        "github-access-token/data",
        "github-app-private-key",
    )
]


def resource_types() -> set[str]:
    """Return all resource types of the module."""
    texts = (path.read_text() for path in MODULE.rglob("*.tf"))
    return {kind for text in texts for kind in re.findall(r'^resource "(aws_\w+)"', text, re.MULTILINE)}


def test_every_resource_type_of_the_module_has_a_row_or_a_reason() -> None:
    rows = {row.subject for row in table().rows if row.subject.startswith("aws_")}
    assert resource_types() - rows - set(table().administrator) == set()
    assert rows & set(table().administrator) == set()


def test_every_command_of_the_table_exists() -> None:
    commands = {row.subject.partition(" ")[2] for row in table().rows if row.subject.startswith("telemetry ")}
    modules = {path.stem.removesuffix("_").replace("_", "-") for path in (ROOT / "cli" / "commands").glob("*.py")}
    assert commands
    assert commands - modules == set()


def test_every_policy_fits_one_managed_policy() -> None:
    longest = SCOPE._replace(region="ap-southeast-2", state_bucket="b" * 63, store_bucket="c" * 63)
    assert sorted(documents(longest)) == ["boundary", "deploy", "deploy-analytics", "operate", "plan"]
    assert all(size(document) <= policies.LIMIT for document in documents(longest).values())


def test_a_policy_over_the_limit_becomes_several_that_keep_every_action() -> None:
    rows = [
        Row("aws_x", ("deploy",), (f"sqs:Action{number}",), (f"arn:aws:sqs:::{'q' * 900}{number}",), {}, "")
        for number in range(20)
    ]
    by_name = documents(SCOPE, rows)
    assert list(by_name)[:3] == ["boundary", "deploy-1", "deploy-2"]
    assert all(size(document) <= policies.LIMIT for document in by_name.values())
    actions = [
        statement for name, document in by_name.items() if "deploy" in name for statement in document["Statement"]
    ]
    assert [statement["Action"] for statement in actions] == [[f"sqs:Action{number}"] for number in range(20)]


def test_without_a_state_bucket_no_policy_names_one() -> None:
    text = str(documents(SCOPE._replace(state_bucket="")))
    assert "our-state" in str(DOCUMENTS)
    assert ":::/" not in text
    assert "telemetry-functions/" not in text


def test_a_row_with_an_unknown_policy_or_member_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.toml"
    path.write_text('[[resources.aws_x]]\npolicies = ["deplyo"]\nactions = []\nresources = []\nconditions = {}\n')
    with pytest.raises(ValueError, match="aws_x: unknown conditions, deplyo"):
        table(path)


def test_no_policy_has_a_wildcard_as_action() -> None:
    actions = [action for row in table().rows for action in row.actions]
    assert [action for action in actions if "*" in action] == []


def test_a_row_without_a_resource_says_why() -> None:
    assert [row for row in table().rows if row.resources == ("*",) and not row.why] == []


# What no emulator enforces


@pytest.mark.parametrize("service", ["lambda.amazonaws.com", "scheduler.amazonaws.com"])
def test_the_deployer_passes_our_roles_to_the_two_services(service: str) -> None:
    assert allows(DEPLOY, "iam:PassRole", ROLE, iam__PassedToService=service)


@pytest.mark.parametrize(
    ("role", "service"),
    [
        (ROLE, "ec2.amazonaws.com"),
        (f"arn:aws:iam::{ACCOUNT}:role/Administrator", "lambda.amazonaws.com"),
        (f"arn:aws:iam::{ACCOUNT}:role/telemetry-production-worker", "lambda.amazonaws.com"),
        (f"arn:aws:iam::{ACCOUNT}:role/other/telemetry-x", "lambda.amazonaws.com"),
        ("arn:aws:iam::999999999999:role/telemetry/telemetry-production-worker", "lambda.amazonaws.com"),
    ],
)
def test_the_deployer_passes_no_foreign_role_and_to_no_other_service(role: str, service: str) -> None:
    assert not allows(DEPLOY, "iam:PassRole", role, iam__PassedToService=service)
    assert not allows(DEPLOY, "iam:PassRole", role)


@pytest.mark.parametrize(
    "action",
    [
        "CreateLogDelivery",
        "GetLogDelivery",
        "UpdateLogDelivery",
        "DeleteLogDelivery",
        "ListLogDeliveries",
        "PutResourcePolicy",
        "DescribeResourcePolicies",
        "DescribeLogGroups",
    ],
)
def test_the_deployer_may_deliver_access_logs(action: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html."""
    assert allows(DEPLOY, f"logs:{action}")


# The deployer is no administrator


@pytest.mark.parametrize(
    "action", ["CreateRole", "PutRolePolicy", "DeleteRolePolicy", "UpdateAssumeRolePolicy", "UpdateRole", "DeleteRole"]
)
def test_the_deployer_changes_a_role_only_with_the_boundary(action: str) -> None:
    assert allows(DEPLOY, f"iam:{action}", ROLE, iam__PermissionsBoundary=BOUNDARY)
    assert not allows(DEPLOY, f"iam:{action}", ROLE)
    assert not allows(DEPLOY, f"iam:{action}", ROLE, iam__PermissionsBoundary=f"{BOUNDARY}-2")
    assert not allows(
        DEPLOY, f"iam:{action}", f"arn:aws:iam::{ACCOUNT}:role/Administrator", iam__PermissionsBoundary=BOUNDARY
    )


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
@pytest.mark.parametrize(
    "action",
    [
        "AttachRolePolicy",
        "AttachUserPolicy",
        "AttachGroupPolicy",
        "PutUserPolicy",
        "PutGroupPolicy",
        "CreatePolicy",
        "CreatePolicyVersion",
        "SetDefaultPolicyVersion",
        "DeleteRolePermissionsBoundary",
        "DeleteUserPermissionsBoundary",
        "AddUserToGroup",
        "CreateUser",
        "CreateAccessKey",
        "CreateLoginProfile",
        "UpdateLoginProfile",
        "CreateServiceLinkedRole",
        "CreateOpenIDConnectProvider",
    ],
)
def test_no_policy_grants_access_to_other_principals(name: str, action: str) -> None:
    for resource in ("*", ROLE, BOUNDARY, f"arn:aws:iam::{ACCOUNT}:user/me", f"arn:aws:iam::{ACCOUNT}:role/deployer"):
        assert not allows(DOCUMENTS[name], f"iam:{action}", resource, iam__PermissionsBoundary=BOUNDARY)


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_no_policy_allows_assuming_a_role(name: str) -> None:
    assert [
        statement
        for statement in DOCUMENTS[name]["Statement"]
        if any("sts:" in action for action in statement["Action"])
    ] == []


def test_the_deployer_maps_queues_to_our_functions_only() -> None:
    for action in ("CreateEventSourceMapping", "UpdateEventSourceMapping", "DeleteEventSourceMapping"):
        assert allows(DEPLOY, f"lambda:{action}", MAPPING, lambda__FunctionArn=FUNCTION)
        assert not allows(DEPLOY, f"lambda:{action}", MAPPING)
        assert not allows(
            DEPLOY, f"lambda:{action}", MAPPING, lambda__FunctionArn=FUNCTION.replace("telemetry-", "other-")
        )
    assert allows(DEPLOY, "lambda:CreateEventSourceMapping", lambda__FunctionArn=FUNCTION)


def test_the_deployer_lets_only_api_gateway_call_our_functions() -> None:
    assert allows(DEPLOY, "lambda:AddPermission", FUNCTION, lambda__Principal="apigateway.amazonaws.com")
    assert not allows(DEPLOY, "lambda:AddPermission", FUNCTION, lambda__Principal="999999999999")
    assert not allows(DEPLOY, "lambda:AddPermission", FUNCTION, lambda__Principal="*")


# Secrets


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "action", ["GetParameter", "GetParameters", "GetParametersByPath", "GetParameterHistory", "PutParameter"]
)
def test_neither_plan_nor_deployment_may_read_or_set_a_secret(secret: str, action: str) -> None:
    assert not allows(PLAN, f"ssm:{action}", secret)
    assert not allows(DEPLOY, f"ssm:{action}", secret)


@pytest.mark.parametrize("secret", SECRETS)
def test_the_operator_sets_reads_and_tags_every_secret(secret: str) -> None:
    for action in ("PutParameter", "GetParameter", "AddTagsToResource", "DeleteParameter"):
        assert allows(OPERATE, f"ssm:{action}", secret)
        assert not allows(OPERATE, f"ssm:{action}", secret.replace("/telemetry/", "/other/"))


def test_the_deployment_may_delete_secrets_with_the_environment() -> None:
    assert allows(DEPLOY, "ssm:DeleteParameter", SECRETS[0])
    assert not allows(PLAN, "ssm:DeleteParameter", SECRETS[0])


def test_a_plan_changes_nothing_but_the_lock_of_the_state() -> None:
    reads = re.compile(r":(Get|List|Describe|GET$)")
    writes = [
        (action, statement["Resource"])
        for statement in PLAN["Statement"]
        for action in statement["Action"]
        if not reads.search(action)
    ]
    lock = ["arn:aws:s3:::our-state/telemetry-functions/*.tflock"]
    assert writes == [("s3:DeleteObject", lock), ("s3:PutObject", lock)]


def test_a_plan_reads_no_message_no_log_line_and_no_record() -> None:
    assert not allows(PLAN, "sqs:ReceiveMessage", QUEUE)
    assert not allows(
        PLAN, "logs:FilterLogEvents", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/aws/lambda/telemetry-x"
    )
    assert not allows(PLAN, "s3:GetObject", "arn:aws:s3:::telemetry-production-123456789012/facts/x")


def test_the_boundary_allows_no_role_and_no_change_of_a_function() -> None:
    services = {action.partition(":")[0] for statement in LIMIT["Statement"] for action in statement["Action"]}
    assert services == {"athena", "glue", "kms", "lambda", "logs", "s3", "sqs", "ssm"}
    assert not allows(LIMIT, "lambda:UpdateFunctionCode", FUNCTION)
    assert not allows(LIMIT, "ssm:PutParameter", SECRETS[0])
