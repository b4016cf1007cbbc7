"""The real Terraform and the real provider, applied to an emulator of AWS under strict IAM, and to an emulated GitHub."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.samples import SAMPLE
from core.jobs import all_jobs
from core.message import encode
from tests.builders import signed_now, webhook
from tests.embedded_metrics import metrics
from tests.github_emulator import OWNER, TOKEN, GitHubEmulator
from tests.terraform.conftest import DATA, Deployed
from tests.terraform.deployment import PATIENCE, Deployment, wait_for

pytestmark = [pytest.mark.emulator, pytest.mark.npm, pytest.mark.terraform]


def test_an_event_sent_to_the_deployed_webhook_is_stored(deployed: Deployment) -> None:
    output = deployed.telemetry("smoke", "local", "--wait", str(PATIENCE))
    assert f"in {OWNER}/{DATA}" in output
    assert "stored as data/telemetry-functions/smoke-test/check-suite/" in output


def test_no_secret_is_in_the_state(deployed: Deployment) -> None:
    states = list((deployed.folder / ".telemetry").rglob("*.tfstate*"))
    text = "".join(path.read_text() for path in states)
    assert states
    assert deployed.secret() not in text
    assert TOKEN not in text


def test_a_rotated_secret_and_its_predecessor_verify_and_the_plan_is_empty(deployed: Deployment) -> None:
    first = deployed.secret()
    deployed.telemetry("secrets", "local", "--rotate")
    second = deployed.secret()
    body = SAMPLE.read_bytes()
    assert first != second
    accepted = [
        wait_for(lambda newest=newest: deployed.post(body, newest).status_code == 202, "the secret")
        for newest in (second, first)
    ]
    assert accepted == [True, True]
    assert deployed.post(body, "another").status_code == 401
    assert "No changes." in deployed.telemetry("plan", "local")
    assert "stays" in deployed.telemetry("secrets", "local")
    assert deployed.secret() == second


def test_the_api_answers_bad_signatures_and_other_paths(deployed: Deployment) -> None:
    assert deployed.post(b"{}", "wrong").status_code == 401
    assert deployed.post(b"{}", "wrong", "/other").status_code == 404


def letter(deployed: Deployment, body: str) -> Any:
    """The dead letter with this body, visible again at once; None while there is none."""
    sqs, url = deployed.client("sqs"), deployed.queue("-dead-letters")
    response = sqs.receive_message(
        QueueUrl=url, MessageAttributeNames=["All"], MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return next((message for message in response.get("Messages", []) if message["Body"] == body), None)


def test_a_malformed_event_is_dead_lettered_at_once_and_replayed(deployed: Deployment) -> None:
    deployed.client("sqs").send_message(QueueUrl=deployed.queue(), MessageBody="poison")
    first = wait_for(lambda: letter(deployed, "poison"), "the dead letter")
    reason = first["MessageAttributes"]["reason"]["StringValue"]
    assert reason in deployed.telemetry("replay-dead-letters", "local", "--dry-run")
    assert letter(deployed, "poison")["MessageId"] == first["MessageId"]
    assert reason in deployed.telemetry("replay-dead-letters", "local")
    again = wait_for(lambda: letter(deployed, "poison"), "the letter that the worker buried again")
    assert again["MessageId"] != first["MessageId"]


def test_a_dead_letter_is_stored_after_a_fix_and_replay(deployed: Deployment, github: GitHubEmulator) -> None:
    event = signed_now("github::check_suite", webhook("check_suite", check_suite__id=77_001))
    attributes = {"reason": {"DataType": "String", "StringValue": "the repository was gone"}}
    deployed.client("sqs").send_message(
        QueueUrl=deployed.queue("-dead-letters"), MessageBody=encode(event), MessageAttributes=attributes
    )
    assert "the repository was gone" in deployed.telemetry("replay-dead-letters", "local")
    wait_for(lambda: any("/77001-" in path for path in github.paths(DATA)), "the record")


@contextmanager
def refused_writes(both: Deployed) -> Iterator[None]:
    """Refuse all writes to the data repository, until at least one was refused."""
    before = both.mood.refused
    both.mood.refusing = f"/repos/{OWNER}/{DATA}/"
    try:
        yield
        wait_for(lambda: both.mood.refused > before, "a write that is refused")
    finally:
        both.mood.refusing = ""


def test_a_data_repository_that_refuses_writes_for_a_while_loses_nothing(both: Deployed) -> None:
    secret = both.local.secret()
    with refused_writes(both):
        answers = [both.local.post_sample(secret, id=88_000 + number).status_code for number in range(5)]
    assert answers == [202] * 5

    def stored() -> bool:
        return sum("/8800" in path for path in both.github.paths(DATA)) == 5

    wait_for(stored, "all five records")


SECRETS = "/telemetry/local/"


@pytest.mark.parametrize(
    ("function", "parameter"),
    [
        ("webhook", f"{SECRETS}github-access-token/source"),
        ("webhook", f"{SECRETS}github-access-token/data"),
        ("webhook", "/telemetry/other/github-webhook-secret-token"),
        ("webhook", f"{SECRETS}github-app-private-key"),
        ("worker", f"{SECRETS}github-webhook-secret-token"),
        ("canary", f"{SECRETS}github-access-token/source"),
        ("canary", f"{SECRETS}github-access-token/data"),
        ("canary", f"{SECRETS}github-app-private-key"),
        ("schedule", f"{SECRETS}github-webhook-secret-token"),
        ("schedule", "/telemetry/other/github-access-token/data"),
    ],
)
def test_a_function_may_not_read_what_it_does_not_need(deployed: Deployment, function: str, parameter: str) -> None:
    with pytest.raises(ClientError) as denied:
        deployed.as_function(function, "ssm").get_parameter(Name=parameter, WithDecryption=True)
    assert denied.value.response["Error"]["Code"] == "AccessDeniedException"


@pytest.mark.parametrize(
    ("function", "queue"),
    [
        ("worker", "telemetry-local"),
        ("canary", "telemetry-local"),
        ("webhook", "telemetry-local-dead-letters"),
        ("schedule", "telemetry-local-retries"),
    ],
)
def test_a_function_may_not_send_where_it_has_nothing_to_say(deployed: Deployment, function: str, queue: str) -> None:
    url = deployed.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
    with pytest.raises(ClientError) as denied:
        deployed.as_function(function, "sqs").send_message(QueueUrl=url, MessageBody="x")
    assert denied.value.response["Error"]["Code"].startswith("AccessDenied")


def test_a_canary_is_processed_without_a_record(deployed: Deployment, github: GitHubEmulator) -> None:
    """The emulator's API has a name that resolves nowhere: the function is told the address by which it does answer."""
    functions, name = deployed.client("lambda"), "telemetry-local-canary"
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    assert variables["WEBHOOK_URL"].endswith("/telemetry")
    functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": {**variables, "WEBHOOK_URL": deployed.url}}
    )
    answer = functions.invoke(FunctionName=name, Payload=b"{}")
    assert json.loads(answer["Payload"].read()) == {"sent": True}, deployed.printed("canary")
    receipt = wait_for(lambda: [path for path in github.paths(DATA) if "/canary-1" in path], "the receipt")
    assert receipt[0].startswith("data/_system/receipts/")
    looked = deployed.client("lambda").invoke(FunctionName="telemetry-local-schedule", Payload=b'{"job":"canary"}')
    assert json.loads(looked["Payload"].read()) == {"job": "canary", "done": 1}
    assert not [path for path in github.paths(DATA) if "canary" in path and "_system" not in path]


