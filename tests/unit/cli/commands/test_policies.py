import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.app import app
from cli.deployment import clouds
from cli.deployment.cloud import TargetError
from core.settings import Settings

RUNNER = CliRunner()


class Target:
    """A target whose cloud has two policies, or refuses."""

    def __init__(self, refusal: str = "") -> None:
        self.asked: list[tuple[str, ...]] = []
        self._refusal = refusal

    @property
    def cloud(self) -> "Target":
        return self

    def policies(self, *values: str) -> Mapping[str, Any]:
        if self._refusal:
            raise TargetError(self._refusal)
        self.asked.append(values)
        return {"boundary": {"Version": "1"}, "deploy": {"Version": "2"}}


def select(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    def selected(_: str, __: Settings) -> Target:
        return target

    monkeypatch.setattr(clouds, "select", selected)


@pytest.mark.usefixtures("tmp_path")
def test_each_policy_is_a_file_and_an_earlier_one_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target()
    select(target, monkeypatch)
    monkeypatch.setenv("STATE_BUCKET", "our-state")
    folder = Path("build/aws/policies")
    folder.mkdir(parents=True)
    (folder / "deploy-2.json").write_text("{}")
    result = RUNNER.invoke(app, ["policies", "aws", "--role-path", "/x/"])
    assert result.exit_code == 0, result.output
    assert result.stdout.split() == [str(folder / "boundary.json"), str(folder / "deploy.json")]
    assert {path.stem: json.loads(path.read_text()) for path in folder.iterdir()} == {
        "boundary": {"Version": "1"},
        "deploy": {"Version": "2"},
    }
    assert target.asked == [("our-state", "", "/x/", "telemetry-boundary")]


def test_a_cloud_without_policies_is_one_line_and_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    select(Target("Google Cloud has predefined roles"), monkeypatch)
    result = RUNNER.invoke(app, ["policies", "gcp"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Google Cloud has predefined roles\n"
    assert not Path("build").exists()
