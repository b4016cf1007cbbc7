"""Does what only an administrator may in an acceptance test of AWS: starts functions, sets alarms, sends a message, empties the bucket."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
import requests

from cli.acceptance.commands import PATIENCE
from cli.acceptance.runner import StepFailed, wait_for
from cli.deployment.clouds.aws.clients import ClientFactory
from cli.deployment.clouds.aws.target import AwsTarget
from cli.deployment.secrets_setup import ALL_NAMES
from core.delivery_headers import delivery_headers

_POISON = "acceptance: not a message of the webhook"


class AwsAdministrator:
    """The administrator of one environment. Every method raises TelemetryError or an error of boto3."""

    def __init__(self, client: ClientFactory, target: AwsTarget, account: str) -> None:
        """Prepare; `target` has the environment and the endpoint of an emulator."""
        self._client = client
        self._target = target
        self._prefix = f"telemetry-{target.environment_id}"
        self._account = account
        self._place = {
            "endpoint_url": target.settings.aws_endpoint_url or None,
            "region_name": client("sts").meta.region_name,
        }

    def refuses_secrets(self, keys: Mapping[str, str]) -> bool:
        """Return whether the credentials, by boto3's names, may read no parameter of the environment."""
        ssm: Any = boto3.client("ssm", **self._place, **keys)  # type: ignore[call-overload]
        for name in ALL_NAMES:
            try:
                ssm.get_parameter(Name=f"/telemetry/{self._target.environment_id}/{name}", WithDecryption=True)
            except ssm.exceptions.ClientError as error:
                if error.response["Error"]["Code"] != "AccessDeniedException":
                    raise
            else:
                return False
        return True

    def canary(self) -> str:
        """Start the canary function, and wait until the job canary finds the canary's receipt."""
        functions, name = self._client("lambda"), f"{self._prefix}-canary"
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        reached = {**variables, "WEBHOOK_URL": self._target.webhook_url(variables["WEBHOOK_URL"])}
        try:
            if reached != variables:  # the host name of the emulator's API does not resolve
                functions.update_function_configuration(FunctionName=name, Environment={"Variables": reached})
            if self._invoke(name, {}) != {"sent": True}:
                raise StepFailed("the canary was not sent: see its log")
        finally:
            if reached != variables:
                functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
        job = {"job": "canary"}
        wait_for(lambda: str(self._invoke(f"{self._prefix}-schedule", job).get("done") or ""), PATIENCE)
        note = (
            "; for this step it got a URL that resolves, which the emulator's does not" if reached != variables else ""
        )
        return f"sent, processed, and its receipt was found{note}"

    def ping(self, secret: str) -> str:
        """Return which secret verified a ping that is signed with `secret`: `newest` or `older`; empty if none did."""
        body = b'{"zen": "acceptance"}'
        answer = requests.post(
            self._webhook_url(), data=body, headers=delivery_headers("ping", body, secret), timeout=30
        )
        return str(answer.json().get("secret", "")) if answer.status_code == 200 else ""

    def set_off_alarms(self) -> str:
        """Set each alarm to ALARM, which notifies whoever it notifies, and back to OK."""
        alarms, client = self._alarms(), self._client("cloudwatch")
        if not alarms:
            raise StepFailed("there is no alarm")
        for name in (alarm["AlarmName"] for alarm in alarms):
            client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="acceptance test")
            [alarm] = client.describe_alarms(AlarmNames=[name])["MetricAlarms"]
            client.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="acceptance test")
            if alarm["StateValue"] != "ALARM":
                raise StepFailed(f"{name} is {alarm['StateValue']}")
        acting = sum(bool(alarm.get("AlarmActions")) for alarm in alarms)
        return f"{len(alarms)} alarms, of which {acting} notify somebody"

    def wait_for_alarm(self, name: str) -> str:
        """Wait until an alarm fires; return its name."""
        full_name = f"{self._prefix}-{name}"

        def fired() -> str:
            [alarm] = self._client("cloudwatch").describe_alarms(AlarmNames=[full_name])["MetricAlarms"]
            return full_name if alarm["StateValue"] == "ALARM" else ""

        return wait_for(fired, PATIENCE, pause=15)

    def send_malformed_message(self) -> None:
        """Send a message to the queue of events that the worker can never process."""
        url = self._client("sqs").get_queue_url(QueueName=self._prefix)["QueueUrl"]
        self._client("sqs").send_message(QueueUrl=url, MessageBody=_POISON)

    def empty_bucket(self) -> str:
        """Delete every version of every object of the environment's own bucket, which Terraform then deletes."""
        name = f"{self._prefix}-{self._account}"
        s3: Any = boto3.resource("s3", **self._place)  # type: ignore[call-overload]
        if name not in [bucket.name for bucket in s3.buckets.all()]:
            return "the environment has no bucket"
        pages = s3.Bucket(name).object_versions.delete()
        return f"{sum(len(page.get('Deleted', [])) for page in pages)} versions of objects deleted"

    def nothing_left(self) -> str:
        """Check that no function, alarm, queue or parameter of the environment exists."""
        names = [alarm["AlarmName"] for alarm in self._alarms()]
        for page in self._client("lambda").get_paginator("list_functions").paginate():
            names += [function["FunctionName"] for function in page["Functions"]]
        queues = self._client("sqs").list_queues(QueueNamePrefix=self._prefix).get("QueueUrls", [])
        names += [url.rpartition("/")[2] for url in queues]
        for parameters in self._client("ssm").get_paginator("describe_parameters").paginate():
            names += [parameter["Name"] for parameter in parameters["Parameters"]]
        own = (f"{self._prefix}-", f"/telemetry/{self._target.environment_id}/")
        if left := sorted(name for name in names if name == self._prefix or name.startswith(own)):
            raise StepFailed(f"still there: {', '.join(left)}")
        return "no function, alarm, queue or parameter"

    def _alarms(self) -> list[dict[str, Any]]:
        pages = self._client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{self._prefix}-")
        return [alarm for page in pages for alarm in page["MetricAlarms"]]

    def _invoke(self, name: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._client("lambda").invoke(FunctionName=name, Payload=json.dumps(payload).encode())
        content = json.loads(answer["Payload"].read())
        return content if isinstance(content, dict) else {}

    def _webhook_url(self) -> str:
        for page in self._client("apigatewayv2").get_paginator("get_apis").paginate():
            for api in page["Items"]:
                if api["Name"].startswith(self._prefix):
                    return self._target.webhook_url(f"{api['ApiEndpoint']}/telemetry")
        raise StepFailed("there is no HTTP API")
