from collections.abc import Iterable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.app import app
from cli.commands import destroy
from cli.deployment import clouds
from cli.deployment.cloud import TargetError
from cli.deployment.secrets_setup import ALL_NAMES

RUNNER = CliRunner()


class Target:
    """A deployed environment that notes its steps."""

    environment_id, emulated = "production", False

    def __init__(self, folder: Path, *, fails: bool = False) -> None:
        self.folder = folder
        self.steps: list[str] = []
        self.fails = fails

    @property
    def cloud(self) -> "Target":
        return self

    def start(self) -> None:
        pass

    def stop(self, _: object) -> None:
        self.steps.append("stop")

    def account(self) -> str:
        return "123456789012"

    def delete_secrets(self, names: Iterable[str]) -> list[str]:
        assert tuple(names) == ALL_NAMES
        self.steps.append("delete secrets")
        return ["/telemetry/production/x"]

    def prepare(self, *, destroys: bool) -> None:
        assert destroys

    def destroy(self) -> None:
        if self.fails:
            raise TargetError("terraform destroy failed: see above")
        self.steps.append("destroy")


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Target:
    target = Target(tmp_path / "state")
    monkeypatch.setattr(clouds, "select", lambda *_: target)
    monkeypatch.setattr(destroy, "TerraformRoot", lambda *_: target)
    return target


def test_secrets_are_deleted_after_everything_else_and_named(target: Target) -> None:
    result = RUNNER.invoke(app, ["destroy", "aws", "--yes"])
    assert (result.exit_code, target.steps) == (0, ["destroy", "delete secrets", "stop"])
    assert "deleted the secret /telemetry/production/x" in result.stdout


def test_the_prompt_names_the_secrets_and_a_no_deletes_nothing(target: Target) -> None:
    result = RUNNER.invoke(app, ["destroy", "aws"], input="n\n")
    assert "Destroy the environment production in the account 123456789012, with its secrets?" in result.stdout
    assert (result.exit_code, target.steps) == (1, [])


def test_a_failed_destruction_keeps_the_secrets(target: Target) -> None:
    target.fails = True
    result = RUNNER.invoke(app, ["destroy", "aws", "--yes"])
    assert (result.exit_code, target.steps) == (1, [])
