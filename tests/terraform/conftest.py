"""Two environments, deployed side by side to one emulator under strict IAM: one into GitHub, one into a bucket."""

import shutil
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.conftest import missing
from tests.github_emulator import OWNER, GitHubEmulator
from tests.security.dev_server import emulators
from tests.terraform.deployment import Deployment, wait_for
from tests.terraform.moody_github import MoodyGitHub, moody

DATA = "deployed-data"
ANALYTICS = """
analytics = {
  enabled    = true
  first_day  = "2026-01-01"
  readers    = ["arn:aws:iam::000000000000:root"]
  refreshers = ["arn:aws:iam::000000000000:root"]
}
"""


class Deployed(NamedTuple):
    """All that is there."""

    local: Deployment
    """Into the data repository."""
    second: Deployment
    """Into a bucket, with analytics."""
    github: GitHubEmulator
    mood: MoodyGitHub
    """Between the first and its GitHub."""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, github: GitHubEmulator) -> Iterator[Deployed]:
    if shutil.which("terraform") is None:
        missing("Terraform", "install 1.11 or newer")
    github.make(DATA)
    folder = tmp_path_factory.mktemp("deployed")
    with moody(github.url) as mood:
        environment = {"REPO_OWNER": OWNER, "REPO_NAME": DATA, "REPO_PATH": "data", "GITHUB_API_URL": mood.url}
        local = Deployment(folder, STORE="github", **environment)
        (folder / "second.tfvars").write_text(ANALYTICS)
        second = Deployment(folder, ENVIRONMENT_ID="second", STORE="s3", REPO_PATH="facts", GITHUB_API_URL=mood.url)
        try:
            # Side by side, as two people may do it; the first has the emulator to start.
            first = local.begun("deploy", "local")
            wait_for(lambda: first.poll() is not None or (folder / "build/local/worker.zip").exists(), "the packages")
            other = second.begun("deploy", "local") if first.poll() is None else None
            local.deployed(first)
            if other is not None:
                second.deployed(other)
            yield Deployed(local, second, github, mood)
        finally:
            if (folder / ".telemetry" / "local-second").exists():
                destroy_output = second.telemetry("destroy", "local")
                assert "the emulator goes on, for local-local" in destroy_output
            local.telemetry("destroy", "local")
            assert list((folder / ".telemetry").iterdir()) == []
            assert emulators(folder) == []


@pytest.fixture(scope="module")
def deployed(both: Deployed) -> Deployment:
    return both.local
