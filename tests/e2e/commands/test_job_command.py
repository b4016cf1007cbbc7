"""`telemetry job` and `telemetry ledger`, as an operator runs them, against a GitHub of other people's making."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import PATIENCE, inherited
from tests.github_emulator import OWNER, TOKEN, GitHubEmulator

pytestmark = pytest.mark.npm
URL = "http://127.0.0.1:9/telemetry"


def run(github: GitHubEmulator, folder: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        **inherited(),
        "GITHUB_API_URL": github.url,
        "GITHUB_ACCESS_TOKEN": TOKEN,
        "WEBHOOK_URL": URL,
        **more,
    }
    command = [sys.executable, "-m", "cli", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def test_a_webhook_is_looked_at_and_a_ledger_written_and_shown(github: GitHubEmulator, tmp_path: Path) -> None:
    name = github.make(f"jobs-{os.urandom(4).hex()}").partition("/")[2]
    github.hook(name, URL, "secret", ["star"])
    watched = {"WATCHED_HOOKS": f"{OWNER}/{name}"}
    result = run(github, tmp_path, "job", "recover", **watched)
    assert (result.returncode, result.stdout) == (0, "recover: 0 done, nothing left\n"), result.stderr
    assert "there is no ledger yet" in run(github, tmp_path, "ledger", **watched).stdout
    result = run(github, tmp_path, "job", "ledger", **watched)
    assert (result.returncode, result.stdout) == (0, "ledger: 2 done, nothing left\n"), result.stderr
    shown = run(github, tmp_path, "ledger", **watched)
    assert shown.returncode == 0, shown.stderr
    assert f"{OWNER}/{name}" in shown.stdout
    assert "0 missing" in shown.stdout


def test_an_error_is_one_line(github: GitHubEmulator, tmp_path: Path) -> None:
    result = run(github, tmp_path, "job", "nothing")
    assert result.returncode == 1
    assert "there is no such job; the jobs are" in result.stderr
    result = run(github, tmp_path, "job", "recover", WATCHED_HOOKS="nobody/nothing")
    assert result.returncode == 1
    assert "recover: 0 done, 1 left" in result.stderr
    nobody = "http://127.0.0.1:9"
    result = run(github, tmp_path, "job", "survey_tooling", WATCHED_REPOSITORIES=f"{OWNER}/x", AWS_ENDPOINT_URL=nobody)
    assert result.returncode == 1
    assert "does this folder's server run?" in result.stderr
