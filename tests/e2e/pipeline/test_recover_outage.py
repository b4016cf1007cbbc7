"""The endpoint was down, 300 deliveries failed, it is back: one run of `recover` stores them all, however often it is killed."""

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.clock import now
from fakes.github.server import FakeGitHub
from fakes.github.state import Delivery, GitHubState, Webhook
from fakes.github.transport import serve
from tests.builders import webhook
from tests.e2e.server import wait_for
from tests.environment import PATIENCE, inherited
from tests.halting_github import HaltingGitHub

URL = "https://telemetry.example.com/telemetry"
HOUR = 3_600_000


@pytest.fixture
def github() -> Iterator[HaltingGitHub]:
    state = GitHubState()
    hook = Webhook(7, "octo-org", URL, ["check_suite"])
    state.webhooks.append(hook)
    begin = now() - 40 * HOUR
    for number in range(1, 401):
        body = json.dumps(webhook("check_suite", check_suite__id=number)).encode()
        status = 202 if number <= 100 else (0, 502, 503)[number % 3]
        at = begin + number * 300_000
        hook.deliveries.append(Delivery(number, f"guid-{number}", "check_suite", at, status, body))
    fake = HaltingGitHub(state)
    with serve(fake):
        yield fake
        fake.halted = lambda: False


def started(github: FakeGitHub, folder: Path) -> "subprocess.Popen[str]":
    environment = {
        "WATCHED_HOOKS": "octo-org",
        "WEBHOOK_URL": URL,
        "GITHUB_ACCESS_TOKEN": "t",
        "GITHUB_API_URL": github.api_url,
    }
    environment |= inherited()
    command = [sys.executable, "-m", "cli", "job", "recover"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True)


def ended(process: "subprocess.Popen[str]") -> str:
    out, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors[-3000:]
    return out


def stored(folder: Path) -> dict[str, bytes]:
    paths = (folder / "telemetry-data").rglob("check-suite/**/*.json")
    return {path.name: path.read_bytes() for path in paths}


def test_one_run_stores_all_and_a_second_does_nothing(github: FakeGitHub, tmp_path: Path) -> None:
    assert ended(started(github, tmp_path)) == "recover: 300 done, nothing left\n"
    files = stored(tmp_path)
    assert Counter(json.loads(text)["collected_by"] for text in files.values()) == {"recovery": 300}
    asked = github.requests
    assert ended(started(github, tmp_path)) == "recover: 0 done, nothing left\n"
    assert github.requests - asked == 3  # the webhooks, and pages of deliveries until a whole one is older
    assert stored(tmp_path) == files


def test_a_killed_recovery_resumes_where_it_stopped(github: HaltingGitHub, tmp_path: Path) -> None:
    github.delay = 0.01
    killed = 0
    for count in (50, 150):

        def is_half_way(count: int = count) -> bool:
            return len(stored(tmp_path)) >= count

        github.halted = is_half_way
        running = started(github, tmp_path)
        wait_for(is_half_way, f"{count} records", PATIENCE)
        running.send_signal(signal.SIGKILL)
        running.communicate(timeout=PATIENCE)
        killed += running.returncode == -signal.SIGKILL
    part = stored(tmp_path)
    assert (killed, 150 <= len(part) < 300) == (2, True)
    github.delay, github.halted = 0.0, lambda: False
    ended(started(github, tmp_path))
    expected = stored(tmp_path)
    assert len(expected) == 300
    assert Counter(json.loads(text)["collected_by"] for text in expected.values()) == {"recovery": 300}