def test_one_invocation_with_five_hundred_messages_is_one_commit(deployed: Deployment, github: GitHubEmulator) -> None:
    def record(number: int) -> dict[str, Any]:
        event = signed_now("github::check_suite", webhook("check_suite", check_suite__id=10_000 + number))
        sqs_record = {
            "messageId": str(number),
            "receiptHandle": str(number),
            "attributes": {"ApproximateReceiveCount": "1"},
        }
        return sqs_record | {
            "body": encode(event),
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:telemetry-local",
        }

    before = len(github.log(DATA))
    payload = json.dumps({"Records": [record(number) for number in range(500)]})
    answer = deployed.client("lambda").invoke(FunctionName="telemetry-local-worker", Payload=payload)
    assert json.loads(answer["Payload"].read()) == {"batchItemFailures": []}
    assert len(github.log(DATA)) == before + 1
    # not the batch's receipt, whose name is a hash and may begin with 10
    stored = [path for path in github.paths(DATA) if "/check-suite/" in path and "/10" in path]
    assert len(stored) == 500


def test_the_job_queues_an_event_that_is_stored(deployed: Deployment, github: GitHubEmulator) -> None:
    answer = deployed.client("lambda").invoke(
        FunctionName="telemetry-local-schedule", Payload='{"job":"survey_tooling"}'
    )
    result = json.loads(answer["Payload"].read())
    assert result.get("job") == "survey_tooling", result
    assert result["done"] == 1
    wait_for(lambda: any("/tooling-usage/" in path for path in github.paths(DATA)), "the record")


