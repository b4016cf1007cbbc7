"""What the deployment's commands say when something is missing: one line, before anything is created."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.app import app
from cli.commands import logs
from cli.deployment.cloud import LogLine

RUNNER = CliRunner()
CONFIRMED = {"deploy": ["--yes"]}
"""Options of a command without a terminal."""


@pytest.fixture(autouse=True)
def nobody_is_signed_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))


def terraform(folder: Path, version: str) -> None:
    program = folder / "terraform"
    program.write_text(f'#!/bin/sh\necho \'{{"terraform_version":"{version}"}}\'\n')
    program.chmod(0o755)


@pytest.mark.parametrize("command", ["deploy", "plan"])
@pytest.mark.parametrize("target", ["aws", "gcp", "local"])
def test_a_missing_terraform_is_one_line(
    command: str, target: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = RUNNER.invoke(app, [command, target, *CONFIRMED.get(command, [])])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Terraform is missing: install 1.11 or newer, https://")
    assert list(tmp_path.iterdir()) == []


def test_a_terraform_that_is_too_old_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    terraform(tmp_path, "1.9.8")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    result = RUNNER.invoke(app, ["deploy", "aws", "--yes"])
    assert (result.exit_code, result.stderr) == (1, "Terraform 1.9.8 is too old: install 1.11 or newer\n")


@pytest.mark.parametrize("command", ["deploy", "plan", "destroy", "secrets", "smoke", "logs", "replay-dead-letters"])
@pytest.mark.parametrize(
    ("region", "says"), [("", "AWS: there is no region: set AWS_REGION, such as eu-west-1"), ("eu-west-1", "sign in")]
)
def test_a_missing_region_or_missing_credentials_are_one_line(
    command: str, region: str, says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    terraform(tmp_path / "bin", "1.15.0")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/bin:/usr/bin")
    if region:
        monkeypatch.setenv("AWS_REGION", region)
    result = RUNNER.invoke(app, [command, "aws", *CONFIRMED.get(command, [])])
    assert result.exit_code == 1
    assert says in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


@pytest.mark.parametrize("command", ["deploy", "plan", "destroy", "secrets", "smoke", "logs", "replay-dead-letters"])
@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({}, "Google Cloud: there is no project: set GOOGLE_CLOUD_PROJECT to its id"),
        (
            {"GOOGLE_CLOUD_PROJECT": "octo-telemetry"},
            "there is no region: set GOOGLE_CLOUD_REGION, such as europe-west1",
        ),
    ],
)
def test_a_missing_project_or_region_is_one_line(
    command: str, variables: dict[str, str], says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    terraform(tmp_path / "bin", "1.15.0")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/bin:/usr/bin")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    result = RUNNER.invoke(app, [command, "gcp", *CONFIRMED.get(command, [])])
    assert result.exit_code == 1
    assert says in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


@pytest.mark.parametrize("target", ["aws", "gcp"])
def test_ci_without_a_state_bucket_is_refused(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    result = RUNNER.invoke(app, ["deploy", target])
    assert (result.exit_code, result.stderr.partition(":")[0]) == (2, "STATE_BUCKET is not set")


@pytest.mark.parametrize("options", [[], ["--plan", "build/plan"]])
@pytest.mark.parametrize("target", ["aws", "gcp"])
def test_a_deployment_without_terminal_or_yes_is_refused_first(target: str, options: list[str], tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["deploy", target, *options])
    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        result.stderr == "there is no terminal to confirm the plan at: set YES=1 (or --yes) to apply it unconfirmed\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_the_state_bucket_needs_a_name_and_the_emulator_needs_no_bucket() -> None:
    for cloud in ("aws", "gcp"):
        result = RUNNER.invoke(app, ["state", cloud])
        assert (result.exit_code, result.stderr.partition(":")[0]) == (2, "STATE_BUCKET is not set")
    result = RUNNER.invoke(app, ["state", "local"])
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.usefixtures("tmp_path")
def test_a_missing_token_names_its_variable_and_where_it_is_set() -> None:
    result = RUNNER.invoke(app, ["webhook", "list", "octo-org/hello-world"])
    assert result.exit_code == 1
    assert result.stderr == (
        "the secret github-access-token/source is not set: "
        "set GITHUB_ACCESS_TOKEN in .env or the environment (docs/GITHUB.md)\n"
    )


@pytest.mark.usefixtures("tmp_path")
def test_init_without_a_token_and_a_terminal_names_the_variable() -> None:
    result = RUNNER.invoke(app, ["init", "octo-org/data"], input="")
    assert result.exit_code == 2
    [line] = result.stderr.splitlines()
    assert line.startswith(
        "no token, and no terminal to ask for one: set REPO_WRITE_ACCESS_TOKEN in .env or the environment"
    )


def test_an_unknown_target_is_refused() -> None:
    result = RUNNER.invoke(app, ["deploy", "azure"])
    assert (result.exit_code, result.stderr.partition(" (")[0]) == (1, "unknown target 'azure'")


class Cloud:
    """Whose log grows by a line each time that it is read."""

    def __init__(self) -> None:
        self.reads = itertools.count(1)

    def log_lines(self, function: str, since: int) -> Iterator[LogLine]:
        for number in range(next(self.reads)):
            yield LogLine(f"{function}{number}", since + number, f"line {number}")


def test_following_the_log_shows_each_line_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_PAUSE", 0)
    lines = list(itertools.islice(logs.follow_lines(Cloud(), {"worker": "w"}, 0), 4))  # type: ignore[arg-type]
    assert [line.split(maxsplit=1)[1] for line in lines] == [f"worker    line {number}" for number in range(4)]
