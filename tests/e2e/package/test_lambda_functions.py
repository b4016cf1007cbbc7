"""The zips as Lambda runs them: AWS's own runtime client asks a runtime API for events, within the deployed memory."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.lambda_runtime import packaged as started
from core.message import encode
from core.secrets_cache import DATA_TOKEN, SOURCE_TOKEN
from fakes.github.server import FakeGitHub
from fakes.github.transport import serve
from runtimes.aws.ssm_secrets import parameter_name
from runtimes.local import wiring
from tests.builders import signed_now, webhook
from tests.e2e.package.test_package import delivery, environment, packaged

__all__ = ["environment", "packaged"]
pytestmark = pytest.mark.emulator
TOKEN = "the-token"
OWNER, DATA = "octo-org", "telemetry-data"
OBSERVED = """
import sys
from {module} import handler as observed

def handler(event, context):
    before = set(sys.modules)
    try:
        response = observed(event, context)
        outcome = response.get("statusCode", "done")
    except Exception as error:
        outcome = type(error).__name__
    return {{"outcome": outcome, "imported": sorted(set(sys.modules) - before)}}
"""
"""Calls a function and returns the modules that it imported meanwhile."""
OUTCOMES = {"webhook": 202, "canary": "Unavailable", "worker": "done", "schedule": "done"}
"""The canary's webhook does not answer here."""
WORKED = {
    "check_suite": "check_suite",
    "create_tag": "create",
    "deployment_status": "deployment_status",
    "issues": "issues",
    "pull_request_merged": "pull_request",
    "workflow_job": "workflow_job",
}
"""Events that the worker gets, by file of tests/webhooks."""
FUNCTIONS = {
    "webhook": ("webhook", "runtimes.aws.webhook.handler"),
    "canary": ("webhook", "runtimes.aws.canary.handler"),
    "worker": ("worker", "runtimes.aws.worker.handler"),
    "schedule": ("worker", "runtimes.aws.schedule.handler"),
}
WORKER_MEMORY = 512
"""Megabytes: runtime.worker_memory of terraform/aws/variables.tf."""
MEGABYTES_OF_A_CPU = 1769
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html."""


@pytest.fixture(scope="module")
def unpacked(packaged: Path) -> Path:
    for path in packaged.glob("*.zip"):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(packaged / path.stem)
    return packaged


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    fake = FakeGitHub(token=TOKEN)
    fake.state.data_repository(f"{OWNER}/{DATA}")
    with serve(fake) as url:
        fake.api_url = url
        yield fake


@pytest.fixture
def variables(environment: dict[str, str], emulator: wiring.Clients, github: FakeGitHub) -> dict[str, str]:
    for name in (SOURCE_TOKEN, DATA_TOKEN):
        parameter = parameter_name(environment["ENVIRONMENT_ID"], name)
        emulator.ssm.put_parameter(Name=parameter, Value=TOKEN, Type="SecureString", Overwrite=True)
    return environment | {
        "STORE": "github",
        "REPO_OWNER": OWNER,
        "REPO_NAME": DATA,
        "GITHUB_API_URL": github.api_url,
        "WEBHOOK_URL": "http://127.0.0.1:9/telemetry",
        "RETRIES_URL": environment["QUEUE_URL"],
    }


def record(name: str, number: int, **changes: Any) -> dict[str, Any]:
    """A message of SQS with the event of tests/webhooks/NAME.json."""
    event = signed_now(f"github::{WORKED[name]}", webhook(name, **changes))
    fields = {"messageId": str(number), "receiptHandle": str(number), "body": encode(event)}
    return fields | {"attributes": {"ApproximateReceiveCount": "1"}, "eventSourceARN": "arn:aws:sqs:::events"}


EVENTS: dict[str, Any] = {
    "webhook": delivery(),
    "canary": {},
    "worker": {"Records": [record(name, number) for number, name in enumerate(WORKED)]},
    "schedule": {"job": "canary"},
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_module_is_imported_after_init(unpacked: Path, variables: dict[str, str], name: str) -> None:
    archive, handler = FUNCTIONS[name]
    (unpacked / archive / "observed.py").write_text(OBSERVED.format(module=handler.rpartition(".")[0]))
    with started("observed.handler", unpacked / archive, variables) as function:
        answered = json.loads(function.invoke(EVENTS[name]).body)
    assert answered["outcome"] == OUTCOMES[name]
    assert answered["imported"] == []


def test_a_worker_of_512_mb_stores_500_messages_in_one_commit(
    unpacked: Path, variables: dict[str, str], github: FakeGitHub
) -> None:
    git = github.state.data_repository(f"{OWNER}/{DATA}").git
    assert git is not None
    before = len(git.log("main"))
    share = WORKER_MEMORY / MEGABYTES_OF_A_CPU
    handler = FUNCTIONS["worker"][1]
    with started(handler, unpacked / "worker", variables, cpus=share, megabytes=WORKER_MEMORY) as function:
        records = [record("check_suite", number, check_suite__id=10_000 + number) for number in range(500)]
        answered = function.invoke({"Records": records})
        assert (answered.failed, json.loads(answered.body)) == (False, {"batchItemFailures": []})
        assert function.peak < WORKER_MEMORY
    assert len(git.log("main")) == before + 1
    stored = [path for path in git.files("main") if "/check-suite/" in path]
    assert len(stored) == 500
