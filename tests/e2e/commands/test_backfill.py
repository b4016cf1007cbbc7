"""`telemetry backfill`, as an operator runs it: a repository whose webhooks came, mostly."""

import json
import random
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fakes.github.serializers import iso
from fakes.github.server import FakeGitHub
from fakes.github.state import GitHubState
from fakes.github.transport import serve
from tests.builders import NOW
from tests.e2e.server import wait_for
from tests.environment import PATIENCE, inherited
from tests.github_history import DAY, HOUR, add_deployment, add_issue, add_pull, add_review, add_run
from tests.halting_github import HaltingGitHub
from tests.unit.core.backfill.older_records import remove_later_fields
from tests.webhook_history import store_webhooks

NAME = "octo-org/hello-world"
SINCE = "2026-11-16"
HEARS = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from cli.app import main; main()"
"""Ctrl-C, even where whoever started the tests ignores it, as a shell does for what runs in the background."""
BEGIN = NOW - 7 * DAY


def backfill(folder: Path, url: str, *arguments: str) -> "subprocess.Popen[str]":
    environment = {"GITHUB_API_URL": url, "GITHUB_ACCESS_TOKEN": "t"}
    environment |= inherited()
    command = [sys.executable, "-c", HEARS, "backfill", NAME, "--since", SINCE, *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True)


def finished(process: "subprocess.Popen[str]", code: int = 0) -> str:
    output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == code, errors[-3000:]
    return output + errors


def records(folder: Path) -> dict[str, bytes]:
    paths = (folder / "telemetry-data").rglob("*.json")
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths if "_system" not in path.parts}


def test_backfill_completes_partial_records_with_the_estimated_requests(
    tmp_path: Path,
) -> None:
    state = GitHubState()
    repository = state.repository(NAME)
    for n in range(1, 1_001):
        add_pull(repository, n, BEGIN + n * 300_000)
        add_run(repository, n, BEGIN + n * 300_000)
        add_review(repository, n, 50_000 + n, BEGIN + n * 300_000 - HOUR)
    for n in range(1, 61):
        outcome = "failure" if n % 7 == 0 else "success"
        add_deployment(repository, n, BEGIN + n * 2 * HOUR, outcome, ("staging", "production")[n % 2])
    for n in range(1_001, 1_021):
        created_at = BEGIN + n * 60_000
        add_issue(repository, n, created_at, "Incident", ("closed", created_at + HOUR))
    fake = FakeGitHub(state)
    chance = random.Random(5)
    missing = {f"pull:{n}" for n in chance.sample(range(1, 1_001), 15)}
    missing |= {f"job:{n * 100 + 1}" for n in chance.sample(range(1, 1_001), 25)}
    for kind, of, count in (("deployment", 60, 3), ("status", 60, 9), ("review", 1_000, 12)):
        missing |= {f"{kind}:{n}" for n in chance.sample(range(1, of + 1), count)}
    missing |= {f"closed:{n}" for n in chance.sample(range(1_001, 1_021), 4)} | {"opened:1001"}
    store_webhooks(fake, repository, tmp_path / "telemetry-data", missing)
    before = records(tmp_path)
    pulls, jobs, suites, reviews, incidents = 3 * (1_000 - 15), 3_000 - 25, 1_000, 1_000 - 12, 40 - 5
    runs = 1_000
    assert len(before) == pulls + jobs + runs + suites + reviews + incidents + 60 - 3 + 60 - 9
    for number in chance.sample(sorted(repository.history.pulls), 100):
        moved = {"updated_at": iso(NOW - number * 1000), "comments": 50, "review_comments": 60}
        repository.history.pulls[number] |= moved
    for listed in chance.sample(list(repository.history.suites.values()), 100):
        listed[0]["updated_at"] = iso(NOW)

    with serve(fake) as url:
        fake.api_url = url
        dry = finished(backfill(tmp_path, url, "--dry-run"))
        assert records(tmp_path) == before
        assert not (tmp_path / "telemetry-data" / "_system" / "backfill").exists()
        output = finished(backfill(tmp_path, url))

    estimate = int(re.findall(r"total \(estimated\) +(\d+)", dry)[0])
    asked = int(re.findall(r"; (\d+) requests", output)[0])
    assert asked <= estimate * 1.1, output
    expected = 15 + 25 + 3 + 9 + 12 + 5
    assert re.search(rf"{expected} recovered, \d+ completed, 0 lost, 0 left", output)
    after = records(tmp_path)
    assert {path: lasting(after[path]) for path in before} == {path: lasting(before[path]) for path in before}
    new = after.keys() - before.keys()
    assert len(new) == 15 * 2 + expected
    assert all(b'"collected_by":"backfill"' in after[path] and b'"success"' in after[path] for path in new)


