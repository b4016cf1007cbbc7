"""A creation whose response was lost is repeated: MiniStack answers it as the first time. A creation by another request conflicts."""

import io
import json
import os
import signal
import socket
import uuid
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import boto3
import pytest
import requests
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError

from runtimes.local.emulator.emulator import ALL, Emulator
from runtimes.local.emulator.environment import VENV
from tests.conftest import missing
from tests.environment import PATIENCE

pytestmark = pytest.mark.emulator

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/retried"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        ],
    }
)
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]}
)


def package(code: str = "def handler(event, context): return {}") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("x.py", code)
    return content.getvalue()


class Creation(NamedTuple):
    """A request of terraform/aws that creates something."""

    service: str
    operation: str
    arguments: dict[str, Any]
    conflicts: bool = True
    """Whether MiniStack refuses a second one that is not a retry. Else it is put again, or there are two: of an API and an integration
    on AWS as well; of a route, a stage and an event source mapping AWS refuses the second."""


FUNCTION = {
    "FunctionName": "retried",
    "Runtime": "python3.13",
    "Role": ROLE,
    "Handler": "x.handler",
    "Code": {"ZipFile": package()},
}
SCHEDULE = {
    "GroupName": "retried",
    "ScheduleExpression": "rate(1 hour)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:retried", "RoleArn": ROLE, "Input": "{}"},
}
# In the order in which they depend on each other; `{api}` and `{integration}` are the IDs of those before.
CREATIONS = {
    "role": Creation("iam", "create_role", {"RoleName": "retried", "AssumeRolePolicyDocument": TRUST}),
    "role policy": Creation(
        "iam", "put_role_policy", {"RoleName": "retried", "PolicyName": "x", "PolicyDocument": POLICY}, conflicts=False
    ),
    "attachment": Creation(
        "iam",
        "attach_role_policy",
        {"RoleName": "retried", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        conflicts=False,
    ),
    "log group": Creation("logs", "create_log_group", {"logGroupName": "/retried"}),
    "retention": Creation(
        "logs", "put_retention_policy", {"logGroupName": "/retried", "retentionInDays": 30}, conflicts=False
    ),
    "queue": Creation(
        "sqs", "create_queue", {"QueueName": "retried", "Attributes": {"VisibilityTimeout": "60"}}, conflicts=False
    ),
    "parameter": Creation("ssm", "put_parameter", {"Name": "/retried", "Value": "unset", "Type": "SecureString"}),
    # us-east-1 answers 200 to the owner: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    "bucket": Creation("s3", "create_bucket", {"Bucket": "retried-bucket"}, conflicts=False),
    "function": Creation("lambda", "create_function", FUNCTION),
    "permission": Creation(
        "lambda",
        "add_permission",
        {
            "FunctionName": "retried",
            "StatementId": "api",
            "Action": "lambda:InvokeFunction",
            "Principal": "apigateway.amazonaws.com",
        },
    ),
    "event source mapping": Creation(
        "lambda",
        "create_event_source_mapping",
        {"FunctionName": "retried", "EventSourceArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:retried"},
        conflicts=False,
    ),
    "schedule group": Creation("scheduler", "create_schedule_group", {"Name": "retried", "ClientToken": "{token}"}),
    "schedule": Creation("scheduler", "create_schedule", {"Name": "retried", "ClientToken": "{token}", **SCHEDULE}),
    "api": Creation("apigatewayv2", "create_api", {"Name": "retried", "ProtocolType": "HTTP"}, conflicts=False),
    "integration": Creation(
        "apigatewayv2",
        "create_integration",
        {"ApiId": "{api}", "IntegrationType": "AWS_PROXY", "IntegrationUri": ROLE, "PayloadFormatVersion": "2.0"},
        conflicts=False,
    ),
    "route": Creation(
        "apigatewayv2",
        "create_route",
        {"ApiId": "{api}", "RouteKey": "POST /telemetry", "Target": "integrations/{integration}"},
        conflicts=False,
    ),
    "stage": Creation(
        "apigatewayv2", "create_stage", {"ApiId": "{api}", "StageName": "$default", "AutoDeploy": True}, conflicts=False
    ),
    "alarm": Creation(
        "cloudwatch",
        "put_metric_alarm",
        {
            "AlarmName": "retried",
            "MetricName": "x",
            "Namespace": "x",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanThreshold",
        },
        conflicts=False,
    ),
}


class Emulated:
    """An emulator of this module's own."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.ids: dict[str, str] = {}

    @property
    def process(self) -> int:
        assert self.emulator._process is not None
        return self.emulator._process.pid

    def client(self, service: str, hook: Callable[[AWSPreparedRequest], AWSResponse | None]) -> Any:
        client = boto3.client(
            service,
            endpoint_url=self.emulator.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        client.meta.events.register("before-send.*", lambda request, **_: hook(request))
        return client

    def call(self, creation: Creation, invocation: str, **changed: Any) -> dict[str, Any]:
        """Send a request as an attempt of the call `invocation`."""

        def marked(request: AWSPreparedRequest) -> None:
            request.headers["amz-sdk-invocation-id"] = invocation

        arguments = {**self.filled(creation.arguments), **changed}
        response = dict(getattr(self.client(creation.service, marked), creation.operation)(**arguments))
        response.pop("ResponseMetadata")
        return response

    def prepared(self, creation: Creation, invocation: str) -> AWSPreparedRequest:
        """The request, signed and not sent."""
        requests_: list[AWSPreparedRequest] = []

        def record(request: AWSPreparedRequest) -> AWSResponse:
            request.headers["amz-sdk-invocation-id"] = invocation
            requests_.append(request)
            raise InterruptedError

        with pytest.raises(InterruptedError):
            getattr(self.client(creation.service, record), creation.operation)(**self.filled(creation.arguments))
        return requests_[0]

    def filled(self, arguments: dict[str, Any]) -> dict[str, Any]:
        def fill(value: Any) -> Any:
            if isinstance(value, str):
                for name, filled in self.ids.items():
                    value = value.replace(f"{{{name}}}", filled)
            return value

        return {name: fill(value) for name, value in arguments.items()}


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulated]:
    if not (VENV / "bin" / "python").exists():
        missing("MiniStack", "`make setup` installs it")
    emulator = Emulator(state=tmp_path_factory.mktemp("emulator"), services=ALL, ephemeral=True)
    emulator.start()
    try:
        yield Emulated(emulator)
    finally:
        emulator.stop()


def test_all_attempts_of_one_call_create_a_resource_once(emulated: Emulated) -> None:
    again: dict[str, bool | str] = {}
    refused: dict[str, bool] = {}
    for name, creation in CREATIONS.items():
        emulated.ids["token"] = uuid.uuid4().hex
        invocation = str(uuid.uuid4())
        first = emulated.call(creation, invocation)
        if name in ("api", "integration"):
            emulated.ids[name] = first["ApiId" if name == "api" else "IntegrationId"]
        try:
            again[name] = emulated.call(creation, invocation) == first
        except ClientError as error:
            again[name] = error.response["Error"]["Code"]
        emulated.ids["token"] = uuid.uuid4().hex
        try:
            emulated.call(creation, str(uuid.uuid4()))
            refused[name] = False
        except ClientError:
            refused[name] = True
    assert again == dict.fromkeys(CREATIONS, True)
    assert refused == {name: creation.conflicts for name, creation in CREATIONS.items()}


def test_the_same_call_with_another_content_conflicts(emulated: Emulated) -> None:
    invocation = str(uuid.uuid4())
    role = Creation("iam", "create_role", {"RoleName": "other", "AssumeRolePolicyDocument": TRUST})
    emulated.call(role, invocation)
    with pytest.raises(ClientError, match="EntityAlreadyExists"):
        emulated.call(role, invocation, Description="another one")


def test_what_is_sent_twice_arrives_twice(emulated: Emulated) -> None:
    url = emulated.call(Creation("sqs", "create_queue", {"QueueName": "data"}), str(uuid.uuid4()))["QueueUrl"]
    message = Creation("sqs", "send_message", {"QueueUrl": url, "MessageBody": "x"})
    invocation = str(uuid.uuid4())
    assert emulated.call(message, invocation)["MessageId"] != emulated.call(message, invocation)["MessageId"]


def test_a_creation_after_a_deletion_is_performed(emulated: Emulated) -> None:
    group = Creation("logs", "create_log_group", {"logGroupName": "/deleted"})
    emulated.call(group, str(uuid.uuid4()))
    emulated.call(Creation("logs", "delete_log_group", {"logGroupName": "/deleted"}), str(uuid.uuid4()))
    emulated.call(group, str(uuid.uuid4()))
    response = emulated.call(Creation("logs", "describe_log_groups", {"logGroupNamePrefix": "/deleted"}), "x")
    assert [log_group["logGroupName"] for log_group in response["logGroups"]] == ["/deleted"]


def send(request: AWSPreparedRequest) -> requests.Response:
    return requests.request(
        request.method, request.url, data=request.body, headers=dict(request.headers), timeout=PATIENCE
    )


def leave(request: AWSPreparedRequest, endpoint: str) -> None:
    """Send a request, and close the connection without a look at the response."""
    host, _, port = endpoint.removeprefix("http://").partition(":")
    body = request.body.encode() if isinstance(request.body, str) else request.body or b""
    headers = {**dict(request.headers), "Host": f"{host}:{port}", "Content-Length": str(len(body))}
    lines = [f"{request.method} / HTTP/1.1"]
    lines += [f"{name}: {value.decode() if isinstance(value, bytes) else value}" for name, value in headers.items()]
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def test_a_call_repeated_after_a_timeout_gets_the_first_response(emulated: Emulated) -> None:
    """As Terraform's provider does when the emulator does not answer for two minutes: with another invocation."""
    role = Creation("iam", "create_role", {"RoleName": "slow", "AssumeRolePolicyDocument": TRUST})
    lost, again, third = (emulated.prepared(role, str(uuid.uuid4())) for _ in range(3))
    os.kill(emulated.process, signal.SIGSTOP)
    try:
        leave(lost, emulated.emulator.endpoint)
    finally:
        os.kill(emulated.process, signal.SIGCONT)
    response = send(again)
    assert (response.status_code, "<RoleName>slow</RoleName>" in response.text) == (200, True), response.text
    assert send(third).status_code == 409


def test_a_retry_waits_for_its_first_attempt(emulated: Emulated) -> None:
    """Both are in the emulator's sockets before it handles either."""
    role = Creation("iam", "create_role", {"RoleName": "both", "AssumeRolePolicyDocument": TRUST})
    invocation = str(uuid.uuid4())
    request = emulated.prepared(role, invocation)
    os.kill(emulated.process, signal.SIGSTOP)
    try:
        leave(request, emulated.emulator.endpoint)
        leave(request, emulated.emulator.endpoint)
    finally:
        os.kill(emulated.process, signal.SIGCONT)
    assert send(request).status_code == 200
