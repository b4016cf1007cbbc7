"""Deployments to the emulator that end half-way: responses are lost, Terraform is killed, the emulator is killed."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from cli.deployment.clouds.local.target import EMULATOR_STATE
from tests.conftest import missing
from tests.environment import PATIENCE
from tests.strict_emulator import strict_emulator
from tests.terraform.deployment import Deployment, wait_for, without_packages
from tests.terraform.lossy_proxy import LossyProxy, Request, lossy

pytestmark = [pytest.mark.emulator, pytest.mark.terraform]


class Lossy(NamedTuple):
    """A deployment whose emulator is reached through a proxy."""

    deployment: Deployment
    proxy: LossyProxy


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lossy]:
    if shutil.which("terraform") is None:
        missing("Terraform", "install 1.11 or newer")
    with (
        strict_emulator(tmp_path / EMULATOR_STATE, ephemeral=False) as (emulator, root),
        lossy(emulator.endpoint, root, lambda _: False) as proxy,
    ):
        cache = without_packages(tmp_path / "cache", monkeypatch)
        yield Lossy(Deployment(tmp_path, STORE="s3", AWS_ENDPOINT_URL=proxy.url, **cache), proxy)
        [built] = tmp_path.glob("build/*/worker.zip")
        assert built.stat().st_size < 10_000_000, "the cache was not used"


def test_a_deployment_whose_every_creation_loses_its_response_succeeds(deployment: Lossy) -> None:
    deployment.proxy.loses = lambda request: request.creates
    deployment.deployment.deployed(deployment.deployment.begun("deploy", "local"))
    deployment.proxy.loses = lambda _: False
    lost = {request.action.partition("?")[0] for request in deployment.proxy.lost}
    assert {"CreateRole", "CreateQueue", "CreateLogGroup", "PutParameter", "PUT /telemetry-local-000000000000"} <= lost
    assert {"POST /2015-03-31/functions", "POST /2015-03-31/event-source-mappings", "POST /v2/apis"} <= lost
    assert any(action.endswith("/policy") for action in lost)
    assert "No changes." in deployment.deployment.telemetry("plan", "local")
    assert len(deployment.deployment.client("apigatewayv2").get_apis()["Items"]) == 1
    deployment.proxy.loses = lambda request: request.status < 300
    deployment.deployment.telemetry("destroy", "local")


KILLED_AT = "POST /2015-03-31/functions"
"""A creation in the middle: others depend on it, and others are under way beside it.

That the other kinds are imported, the test above shows.
"""


def killed(deployment: Lossy, *command: str, at: str) -> str:
    """What a command printed that was killed with its Terraform after the emulator created something, before they learned so."""
    process = deployment.deployment.begun(*command)

    def loses(request: Request) -> bool:
        if deployment.proxy.lost != lost or not request.creates or at not in request.action:
            return False
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()
        return True

    lost = list(deployment.proxy.lost)
    deployment.proxy.loses = loses
    output = deployment.deployment.ended(process, good=False)
    deployment.proxy.loses = lambda _: False
    assert len(deployment.proxy.lost) == len(lost) + 1, output[-3000:]
    return output


def test_a_deployment_completes_after_interrupts_and_kills(deployment: Lossy) -> None:
    """Terraform saves its state after an interrupt; that of a killed command goes on, and the next command waits for it."""
    with ThreadPoolExecutor(1) as reader:
        for number in (signal.SIGINT, signal.SIGTERM):
            process, output = signalled(deployment, reader, number)
            assert "was interrupted, and its state is saved" in output.result()
            assert process.returncode != 0
        killed(deployment, "deploy", "local", at=KILLED_AT)
        process, output = signalled(deployment, reader, signal.SIGKILL)
        assert process.wait(PATIENCE) == -signal.SIGKILL
        completed = deployment.deployment.telemetry("deploy", "local")
        assert "which an interrupted deployment left" in output.result() + completed
    assert "No changes." in deployment.deployment.telemetry("plan", "local")
    assert len(deployment.deployment.client("apigatewayv2").get_apis()["Items"]) == 1
    secret = deployment.deployment.secret()
    states = [path.read_text() for path in (deployment.deployment.folder / ".telemetry").rglob("*.tfstate*")]
    assert secret
    assert all(secret not in state for state in states)
    deployment.deployment.telemetry("destroy", "local")


def test_resources_of_a_killed_deployment_are_imported_only_on_request(
    deployment: Lossy,
) -> None:
    """The target is AWS; only its address is the emulator's."""
    key, secret = deployment.deployment.root
    deployment.deployment.environment |= {
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_REGION": "us-east-1",
        "ENVIRONMENT_ID": "production",
    }
    command = ("deploy", "aws", "--yes", "--architecture", "x86_64")
    killed(deployment, *command, at="CreateRole")
    output = deployment.deployment.telemetry(*command, good=False)
    [line] = [line for line in output.splitlines() if "these exist already" in line]
    assert "aws_iam_role" in line
    assert "deploy again with `--import-existing`" in line
    deployment.deployment.telemetry(*command, "--import-existing")
    assert "No changes." in deployment.deployment.telemetry("plan", "aws", *command[3:])


def signalled(
    deployment: Lossy, reader: ThreadPoolExecutor, number: signal.Signals
) -> tuple["subprocess.Popen[str]", "Future[str]"]:
    """Begin a deployment that gets a signal after the emulator created something, before Terraform learned so.

    While Terraform does not say that it stops, it gets no response, so that it cannot be ready first. The second value is all that both
    will print: a full pipe would stop Terraform.
    """
    process = deployment.deployment.begun("deploy", "local")
    printed: list[str] = []

    def read() -> str:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                printed.append(line)  # noqa: PERF402 (another thread reads them meanwhile)
        process.wait(PATIENCE)
        return "".join(printed)

    def loses(request: Request) -> bool:
        if request.creates:
            deployment.proxy.loses = lambda _: False
            process.send_signal(number)
            if number != signal.SIGKILL:
                wait_for(lambda: "Stopping operation..." in "".join(printed) or output.done(), "Terraform to stop")
        return False

    output = reader.submit(read)
    deployment.proxy.loses = loses
    return process, output