def lasting(content: bytes) -> dict[str, Any]:
    """Return the output of a record without the fields that no event has, which backfill fills in."""
    output: dict[str, Any] = json.loads(content)["output"]
    remove_later_fields(output)
    return output


def test_the_same_command_resumes_after_ctrl_c(tmp_path: Path) -> None:
    state = GitHubState()
    repository = state.repository(NAME)
    for n in range(1, 401):
        add_run(repository, n, BEGIN + n * 300_000, jobs=1)
    fake = HaltingGitHub(state)
    fake.delay = 0.1
    fake.halted = lambda: len(records(tmp_path)) > 100
    with serve(fake) as url:
        fake.api_url = url
        running = backfill(tmp_path, url)
        wait_for(fake.halted, "100 records")
        running.send_signal(signal.SIGINT)
        fake.halted = lambda: False
        output = finished(running, 130)
        assert "events recovered so far are stored" in output
        part = records(tmp_path)
        assert 0 < len(part) < 1_200
        fake.delay = 0.0
        output = finished(backfill(tmp_path, url))
    assert int(re.findall(r"check suites of commits +(\d+)", output)[0]) < 400
    assert len(records(tmp_path)) == 1_200
    assert {path: content for path, content in records(tmp_path).items() if path in part} == part


def test_a_repository_that_is_gone_is_named_and_the_others_are_walked(tmp_path: Path) -> None:
    state = GitHubState()
    add_run(state.repository("octo-org/other"), 1, BEGIN)
    fake = FakeGitHub(state)
    with serve(fake) as url:
        fake.api_url = url
        output = finished(backfill(tmp_path, url, "octo-org/other"), 1)
    assert f"{NAME}  incomplete  GET /repos/{NAME}: 404" in output
    assert "octo-org/other: 5 recovered, " in output


@pytest.mark.parametrize("since", ["yesterday", "2026-13-01"])
def test_an_invalid_date_is_rejected(tmp_path: Path, since: str) -> None:
    assert "since" in finished(backfill(tmp_path, "http://127.0.0.1:9", "--since", since), 2)


def test_services_make_pairs_that_are_compared_once(tmp_path: Path) -> None:
    """Every second deployment is a plan, which is left out: so the others are neighbours that nobody compared."""
    state = GitHubState()
    repository = state.repository(NAME)
    for n in range(1, 8):
        deployment = add_deployment(repository, n, NOW - (9 - n) * 12 * HOUR)
        repository.deployments[-1] = deployment._replace(ref=("main", "plans/1")[n % 2])
    exclude = 'deployments = { exclude = [{ ref = "plans/*" }] }'
    (tmp_path / "services.toml").write_text(f'[repositories."octo-org/*"]\n{exclude}\n')
    fake = FakeGitHub(state)
    with serve(fake) as url:
        fake.api_url = url
        dry = finished(backfill(tmp_path, url, "--services", "services.toml", "--dry-run"))
        first = finished(backfill(tmp_path, url, "--services", "services.toml"))
        again = finished(backfill(tmp_path, url, "--services", "services.toml"))
    assert "services.toml: 0 pairs of commits to compare" in dry  # before its deployments are recorded
    assert "services.toml: 2 compared, 0 lost, 0 left" in first
    assert "services.toml: 0 pairs of commits to compare" in again
    compared = [path for path in records(tmp_path) if "/comparison/" in path]
    assert len(compared) == 2
