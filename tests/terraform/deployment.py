"""A deployment of the tests' own: `telemetry …` in a folder and with settings of its own, on an emulator of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests

from cli.deployment import package_cache
from cli.deployment.clouds.aws import packaging
from cli.deployment.clouds.local.target import EMULATOR_STATE
from cli.samples import SAMPLE
from core.webhook import sign
from runtimes.local.emulator import credentials as emulator_credentials
from runtimes.local.emulator.credentials import Credentials
from runtimes.local.emulator.emulator import running
from tests.e2e import server
from tests.environment import GO_PROGRAMS
from tests.github_emulator import OWNER, SOURCE, TOKEN

_KEPT = ("PATH", "TF_PLUGIN_DIR", "PIP_FIND_LINKS", "PIP_CERT", "PIP_INDEX_URL", "HOME")

_LIMIT = 1800
"""Seconds after which a command hangs: a deployment takes one minute alone, and ten beside several busy loops."""
PATIENCE = 900
"""Seconds after which something that a deployment does by itself does not come."""


def wait_for(ask: Callable[[], Any], what: str) -> Any:
    """The first answer that is true: a deployment beside busy loops takes its time."""
    return server.wait_for(ask, what, PATIENCE)


def without_packages(cache: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the variable of a package cache whose installations are empty: a worker.zip of 2 MB, not 44.

    Only for deployments whose functions are never invoked. The AWS provider matches each request with regular expressions, even if it logs
    none of them, and cuts a body only after its first line, so that one upload of 44 MB takes 5 s of CPU time: ReadTruncatedBody in
    https://github.com/hashicorp/aws-sdk-go-base/blob/main/logging/http.go.
    """
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    for platform in (packaging.native_platform(), packaging.Platform("x86_64", packaging.PYTHON)):
        package_cache.store(packaging.packages_key(platform), {})
    return {"XDG_CACHE_HOME": str(cache)}


class Deployment:
    """One environment."""

    url = ""
    """Of its webhook, once it is deployed."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.name = settings.get("ENVIRONMENT_ID", "local")
        self.environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | {
            "GITHUB_ACCESS_TOKEN": TOKEN,
            "REPO_WRITE_ACCESS_TOKEN": TOKEN,
            "WATCHED_REPOSITORIES": f"{OWNER}/{SOURCE}",
            "NO_COLOR": "1",
            **GO_PROGRAMS,
            **settings,
        }

    @property
    def endpoint(self) -> str:
        """Of the folder's emulator, once it runs."""
        return running(self.folder / EMULATOR_STATE)

    @property
    def root(self) -> Credentials:
        """Of the folder's emulator."""
        return emulator_credentials.read(self.folder / EMULATOR_STATE)

    def begun(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "cli", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def ended(self, process: "subprocess.Popen[str]", *, good: bool = True) -> str:
        try:
            output, _ = process.communicate(timeout=_LIMIT)
        finally:
            process.kill()
        assert (process.returncode == 0) is good, f"{process.args}: {output[-4000:]}"
        return output

    def telemetry(self, *arguments: str, good: bool = True) -> str:
        return self.ended(self.begun(*arguments), good=good)

    def deployed(self, process: "subprocess.Popen[str]") -> None:
        """`telemetry deploy local` has ended; where no provider is to be had, the test is skipped."""
        try:
            output = self.ended(process)
        except AssertionError as error:
            if "Failed to query available provider packages" not in str(error):
                raise
            pytest.skip(
                "Terraform's AWS provider is not to be had: reach a provider registry, or set TF_PLUGIN_DIR to a mirror"
            )
        match = re.search(r"^Payload URL of the webhook: +(\S+)$", output, re.MULTILINE)
        assert match, output[-2000:]
        self.url = match[1]

    def secret(self) -> str:
        return self.telemetry("secrets", "local", "--show").strip()

    def client(self, service: str, **credentials: str) -> Any:
        key, secret = self.root
        keys = credentials or {"aws_access_key_id": key, "aws_secret_access_key": secret}
        return boto3.client(service, endpoint_url=self.endpoint, region_name="us-east-1", **keys)

    def as_function(self, name: str, service: str) -> Any:
        """A client with the rights of a deployed function."""
        role = f"arn:aws:iam::000000000000:role/telemetry-{self.name}-{name}"
        credentials = self.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return self.client(
            service,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )

    def queue(self, suffix: str = "") -> str:
        url: str = self.client("sqs").get_queue_url(QueueName=f"telemetry-{self.name}{suffix}")["QueueUrl"]
        return url

    def printed(self, function: str) -> list[str]:
        """The lines that a function wrote."""
        response = self.client("logs").filter_log_events(logGroupName=f"/aws/lambda/telemetry-{self.name}-{function}")
        return [event["message"] for event in response["events"]]

    def post(self, body: bytes, secret: str, path: str = "/telemetry", **more: str) -> requests.Response:
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "check_suite",
            "X-Hub-Signature-256": sign(body, secret),
            **{name.replace("_", "-"): value for name, value in more.items()},
        }
        return requests.post(self.url.removesuffix("/telemetry") + path, data=body, headers=headers, timeout=PATIENCE)

    def post_sample(self, secret: str, **changed: Any) -> requests.Response:
        """The sample check suite, with other members."""
        import json

        payload = json.loads(SAMPLE.read_text())
        payload["check_suite"] |= changed
        return self.post(json.dumps(payload).encode(), secret)
