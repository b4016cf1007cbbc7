"""Check that a scheduled function that fails is run again, and recorded by its own role, on the emulator as on AWS.

Sources: the pages of the Lambda developer guide named in runtimes/local/ministack/asynchronous.py.
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.e2e.server import wait_for
from tests.environment import PATIENCE
from tests.strict_emulator import strict_emulator

pytestmark = pytest.mark.emulator
ACCOUNT = "000000000000"
QUEUE_ARN = f"arn:aws:sqs:us-east-1:{ACCOUNT}:failed"
DESTINATION = {"OnFailure": {"Destination": QUEUE_ARN}}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
HANDLER = "def handler(event, context):\n    print('ran', event['job'])\n    raise ValueError(event['job'])\n"


class Account:
    """A strict emulator with a queue, and functions that always fail, each with a role of its own."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self.client = client
        self.queue = client("sqs").create_queue(QueueName="failed")["QueueUrl"]

    def function(self, name: str, *, may_send: bool) -> None:
        iam = self.client("iam")
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        if may_send:
            self.allow(name)
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("failing.py", HANDLER)
        self.client("lambda").create_function(
            FunctionName=name,
            Role=role,
            Runtime="python3.13",
            Handler="failing.handler",
            Code={"ZipFile": package.getvalue()},
        )

    def allow(self, role: str) -> None:
        statement = {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": [QUEUE_ARN]}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.client("iam").put_role_policy(RoleName=role, PolicyName="failed", PolicyDocument=document)

    def configure(self, name: str, retries: int) -> None:
        self.client("lambda").put_function_event_invoke_config(
            FunctionName=name,
            MaximumRetryAttempts=retries,
            MaximumEventAgeInSeconds=3600,
            DestinationConfig=DESTINATION,
        )

    def schedule(self, name: str) -> None:
        """Run a function once, now."""
        at = (datetime.now(UTC) - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S")
        self.client("scheduler").create_schedule(
            Name=name,
            ScheduleExpression=f"at({at})",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={
                "Arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}",
                "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
                "Input": json.dumps({"job": name}),
            },
        )

    def record(self, name: str) -> dict[str, Any] | None:
        """Return the invocation record of a function; None while there is none."""
        messages = self.client("sqs").receive_message(
            QueueUrl=self.queue, MaxNumberOfMessages=10, VisibilityTimeout=0, WaitTimeSeconds=1
        )
        records = [json.loads(message["Body"]) for message in messages.get("Messages", [])]
        return next((record for record in records if record["requestPayload"] == {"job": name}), None)

    def undelivered(self, name: str) -> float:
        now = datetime.now(UTC)
        points = self.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="DestinationDeliveryFailures",
            Dimensions=[{"Name": "FunctionName", "Value": name}],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        return sum(point["Sum"] for point in points)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with strict_emulator(tmp_path_factory.mktemp("strict")) as (emulator, root):

        def client(service: str) -> Any:
            return boto3.client(
                service,
                endpoint_url=emulator.endpoint,
                region_name="us-east-1",
                aws_access_key_id=root.access_key_id,
                aws_secret_access_key=root.secret_access_key,
            )

        yield Account(client)


@pytest.mark.parametrize("retries", [0, 1])
def test_a_scheduled_run_that_fails_is_retried_and_then_recorded(account: Account, retries: int) -> None:
    name = f"recorded-{retries}"
    account.function(name, may_send=True)
    account.configure(name, retries)
    account.schedule(name)
    record = wait_for(lambda: account.record(name), "the record", PATIENCE)
    assert record["version"] == "1.0"
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == retries + 1
    assert record["requestContext"]["functionArn"].endswith(f":function:{name}:$LATEST")
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert record["responsePayload"]["errorMessage"] == name
    events = account.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    assert sum(f"ran {name}" in event["message"] for event in events) == retries + 1


def test_a_destination_that_the_role_may_not_send_to_is_refused(account: Account) -> None:
    account.function("refused", may_send=False)
    with pytest.raises(ClientError, match="does not have permissions to call SendMessage on") as refused:
        account.configure("refused", 0)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"


def test_a_record_that_cannot_be_sent_is_counted(account: Account) -> None:
    account.function("uncounted", may_send=True)
    account.configure("uncounted", 0)
    account.client("iam").delete_role_policy(RoleName="uncounted", PolicyName="failed")
    account.schedule("uncounted")
    assert wait_for(lambda: account.undelivered("uncounted"), "the metric", PATIENCE) == 1
    assert account.record("uncounted") is None
