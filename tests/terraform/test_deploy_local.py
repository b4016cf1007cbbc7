"""The real Terraform and the real provider, applied to an emulator of AWS under strict IAM, and to an emulated GitHub."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from core.webhook import sign
from runtimes.local.samples import SAMPLE
from tests.conftest import free_port, missing
from tests.e2e.server import wait_for
from tests.github_emulator import OWNER, SOURCE, TOKEN, GitHubEmulator

pytestmark = [pytest.mark.emulator, pytest.mark.npm, pytest.mark.terraform]
DATA = "deployed-data"


class Deployment:
    """`telemetry …` in a folder of its own, with settings of its own."""

    def __init__(self, folder: Path, github: GitHubEmulator) -> None:
        self.folder = folder
        self.endpoint = f"http://127.0.0.1:{free_port()}"
        kept = ("PATH", "TF_PLUGIN_DIR", "PIP_FIND_LINKS", "PIP_CERT", "PIP_INDEX_URL", "HOME")
        self.environment = {name: os.environ[name] for name in kept if name in os.environ} | {
            "AWS_ENDPOINT_URL": self.endpoint,
            "STORE": "github",
            "REPO_OWNER": OWNER,
            "REPO_NAME": DATA,
            "REPO_PATH": "data",
            "GITHUB_API_URL": github.url,
            "GITHUB_ACCESS_TOKEN": TOKEN,
            "REPO_WRITE_ACCESS_TOKEN": TOKEN,
            "WATCHED_REPOSITORIES": f"{OWNER}/{SOURCE}",
            "NO_COLOR": "1",
        }

    def telemetry(self, *arguments: str, good: bool = True) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "runtimes.local", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert (done.returncode == 0) is good, f"{arguments}: {done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout + done.stderr

    def client(self, service: str, **credentials: str) -> Any:
        told = credentials or {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=self.endpoint, region_name="us-east-1", **told)

    def as_function(self, name: str, service: str) -> Any:
        """A client with the rights of a deployed function."""
        role = f"arn:aws:iam::000000000000:role/telemetry-local-{name}"
        told = self.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return self.client(
            service,
            aws_access_key_id=told["AccessKeyId"],
            aws_secret_access_key=told["SecretAccessKey"],
            aws_session_token=told["SessionToken"],
        )

    def post(self, body: bytes, secret: str, path: str = "/telemetry") -> requests.Response:
        told = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "check_suite",
            "X-Hub-Signature-256": sign(body, secret),
        }
        return requests.post(self.url.removesuffix("/telemetry") + path, data=body, headers=told, timeout=30)

    url = ""


def deploy(place: Deployment) -> str:
    try:
        return place.telemetry("deploy", "local")
    except AssertionError as error:
        if "Failed to query available provider packages" not in str(error):
            raise
        pytest.skip(
            "Terraform's AWS provider is not to be had: reach a provider registry, or set TF_PLUGIN_DIR to a mirror"
        )
        raise


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory, github: GitHubEmulator) -> Iterator[Deployment]:
    if shutil.which("terraform") is None:
        missing("Terraform", "install 1.11 or newer")
    github.make(DATA)
    place = Deployment(tmp_path_factory.mktemp("deployed"), github)
    place.telemetry("package", "local")
    try:
        told = deploy(place)
        found = re.search(r"^Payload URL of the webhook: +(\S+)$", told, re.MULTILINE)
        assert found, told[-2000:]
        place.url = found[1]
        yield place
    finally:
        place.telemetry("destroy", "local")
        assert not (place.folder / ".telemetry" / "local-aws").exists()


def secret(place: Deployment) -> str:
    return place.telemetry("secrets", "local", "--show").strip()


def test_a_signed_event_to_the_deployed_webhook_is_read_back_from_the_data_repository(deployed: Deployment) -> None:
    told = deployed.telemetry("smoke", "local")
    assert f"in {OWNER}/{DATA}" in told
    assert "stored as data/telemetry-functions/smoke-test/check-suite/" in told


def test_the_second_plan_is_empty_and_no_secret_is_in_the_state(deployed: Deployment) -> None:
    assert "No changes." in deployed.telemetry("plan", "local")
    states = list((deployed.folder / ".telemetry").rglob("*.tfstate*"))
    text = "".join(path.read_text() for path in states)
    assert states
    assert secret(deployed) not in text
    assert TOKEN not in text


def test_a_rotated_secret_verifies_beside_the_one_before_it(deployed: Deployment) -> None:
    first = secret(deployed)
    deployed.telemetry("secrets", "local", "--rotate")
    second = secret(deployed)
    body = SAMPLE.read_bytes()
    assert first != second
    accepted = [
        wait_for(lambda each=each: deployed.post(body, each).status_code == 202, "the secret")
        for each in (second, first)
    ]
    assert accepted == [True, True]
    assert deployed.post(body, "another").status_code == 401
    assert "No changes." in deployed.telemetry("plan", "local")
    assert "stays" in deployed.telemetry("secrets", "local")
    assert secret(deployed) == second


def test_the_api_answers_bad_signatures_and_other_paths(deployed: Deployment) -> None:
    assert deployed.post(b"{}", "wrong").status_code == 401
    assert deployed.post(b"{}", "wrong", "/other").status_code == 404


def test_poison_is_a_dead_letter_at_once_with_its_reason(deployed: Deployment) -> None:
    sqs = deployed.client("sqs")
    queues = {url.rpartition("/")[2]: url for url in sqs.list_queues()["QueueUrls"]}
    sqs.send_message(QueueUrl=queues["telemetry-local"], MessageBody="poison")

    def dead() -> Any:
        told = sqs.receive_message(QueueUrl=queues["telemetry-local-dead-letters"], MessageAttributeNames=["All"])
        return told.get("Messages")

    [message] = wait_for(dead, "the dead letter")
    assert message["Body"] == "poison"
    reason = message["MessageAttributes"]["reason"]["StringValue"]
    sqs.change_message_visibility(
        QueueUrl=queues["telemetry-local-dead-letters"], ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
    )
    assert reason in deployed.telemetry("replay-dead-letters", "local", "--dry-run")


SECRETS = "/telemetry/local/"


@pytest.mark.parametrize(
    ("function", "parameter"),
    [
        ("webhook", f"{SECRETS}github-access-token/source"),
        ("webhook", f"{SECRETS}github-access-token/data"),
        ("webhook", "/telemetry/other/github-webhook-secret-token"),
        ("worker", f"{SECRETS}github-webhook-secret-token"),
        ("schedule", f"{SECRETS}github-webhook-secret-token"),
        ("schedule", f"{SECRETS}github-access-token/data"),
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
        ("webhook", "telemetry-local-dead-letters"),
        ("schedule", "telemetry-local-retries"),
    ],
)
def test_a_function_may_not_send_where_it_has_nothing_to_say(deployed: Deployment, function: str, queue: str) -> None:
    url = deployed.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
    with pytest.raises(ClientError) as denied:
        deployed.as_function(function, "sqs").send_message(QueueUrl=url, MessageBody="x")
    assert denied.value.response["Error"]["Code"].startswith("AccessDenied")


def test_one_invocation_with_five_hundred_messages_is_one_commit(deployed: Deployment, github: GitHubEmulator) -> None:
    from core.message import encode
    from tests.building import signed, webhook

    def record(number: int) -> dict[str, Any]:
        event = signed("github::check_suite", webhook("check_suite", check_suite__id=10_000 + number))
        told = {"messageId": str(number), "receiptHandle": str(number), "attributes": {"ApproximateReceiveCount": "1"}}
        return told | {"body": encode(event), "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:telemetry-local"}

    before = len(github.log(DATA))
    payload = json.dumps({"Records": [record(number) for number in range(500)]})
    answer = deployed.client("lambda").invoke(FunctionName="telemetry-local-worker", Payload=payload)
    assert json.loads(answer["Payload"].read()) == {"batchItemFailures": []}
    assert len(github.log(DATA)) == before + 1
    stored = [path for path in github.records(DATA) if "/10" in path]
    assert len(stored) == 500


def test_the_job_queues_an_event_that_is_stored(deployed: Deployment, github: GitHubEmulator) -> None:
    answer = deployed.client("lambda").invoke(
        FunctionName="telemetry-local-schedule", Payload='{"job":"survey_tooling"}'
    )
    told = json.loads(answer["Payload"].read())
    assert told.get("job") == "survey_tooling", told
    assert told["done"] == 1
    wait_for(lambda: any("/tooling-usage/" in path for path in github.records(DATA)), "the record", limit=90)
