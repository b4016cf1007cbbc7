"""Check that a policy's conditions decide on the emulator as on AWS: boundary, role path, function, principal, schedule group.

Sources: the service authorization reference of IAM, Lambda and EventBridge Scheduler, named in runtimes/local/ministack/conditions.py.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from runtimes.local.emulator import credentials
from runtimes.local.emulator.emulator import Emulator
from tests.strict_emulator import strict_emulator

pytestmark = pytest.mark.emulator
ACCOUNT = "000000000000"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/limit"
OTHER_BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/other"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        ],
    }
)
NOTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]})
Client = Callable[[str], Any]


def allow(actions: str, resource: str, **condition: Any) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": actions.split(), "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        allow(
            "iam:CreateRole iam:PutRolePolicy iam:PutRolePermissionsBoundary",
            f"arn:aws:iam::{ACCOUNT}:role/path/mine-*",
            StringEquals={"iam:PermissionsBoundary": BOUNDARY},
        ),
        allow(
            "lambda:CreateEventSourceMapping lambda:DeleteEventSourceMapping lambda:UpdateEventSourceMapping",
            "*",
            ArnLike={"lambda:FunctionArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:mine-*"},
        ),
        allow(
            "lambda:CreateFunction lambda:PutFunctionRecursionConfig",
            f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:mine-*",
        ),
        allow(
            "lambda:AddPermission",
            f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:mine-*",
            StringEquals={"lambda:Principal": "apigateway.amazonaws.com"},
        ),
        allow(
            "cloudwatch:PutMetricAlarm cloudwatch:DeleteAlarms cloudwatch:ListTagsForResource",
            f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:mine-*",
        ),
        allow("scheduler:ListTagsForResource", f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule-group/mine-*"),
        allow(
            "scheduler:CreateSchedule scheduler:GetSchedule scheduler:DeleteSchedule",
            f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule/mine-*/*",
        ),
    ],
}


class Account:
    """A strict emulator with a role, two boundaries, two functions and a queue, and a user limited by POLICY."""

    def __init__(self, state: Path, emulator: Emulator, root: credentials.Credentials) -> None:
        self.log = state / "emulator.log"
        self._endpoint = emulator.endpoint
        self.root = self.clients(*root)
        iam = self.root("iam")
        for arn in (BOUNDARY, OTHER_BOUNDARY):
            iam.create_policy(PolicyName=arn.rpartition("/")[2], PolicyDocument=NOTHING)
        iam.create_user(UserName="limited")
        iam.put_user_policy(UserName="limited", PolicyName="limited", PolicyDocument=json.dumps(POLICY))
        key = iam.create_access_key(UserName="limited")["AccessKey"]
        self.limited = self.clients(key["AccessKeyId"], key["SecretAccessKey"])
        role = iam.create_role(RoleName="runs", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        iam.create_role(
            RoleName="mine-bounded", Path="/path/", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=BOUNDARY
        )
        iam.create_role(RoleName="mine-free", Path="/path/", AssumeRolePolicyDocument=TRUST)
        self.role = role
        for name in ("mine-one", "other"):
            self.function(self.root, name)
        url = self.root("sqs").create_queue(QueueName="source")["QueueUrl"]
        self.queue = self.root("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        for group in ("mine-group", "other-group"):
            self.root("scheduler").create_schedule_group(Name=group)

    def clients(self, key: str, secret: str) -> Client:
        def client(service: str) -> Any:
            return boto3.client(
                service,
                endpoint_url=self._endpoint,
                region_name="us-east-1",
                aws_access_key_id=key,
                aws_secret_access_key=secret,
                config=Config(retries={"total_max_attempts": 1}),
            )

        return client

    def function(self, client: Client, name: str) -> None:
        empty = {"ZipFile": b"PK\x05\x06" + b"\0" * 18}
        client("lambda").create_function(
            FunctionName=name, Role=self.role, Runtime="python3.13", Handler="x.x", Code=empty
        )

    def mapping(self, client: Client, function: str) -> str:
        uuid: str = client("lambda").create_event_source_mapping(EventSourceArn=self.queue, FunctionName=function)[
            "UUID"
        ]
        return uuid

    def schedule(self, group: str) -> dict[str, Any]:
        return {
            "Name": "one",
            "GroupName": group,
            "ScheduleExpression": "rate(1 hour)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:mine-one", "RoleArn": self.role},
        }


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    state = tmp_path_factory.mktemp("strict")
    with strict_emulator(state) as (emulator, root):
        yield Account(state, emulator, root)


def create(client: Client, name: str, path: str, **more: str) -> None:
    client("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=TRUST, **more)


def permit(client: Client, principal: str) -> None:
    client("lambda").add_permission(
        FunctionName="mine-one",
        StatementId=principal.partition(".")[0],
        Action="lambda:InvokeFunction",
        Principal=principal,
    )


def put_policy(client: Client, role: str) -> None:
    client("iam").put_role_policy(RoleName=role, PolicyName="x", PolicyDocument=NOTHING)


def alarm(client: Client, name: str) -> None:
    fields = {"MetricName": "x", "Namespace": "x", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1}
    client("cloudwatch").put_metric_alarm(
        AlarmName=name, Threshold=1, ComparisonOperator="GreaterThanThreshold", **fields
    )


def tags(client: Client, service: str, resource: str, member: str) -> None:
    arn = f"arn:aws:{service}:us-east-1:{ACCOUNT}:{resource}"
    client(service).list_tags_for_resource(**{member: arn})


ALLOWED: dict[str, Callable[[Account], Any]] = {
    "a role with boundary and path": lambda account: create(
        account.limited, "mine-1", "/path/", PermissionsBoundary=BOUNDARY
    ),
    "a policy of a bounded role": lambda account: put_policy(account.limited, "mine-bounded"),
    "the boundary of an unbounded role": lambda account: account.limited("iam").put_role_permissions_boundary(
        RoleName="mine-bounded", PermissionsBoundary=BOUNDARY
    ),
    "a mapping to a function by name": lambda account: account.limited("lambda").delete_event_source_mapping(
        UUID=account.mapping(account.limited, "mine-one")
    ),
    "a mapping to a function by ARN": lambda account: account.mapping(
        account.limited, f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:mine-one"
    ),
    "a permission of API Gateway": lambda account: permit(account.limited, "apigateway.amazonaws.com"),
    "the settings of a function": lambda account: account.limited("lambda").put_function_recursion_config(
        FunctionName="mine-one", RecursiveLoop="Allow"
    ),
    "a function by its name": lambda account: account.function(account.limited, "mine-two"),
    "an alarm by its name": lambda account: [
        alarm(account.limited, "mine-alarm"),
        tags(account.limited, "cloudwatch", "alarm:mine-alarm", "ResourceARN"),
        account.limited("cloudwatch").delete_alarms(AlarmNames=["mine-alarm"]),
    ],
    "the tags of a group": lambda account: tags(
        account.limited, "scheduler", "schedule-group/mine-group", "ResourceArn"
    ),
    "a schedule in a group": lambda account: [
        account.limited("scheduler").create_schedule(**account.schedule("mine-group")),
        account.limited("scheduler").get_schedule(GroupName="mine-group", Name="one"),
        account.limited("scheduler").delete_schedule(GroupName="mine-group", Name="one"),
    ],
}
DENIED: dict[str, Callable[[Account], Any]] = {
    "a role without a boundary": lambda account: create(account.limited, "mine-2", "/path/"),
    "a role with another boundary": lambda account: create(
        account.limited, "mine-2", "/path/", PermissionsBoundary=OTHER_BOUNDARY
    ),
    "a role without the path": lambda account: create(account.limited, "mine-2", "/", PermissionsBoundary=BOUNDARY),
    "a role with another path": lambda account: create(
        account.limited, "mine-2", "/else/", PermissionsBoundary=BOUNDARY
    ),
    "a policy of an unbounded role": lambda account: put_policy(account.limited, "mine-free"),
    "another boundary": lambda account: account.limited("iam").put_role_permissions_boundary(
        RoleName="mine-bounded", PermissionsBoundary=OTHER_BOUNDARY
    ),
    "a mapping to another function": lambda account: account.mapping(account.limited, "other"),
    "the removal of another function's mapping": lambda account: account.limited("lambda").delete_event_source_mapping(
        UUID=account.mapping(account.root, "other")
    ),
    "a mapping turned to another function": lambda account: account.limited("lambda").update_event_source_mapping(
        UUID=account.mapping(account.root, "mine-one"), FunctionName="other"
    ),
    "the settings of another function": lambda account: account.limited("lambda").put_function_recursion_config(
        FunctionName="other", RecursiveLoop="Allow"
    ),
    "a function of another name": lambda account: account.function(account.limited, "another"),
    "the removal of another alarm": lambda account: account.limited("cloudwatch").delete_alarms(AlarmNames=["other"]),
    "the tags of another alarm": lambda account: tags(account.limited, "cloudwatch", "alarm:other", "ResourceARN"),
    "the tags of another group": lambda account: tags(
        account.limited, "scheduler", "schedule-group/other-group", "ResourceArn"
    ),
    "a permission of another service": lambda account: permit(account.limited, "s3.amazonaws.com"),
    "a schedule in another group": lambda account: account.limited("scheduler").create_schedule(
        **account.schedule("other-group")
    ),
    "a schedule in the default group": lambda account: account.limited("scheduler").create_schedule(
        **account.schedule("default")
    ),
}


@pytest.mark.parametrize("call", ALLOWED.values(), ids=ALLOWED)
def test_a_request_that_meets_the_condition_is_allowed(account: Account, call: Callable[[Account], Any]) -> None:
    call(account)


@pytest.mark.parametrize("call", DENIED.values(), ids=DENIED)
def test_a_request_that_does_not_meet_the_condition_is_denied(account: Account, call: Callable[[Account], Any]) -> None:
    with pytest.raises(ClientError) as denied:
        call(account)
    assert denied.value.response["Error"]["Code"].startswith("AccessDenied")


def test_the_log_names_each_condition_that_was_supplied(account: Account) -> None:
    create(account.root, "mine-logged", "/path/", PermissionsBoundary=BOUNDARY)
    account.mapping(account.root, "mine-one")
    lines = [line for line in account.log.read_text().splitlines() if line.startswith("supplied by the patch")]
    for kind in (
        "iam:PermissionsBoundary of iam:CreateRole",
        "lambda:FunctionArn of lambda:CreateEventSourceMapping",
        "the path of a role",
    ):
        assert f"supplied by the patch of MiniStack: {kind}" in lines
    assert len(lines) == len(set(lines))
