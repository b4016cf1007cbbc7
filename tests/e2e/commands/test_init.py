"""`telemetry init`, from nothing to a record in the data repository."""

import json
import stat
from pathlib import Path

import dotenv
import pytest
from typer.testing import CliRunner, Result

from cli.app import app
from core.webhook import sign
from fakes.github.server import FakeGitHub
from fakes.github.transport import serve
from runtimes.local.wiring import Clients
from tests.builders import webhook
from tests.e2e.server import Server
from tests.github_emulator import OWNER, TOKEN, GitHubEmulator


def init(*arguments: str, typed: str = "", **environment: str) -> Result:
    """Run the command in this process, in the test's own folder; what is typed comes from standard input, no terminal."""
    return CliRunner().invoke(app, ["init", *arguments], input=typed, env=environment)


@pytest.mark.emulator
@pytest.mark.npm
def test_from_nothing_to_a_record_in_the_data_repository(
    github: GitHubEmulator, emulator: Clients, tmp_path: Path
) -> None:
    first = init(f"{OWNER}/from-nothing", "--path", "data", typed=f"{TOKEN}\n", GITHUB_API_URL=github.url)
    written = dotenv.dotenv_values(tmp_path / ".env")
    again = init(GITHUB_API_URL=github.url)
    assert (first.exit_code, again.exit_code) == (0, 0), first.stdout + first.stderr + again.stdout + again.stderr
    assert f"created {OWNER}/from-nothing (private)" in first.stdout
    assert ".env is correct" in again.stdout
    assert TOKEN not in first.stdout + first.stderr + again.stdout
    assert set(written) == {
        "STORE",
        "REPO_OWNER",
        "REPO_NAME",
        "REPO_PATH",
        "REPO_WRITE_ACCESS_TOKEN",
        "GITHUB_WEBHOOK_SECRET",
    }
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert dotenv.dotenv_values(tmp_path / ".env") == written

    environment = {"GITHUB_API_URL": github.url, "BATCH_SECONDS": "0", "ENVIRONMENT_ID": "frominit"}
    running = Server(tmp_path, emulator.sqs.meta.endpoint_url, environment)
    del running._environment["GITHUB_WEBHOOK_SECRET"]
    running.start()
    try:
        body = b'{"zen":"x"}'
        secret = str(written["GITHUB_WEBHOOK_SECRET"])
        pong = running.post("ping", body, X_Hub_Signature_256=sign(body, secret))
        suite = json.dumps(webhook("check_suite")).encode()
        accepted = running.post("check_suite", suite, X_Hub_Signature_256=sign(suite, secret))
        running.settled()
    finally:
        running.stop()
    assert (pong.json(), accepted.status_code) == ({"status": "pong", "secret": "newest"}, 202)
    assert [path.rpartition("/")[0] for path in github.records("from-nothing")] == [
        "data/octo-org/hello-world/check-suite/2026-11-20"
    ]


def test_missing_requirements_are_reported_before_any_write(tmp_path: Path) -> None:
    nothing = init()
    half = init("octo-org")
    wrong = init("octo-org/..", REPO_WRITE_ACCESS_TOKEN="x")
    assert [ran.exit_code for ran in (nothing, half, wrong)] == [2, 2, 2]
    assert "telemetry init octo-org/telemetry-data" in nothing.stderr
    assert "which repository? Name OWNER/NAME" in half.stderr
    assert "REPO_NAME: must be the name of a GitHub repository" in wrong.stderr
    assert not (tmp_path / ".env").exists()


def test_a_token_that_does_not_do_is_not_written(tmp_path: Path) -> None:
    with serve(FakeGitHub(token="another")) as url:
        ran = init("octo-org/telemetry-data", GITHUB_API_URL=url, REPO_WRITE_ACCESS_TOKEN="wrong")
    assert ran.exit_code == 1
    assert "is not valid or has expired" in ran.stderr
    assert not (tmp_path / ".env").exists()


def test_lines_that_are_in_env_already_stay(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# mine\nGITHUB_WEBHOOK_SECRET=kept\nPORT=9\n")
    fake = FakeGitHub(token="token")
    with serve(fake) as url:
        ran = init("octo-org/telemetry-data", "--branch", "data", GITHUB_API_URL=url, REPO_WRITE_ACCESS_TOKEN="token")
    assert ran.exit_code == 0, ran.stderr
    text = (tmp_path / ".env").read_text()
    assert text.startswith("# mine\nGITHUB_WEBHOOK_SECRET=kept\nPORT=9\n")
    assert dotenv.dotenv_values(tmp_path / ".env")["TARGET_BRANCH"] == "data"
    assert "REPO_WRITE_ACCESS_TOKEN" not in text  # the environment has it
    assert "REPO_WRITE_ACCESS_TOKEN is set in the environment only" in ran.stdout
    assert "\n  `telemetry webhook add OWNER/NAME --url https://YOUR-ADDRESS/telemetry`" in ran.stdout


def test_an_incomplete_name_in_env_is_completed(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("REPO_OWNER=somebody\n")
    (tmp_path / ".env").chmod(0o644)
    with serve(FakeGitHub(token="token")) as url:
        environment = {"GITHUB_API_URL": url, "REPO_WRITE_ACCESS_TOKEN": "token"}
        ran = init("octo-org/telemetry-data", "--branch", "data#1", **environment)
        again = init(**environment)
    assert (ran.exit_code, again.exit_code) == (0, 0), ran.stderr + again.stderr
    written = dotenv.dotenv_values(tmp_path / ".env")
    assert (written["REPO_OWNER"], written["REPO_NAME"]) == ("octo-org", "telemetry-data")
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert "the branch data#1 is there" in again.stdout


def test_an_env_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    with serve(FakeGitHub(token="token")) as url:
        ran = init("octo-org/telemetry-data", GITHUB_API_URL=url, REPO_WRITE_ACCESS_TOKEN="token")
    assert ran.exit_code == 1
    assert "Traceback" not in ran.stderr
    assert "cannot be written" in ran.stderr
