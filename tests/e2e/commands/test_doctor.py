"""`telemetry doctor`, as an operator runs it, against a GitHub of other people's making."""

import os

import pytest
from typer.testing import CliRunner, Result

from cli.app import app
from tests.github_emulator import OWNER, TOKEN, GitHubEmulator

pytestmark = pytest.mark.npm


def run(github: GitHubEmulator, **more: str) -> Result:
    name = github.make(f"data-{os.urandom(4).hex()}").partition("/")[2]
    environment = {
        "GITHUB_API_URL": github.url,
        "GITHUB_ACCESS_TOKEN": TOKEN,
        "REPO_WRITE_ACCESS_TOKEN": TOKEN,
        "GITHUB_WEBHOOK_SECRET": "s3cret",
        "STORE": "github",
        "REPO_OWNER": OWNER,
        "REPO_NAME": name,
        **more,
    }
    return CliRunner().invoke(app, ["doctor"], env=environment)


def test_each_check_passes_or_has_a_remedy(github: GitHubEmulator) -> None:
    result = run(github)
    assert (result.exit_code, result.stderr) == (0, ""), result.stdout
    assert "the data token may write to" in result.stdout
    assert "no webhook is watched" in result.stdout
    *_, failures, next_step = result.stdout.splitlines()
    assert failures == "no failures"
    assert next_step == "Next: `telemetry webhook add OWNER/NAME --url https://YOUR-ADDRESS/telemetry`"
    assert "s3cret" not in result.stdout


def test_a_branch_that_is_missing_is_a_failure_for_ci(github: GitHubEmulator) -> None:
    result = run(github, TARGET_BRANCH="nowhere")
    assert result.exit_code == 1
    assert "there is no branch nowhere, or the token may not see it" in result.stdout
    assert result.stdout.splitlines()[-2] == "1 failure"