def test_a_scheduled_job_that_fails_leaves_a_record_with_its_error(deployed: Deployment) -> None:
    scheduler, sqs = deployed.client("scheduler"), deployed.client("sqs")
    job = scheduler.get_schedule(GroupName="telemetry-local", Name="ledger")
    at = (datetime.now(UTC) - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S")
    scheduler.create_schedule(
        GroupName="telemetry-local",
        Name="once",
        ScheduleExpression=f"at({at})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={**job["Target"], "Input": '{"job":"nothing"}'},
    )

    def record() -> Any:
        queue = deployed.queue("-failed-invocations")
        messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
        return next((json.loads(message["Body"]) for message in messages), None)

    try:
        failed = wait_for(record, "the record of the failed run")
    finally:
        scheduler.delete_schedule(GroupName="telemetry-local", Name="once")
    assert failed["requestPayload"] == {"job": "nothing"}
    assert failed["requestContext"]["approximateInvokeCount"] == 3
    assert "there is no such job" in failed["responsePayload"]["errorMessage"]


def test_what_the_functions_wrote_is_printed_in_order_and_holds_no_secret(deployed: Deployment) -> None:
    assert deployed.post_sample(deployed.secret()).status_code == 202

    def printed() -> str:
        output = deployed.telemetry("logs", "local", "--function", "webhook", "--minutes", "5")
        return output if '"outcome":"accepted"' in output else ""

    lines = wait_for(printed, "the line").splitlines()
    assert lines == sorted(lines, key=lambda line: line.split()[0])
    assert {line.split()[1] for line in lines} == {"webhook"}
    assert deployed.secret() not in "".join(lines)
    assert "unknown function 'nobody'" in deployed.telemetry("logs", "local", "--function", "nobody", good=False)


Series = tuple[str, str, tuple[tuple[str, str], ...]]
"""Namespace, name and dimensions of a metric."""


def counted_metrics(lines: list[str]) -> set[Series]:
    """Return the metrics that CloudWatch would make of log lines."""
    found = [metric for line in lines if '"_aws"' in line for metric in metrics(json.loads(line))]
    return {(namespace, name, tuple(sorted(dimensions.items()))) for namespace, name, _, dimensions, _ in found}


def test_every_alarm_watches_a_resource_or_a_line_of_a_function(both: Deployed) -> None:
    """The emulator makes no metrics of log lines: CloudWatch would make exactly these."""
    deployment, secret = both.second, both.second.secret()
    ssm, parameter = deployment.client("ssm"), "/telemetry/second/github-webhook-secret-token"
    ssm.put_parameter(Name=parameter, Value="unset", Type="SecureString", Overwrite=True)
    try:
        refused = deployment.post(SAMPLE.read_bytes(), secret)
    finally:
        ssm.put_parameter(Name=parameter, Value=secret, Type="SecureString", Overwrite=True)
    assert refused.status_code == 503

    def leaked() -> bool:
        assert deployment.post(SAMPLE.read_bytes(), secret, X_Github_Encoded_Secret="c2VjcmV0").status_code == 202
        return any('"SecretLeaked"' in line for line in deployment.printed("webhook"))

    def ran(job: str) -> bool:
        deployment.client("lambda").invoke(FunctionName="telemetry-second-schedule", Payload=json.dumps({"job": job}))
        return any(f'"Job":"{job}"' in line for line in deployment.printed("schedule"))

    with refused_writes(both):
        assert both.local.post_sample(both.local.secret(), id=89_000).status_code == 202

    # under load the emulator keeps the last lines of a function until its next invocation
    wait_for(leaked, "the line of a leaked secret")
    for job in all_jobs():
        wait_for(lambda job=job: ran(job), f"the line of {job}")

    lines = [line for function in ("webhook", "schedule") for line in deployment.printed(function)]
    assert any(parameter in line for line in lines if '"unavailable"' in line)
    counted = counted_metrics(lines)
    # the worker of the other environment, whose store was unavailable, prints the age of the event that waits
    waited = wait_for(lambda: counted_metrics(both.local.printed("worker")), "the age of the oldest event")
    assert waited == {("Telemetry", "EventAge", (("Environment", "local"),))}
    counted.add(("Telemetry", "EventAge", (("Environment", "second"),)))
    queues = {url.rpartition("/")[2] for url in deployment.client("sqs").list_queues()["QueueUrls"]}
    functions = {
        configuration["FunctionName"] for configuration in deployment.client("lambda").list_functions()["Functions"]
    }
    alarms = deployment.client("cloudwatch").describe_alarms(AlarmNamePrefix="telemetry-second-")["MetricAlarms"]
    assert len(alarms) == 19
    for alarm in alarms:
        sides = {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}
        watched = (alarm["Namespace"], alarm["MetricName"], tuple(sorted(sides.items())))
        named = {"AWS/SQS": ("QueueName", queues), "AWS/Lambda": ("FunctionName", functions)}.get(alarm["Namespace"])
        assert watched in counted if named is None else sides[named[0]] in named[1], alarm["AlarmName"]


# Two environments side by side, and the bucket


def test_a_signed_event_is_read_back_from_the_bucket(both: Deployed) -> None:
    output = both.second.telemetry("smoke", "local", "--wait", str(PATIENCE))
    assert "stored as facts/telemetry-functions/smoke-test/check-suite/" in output
    assert "in telemetry-second-000000000000" in output


def test_one_environment_does_not_see_the_other(both: Deployed) -> None:
    first, second = both.local, both.second
    assert first.secret() != second.secret()
    assert second.post_sample(first.secret()).status_code == 401
    assert first.post_sample(second.secret()).status_code == 401
    with pytest.raises(ClientError, match="AccessDenied"):
        second.as_function("webhook", "ssm").get_parameter(
            Name=f"{SECRETS}github-webhook-secret-token", WithDecryption=True
        )
    with pytest.raises(ClientError, match="AccessDenied"):
        second.as_function("webhook", "sqs").send_message(QueueUrl=first.queue(), MessageBody="x")
    assert "No changes." in second.telemetry("plan", "local")


@pytest.mark.parametrize(
    ("location", "function"), [("second", "webhook"), ("second", "schedule"), ("local", "worker"), ("second", "worker")]
)
def test_no_role_can_write_outside_the_prefix_of_the_bucket(both: Deployed, location: str, function: str) -> None:
    s3 = getattr(both, location).as_function(function, "s3")
    for call in (
        lambda: s3.put_object(Bucket="telemetry-second-000000000000", Key="elsewhere/x", Body=b"x"),
        lambda: s3.get_object(Bucket="telemetry-second-000000000000", Key="elsewhere/x"),
        lambda: s3.list_objects_v2(Bucket="telemetry-second-000000000000"),
        lambda: s3.list_objects_v2(Bucket="telemetry-second-000000000000", Prefix="elsewhere/"),
        lambda: s3.delete_object(Bucket="telemetry-second-000000000000", Key="facts/x"),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            call()


# The analytics: MiniStack has the plumbing of Athena and Glue, and no Trino


def test_the_refresher_writes_tables_and_the_reader_only_reads_them(both: Deployed) -> None:
    workgroup, database = "telemetry-second", "telemetry_second"
    bucket, table = "telemetry-second-000000000000", {"Name": "deployment", "StorageDescriptor": {"Columns": []}}
    for name in ("analytics-refresher", "analytics-reader"):
        glue, athena = (both.second.as_function(name, service) for service in ("glue", "athena"))
        assert [entry["Name"] for entry in glue.get_tables(DatabaseName=database)["TableList"]][-1:] == ["landed"]
        limit = athena.get_work_group(WorkGroup=workgroup)["WorkGroup"]["Configuration"]["BytesScannedCutoffPerQuery"]
        assert limit == 100_000_000_000
        with pytest.raises(ClientError, match="AccessDenied"):
            athena.get_work_group(WorkGroup="primary")
    s3 = both.second.as_function("analytics-refresher", "s3")
    s3.put_object(Bucket=bucket, Key="facts/analytics/marts/x", Body=b"x")
    assert both.second.as_function("analytics-reader", "s3").get_object(Bucket=bucket, Key="facts/analytics/marts/x")
    s3.delete_object(Bucket=bucket, Key="facts/analytics/marts/x")
    reader = both.second.as_function("analytics-reader", "s3")
    for call in (
        lambda: both.second.as_function("analytics-reader", "glue").create_table(
            DatabaseName=database, TableInput=table
        ),
        lambda: reader.put_object(Bucket=bucket, Key="facts/analytics/marts/x", Body=b"x"),
        lambda: reader.list_objects_v2(Bucket=bucket, Prefix="facts/landing/"),
        lambda: s3.put_object(Bucket=bucket, Key="facts/landing/x", Body=b"x"),
        lambda: s3.get_object(Bucket=bucket, Key="facts/octo-org/x"),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            call()


def test_the_table_of_the_landing_is_where_the_worker_lands(both: Deployed) -> None:
    both.second.telemetry("smoke", "local", "--wait", str(PATIENCE))
    [table] = both.second.client("glue").get_tables(DatabaseName="telemetry_second", Expression="landed")["TableList"]
    place = table["StorageDescriptor"]["Location"].removeprefix("s3://telemetry-second-000000000000/")
    pages = both.second.client("s3").get_paginator("list_objects_v2").paginate(Bucket="telemetry-second-000000000000")
    landed = [entry["Key"] for page in pages for entry in page["Contents"] if entry["Key"].startswith(place)]
    template = table["Parameters"]["storage.location.template"].rpartition(place)[2]
    pattern = template.replace("${day}", r"\d{4}-\d{2}-\d{2}").replace("${hour}", r"\d{2}")
    assert landed
    assert [key for key in landed if not re.match(pattern, key.removeprefix(place))] == []
