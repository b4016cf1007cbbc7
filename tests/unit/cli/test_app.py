from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.app import app
from core.metrics import all_metrics
from core.settings import Settings

RUNNER = CliRunner()


def test_the_metrics_are_listed_each_with_its_event() -> None:
    result = RUNNER.invoke(app, ["metrics"])
    listed = [line.split()[:2] for line in result.stdout.splitlines() if "::" in line]
    assert (result.exit_code, listed) == (0, [[metric.name, metric.trigger] for metric in all_metrics()])


def test_each_metric_is_listed_with_what_it_measures() -> None:
    result = RUNNER.invoke(app, ["metrics"])
    about = [line.split(maxsplit=2)[2:] for line in result.stdout.splitlines() if "::" in line]
    assert [text for text in about if not text or not text[0].strip().endswith(".")] == []


def test_the_events_to_tick_are_github_s_and_not_our_own() -> None:
    result = RUNNER.invoke(app, ["metrics"])
    assert result.stdout.splitlines()[-1] == (
        "Events to tick in GitHub's webhook: "
        "check_suite, create, deployment, deployment_status, issues, pull_request, pull_request_review, workflow_job, "
        "workflow_run"
    )


def test_every_setting_is_listed() -> None:
    result = RUNNER.invoke(app, ["settings"])
    words = [line.split()[0] for line in result.stdout.splitlines() if line.split()]
    assert result.exit_code == 0
    assert [name.upper() for name in Settings.model_fields if name.upper() not in words] == []


@pytest.mark.usefixtures("tmp_path")
def test_a_secret_is_listed_only_as_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET", "zebra")
    Path(".env").write_text("GITHUB_ACCESS_TOKEN=zebra\n")
    result = RUNNER.invoke(app, ["settings"])
    shown = {line.split()[0]: line.split()[1] for line in result.stdout.splitlines() if " GITHUB_" in line}
    assert "zebra" not in result.output
    assert (shown["GITHUB_WEBHOOK_SECRET"], shown["GITHUB_ACCESS_TOKEN"]) == ("(set)", "(set)")


def test_a_retry_is_sooner_locally_unless_it_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def shown() -> str:
        lines = RUNNER.invoke(app, ["settings"]).stdout.splitlines()
        return next(line.split()[1] for line in lines if line.startswith(" RETRY_SECONDS"))

    before = shown()
    monkeypatch.setenv("RETRY_SECONDS", "30")
    assert (before, shown()) == ("1.0", "30.0")


@pytest.mark.parametrize("command", [["settings"], ["serve"], ["send", "check_suite", "-"]])
def test_wrong_settings_stop_every_command_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("REPO_PATH", "..")
    result = RUNNER.invoke(app, command, input="{}")
    assert (result.exit_code, result.stdout) == (2, "")
    first, *problems, last = result.stderr.splitlines()
    assert first == "These settings are wrong:"
    assert [line.partition(":")[0] for line in problems] == ["PORT", "REPO_PATH"]
    assert last == "`telemetry settings` lists what each is for."
