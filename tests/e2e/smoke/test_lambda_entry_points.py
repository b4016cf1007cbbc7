"""The Lambda entry points as AWS calls them: wired by the environment alone, as Lambda calls them, against the emulator."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from cli.samples import SAMPLE
from core.secrets_cache import SOURCE_TOKEN, WEBHOOK_SECRET
from core.webhook import sign
from runtimes.aws import webhook, webhook_wiring, worker, worker_wiring
from runtimes.local import wiring as local
from tests.builders import SECRET, settings
from tests.conftest import free_port
from tests.e2e.server import records

pytestmark = pytest.mark.emulator

CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 300_000)
"""https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""


class Deployed(NamedTuple):
    """What Terraform would have made."""

    clients: local.Clients
    queues: local.Queues
    prefix: str


@pytest.fixture
def deployed(emulator: local.Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    environment = f"l{free_port()}"
    queues = local.make_queues(emulator.sqs, settings(environment_id=environment))
    variables = {
        "AWS_ENDPOINT_URL": emulator.sqs.meta.endpoint_url,
        "AWS_ACCESS_KEY_ID": "accesskey",
        "AWS_SECRET_ACCESS_KEY": "secretkey",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "ENVIRONMENT_ID": environment,
        "QUEUE_URL": queues.queue,
        "DEAD_LETTERS_URL": queues.dead_letters,
        "STORE_DIRECTORY": str(tmp_path / "stored"),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    webhook_wiring.webhook_services.cache_clear()
    worker_wiring.worker_services.cache_clear()
    yield Deployed(emulator, queues, f"/telemetry/{environment}/")
    webhook_wiring.webhook_services.cache_clear()
    worker_wiring.worker_services.cache_clear()


def post(event: str, body: bytes, secret: str = SECRET) -> dict[str, Any]:
    headers = {"content-type": "application/json", "x-github-event": event, "x-hub-signature-256": sign(body, secret)}
    request = {"version": "2.0", "headers": headers, "body": body.decode(), "isBase64Encoded": False}
    return webhook.handler(request, None)


def batch(deployed: Deployed) -> dict[str, Any]:
    """What an event source mapping would hand to the worker."""
    answer = deployed.clients.sqs.receive_message(
        QueueUrl=deployed.queues.queue,
        MaxNumberOfMessages=10,
        MessageSystemAttributeNames=["ApproximateReceiveCount"],
    )
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
            }
            for message in answer["Messages"]
        ]
    }


def test_without_a_secret_every_delivery_is_a_503(deployed: Deployed) -> None:
    assert post("check_suite", SAMPLE.read_bytes())["statusCode"] == 503
    deployed.clients.ssm.put_parameter(Name=deployed.prefix + WEBHOOK_SECRET, Value="unset", Type="SecureString")
    answer = post("check_suite", SAMPLE.read_bytes())
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "60")


def test_a_delivery_passes_both_functions(deployed: Deployed, tmp_path: Path) -> None:
    deployed.clients.ssm.put_parameter(Name=deployed.prefix + WEBHOOK_SECRET, Value=SECRET, Type="SecureString")
    assert post("check_suite", SAMPLE.read_bytes(), secret="wrong")["statusCode"] == 401
    answer = post("check_suite", SAMPLE.read_bytes())
    assert (answer["statusCode"], json.loads(answer["body"])["status"]) == (202, "accepted")
    assert worker.handler(batch(deployed), CONTEXT) == {"batchItemFailures": []}
    assert [record["output"]["id"] for record in records(tmp_path / "stored").values()] == [118578147]


def test_an_event_that_needs_a_token_which_is_unset_waits(deployed: Deployed, tmp_path: Path) -> None:
    """Never read anonymously in a cloud: a private repository would look as if it had no file."""
    deployed.clients.ssm.put_parameter(Name=deployed.prefix + WEBHOOK_SECRET, Value=SECRET, Type="SecureString")
    deployed.clients.ssm.put_parameter(Name=deployed.prefix + SOURCE_TOKEN, Value="unset", Type="SecureString")
    body = b'{"owner":"octo-org","repo":"hello-world"}'
    headers = {"x-deven-event": "tooling-usage", "x-hub-signature-256": sign(body, SECRET)}
    event = {"headers": headers, "body": body.decode(), "isBase64Encoded": False}
    assert webhook.handler(event, None)["statusCode"] == 202
    taken = batch(deployed)
    failed = worker.handler(taken, CONTEXT)["batchItemFailures"]
    assert failed == [{"itemIdentifier": taken["Records"][0]["messageId"]}]
    assert records(tmp_path / "stored") == {}
