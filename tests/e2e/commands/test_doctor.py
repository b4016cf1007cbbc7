"""`telemetry doctor`, as an operator runs it, against a GitHub of other people's making."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import inherited
from tests.github_emulator import OWNER, TOKEN, GitHubEmulator

pytestmark = pytest.mark.npm


def run(github: GitHubEmulator, folder: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    made = github.make(f"data-{os.urandom(4).hex()}").partition("/")[2]
    environment = {
        **inherited(),
        "GITHUB_API_URL": github.url,
        "GITHUB_ACCESS_TOKEN": TOKEN,
        "REPO_WRITE_ACCESS_TOKEN": TOKEN,
        "GITHUB_WEBHOOK_SECRET": "s3cret",
        "STORE": "github",
        "REPO_OWNER": OWNER,
        "REPO_NAME": made,
        **more,
    }
    command = [sys.executable, "-m", "cli", "doctor"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_what_is_right_is_said_and_what_is_not_has_a_remedy(github: GitHubEmulator, tmp_path: Path) -> None:
    told = run(github, tmp_path)
    assert (told.returncode, told.stderr) == (0, ""), told.stdout
    assert "the data token may write to" in told.stdout
    assert "set WATCHED_HOOKS" in told.stdout
    assert told.stdout.rstrip().endswith("no failures")
    assert "s3cret" not in told.stdout


def test_a_branch_that_is_missing_is_a_failure_for_ci(github: GitHubEmulator, tmp_path: Path) -> None:
    told = run(github, tmp_path, TARGET_BRANCH="nowhere")
    assert told.returncode == 1
    assert "the branch nowhere is not there" in told.stdout
    assert told.stdout.rstrip().endswith("1 failure")
