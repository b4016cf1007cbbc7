"""The zips as they are deployed: built by the command, unpacked, and run with nothing else on the path."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.secrets_cache import WEBHOOK_SECRET
from core.webhook import sign
from runtimes.aws.ssm_secrets import parameter_name
from runtimes.local import wiring
from tests.builders import SECRET, settings
from tests.conftest import free_port, missing
from tests.environment import PATIENCE

ROOT = Path(__file__).parents[3]
NO_REGISTRY = ("NewConnectionError", "Temporary failure in name resolution", "Network is unreachable")
ALONE = "import json, sys; sys.path[:] = [sys.argv[1], *(p for p in sys.path if 'site-packages' not in p)]\n"
WEBHOOK = """
from runtimes.aws import webhook
answer = webhook.handler(json.load(sys.stdin), None)
elsewhere = [m.__name__ for m in sys.modules.values() if "site-packages" in (getattr(m, "__file__", None) or "")]
compiled = webhook.__spec__.cached
print(json.dumps([answer["statusCode"], elsewhere, compiled]))
"""
WORKER = """
from runtimes.aws import schedule, worker, worker_wiring
services = worker_wiring.worker_services()
import boto3, filelock, nodesemver, pydantic_settings, requests
for name in ("s3", "sqs", "ssm", "sts"):
    boto3.client(name)
ours = [m.__file__.startswith(sys.argv[1]) for m in (boto3, filelock, nodesemver, pydantic_settings, requests, worker)]
class Context:
    def get_remaining_time_in_millis(self):
        return 300_000
print(json.dumps([worker.handler({"Records": []}, Context()), all(ours)]))
"""


def package(folder: Path, target: str = "local", **more: str) -> Path:
    command = [sys.executable, "-m", "cli", "package", target, "--out", str(folder)]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | more
    done = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    if any(words in done.stderr for words in NO_REGISTRY):
        missing("the worker's packages", "a package registry cannot be reached: see `pip config list`")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package(tmp_path_factory.mktemp("packaged"))


@pytest.fixture
def environment(emulator: wiring.Clients, tmp_path: Path) -> Iterator[dict[str, str]]:
    name = f"p{free_port()}"
    queues = wiring.make_queues(emulator.sqs, settings(environment_id=name))
    emulator.ssm.put_parameter(Name=parameter_name(name, WEBHOOK_SECRET), Value=SECRET, Type="SecureString")
    yield {
        "PATH": os.defpath,
        "AWS_ENDPOINT_URL": emulator.sqs.meta.endpoint_url,
        "AWS_ACCESS_KEY_ID": "accesskey",
        "AWS_SECRET_ACCESS_KEY": "secretkey",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "ENVIRONMENT_ID": name,
        "QUEUE_URL": queues.queue,
        "DEAD_LETTERS_URL": queues.dead_letters,
        "STORE": "directory",
        "STORE_DIRECTORY": str(tmp_path / "stored"),
    }
    emulator.sqs.delete_queue(QueueUrl=queues.queue)
    emulator.sqs.delete_queue(QueueUrl=queues.dead_letters)


def run(zipped: Path, script: str, environment: dict[str, str], folder: Path, event: object = None) -> Any:
    """In a process that finds the standard library and what was unpacked, and nothing else."""
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(folder)
    command = [sys.executable, "-I", "-S", "-c", ALONE + script, str(folder)]
    options = {"env": environment, "cwd": folder, "input": json.dumps(event)}
    done = subprocess.run(command, **options, capture_output=True, text=True, timeout=PATIENCE, check=False)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def delivery() -> dict[str, Any]:
    repository = {"id": 1, "name": "r", "owner": {"login": "o"}}
    body = json.dumps({"action": "completed", "check_suite": {"id": 1}, "repository": repository})
    headers = {"x-github-event": "check_suite", "x-hub-signature-256": sign(body.encode(), SECRET)}
    return {"version": "2.0", "headers": headers, "body": body, "isBase64Encoded": False}


def test_packaged_twice_in_two_folders_the_bytes_are_equal(packaged: Path, tmp_path: Path) -> None:
    """The second build runs pip, because its cache is empty; the third cannot run it, and reads the cache."""
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    again = package(tmp_path / "again", **cache)
    cached = package(tmp_path / "cached", **cache, PIP_NO_INDEX="1", PIP_FIND_LINKS="")
    for name in ("webhook.zip", "worker.zip"):
        assert (packaged / name).read_bytes() == (again / name).read_bytes() == (cached / name).read_bytes()


@pytest.mark.emulator
def test_the_webhook_answers_202_with_nothing_but_its_zip(
    packaged: Path, environment: dict[str, str], emulator: wiring.Clients, tmp_path: Path
) -> None:
    said = run(packaged / "webhook.zip", WEBHOOK, environment, tmp_path / "unpacked", delivery())
    status, elsewhere, compiled = said
    assert (status, elsewhere) == (202, [])
    assert Path(compiled).exists()
    queued = emulator.sqs.receive_message(QueueUrl=environment["QUEUE_URL"], WaitTimeSeconds=5)["Messages"]
    assert len(queued) == 1


@pytest.mark.emulator
def test_the_worker_starts_with_nothing_but_its_zip(
    packaged: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    said = run(packaged / "worker.zip", WORKER, environment, tmp_path / "unpacked")
    assert said == [{"batchItemFailures": []}, True]


def test_no_part_of_the_project_that_is_not_deployed_is_inside(packaged: Path) -> None:
    for name in ("webhook.zip", "worker.zip"):
        with zipfile.ZipFile(packaged / name) as archive:
            names = archive.namelist()
        elsewhere = ("tests/", "docs/", "benchmarks/", "terraform/", "runtimes/local/", "runtimes/gcp/", "bin/")
        assert [name for name in names if name.startswith(elsewhere)] == []
        assert [name for name in names if name.endswith((".dist-info/RECORD", ".dist-info/INSTALLER", ".env"))] == []
