import errno
import re
import shlex
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest
import typer
from typer.testing import CliRunner

import cli.app
from cli import commands
from cli.app import app
from cli.panels import Panel
from core.discovery import discover
from core.metrics import all_metrics
from core.settings import Settings

RUNNER = CliRunner()
MODULES = [sys.modules[function.__module__] for function in discover(commands.__name__, "command")]
EXAMPLES = [example for module in MODULES for example in module.EXAMPLES]
LONGEST = 76
"""Columns of an example that a terminal of 80 columns shows on one line, so that it can be copied."""


def help_of(*words: str) -> list[str]:
    result = RUNNER.invoke(app, [*words, "-h"], env={"COLUMNS": "80"})
    assert (result.exit_code, result.stderr) == (0, "")
    return [line.rstrip() for line in result.stdout.splitlines()]


def name_of(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2].removesuffix("_").replace("_", "-")


def test_the_help_fits_on_a_screen_with_one_line_per_command() -> None:
    lines = help_of()
    assert len(lines) <= len(MODULES) + 28
    rows = [line.split()[1] for line in lines if re.match("│ [a-z]", line)]
    assert sorted(rows) == sorted(map(name_of, MODULES))
    titles = [match[1] for line in lines if (match := re.match("╭─ (.+?) ─", line))]
    assert titles == ["Options", *Panel]


def test_only_the_module_of_a_command_that_is_asked_for_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    imported: list[str] = []
    monkeypatch.setattr("cli.app.import_module", lambda name: imported.append(name) or import_module(name))
    group = typer.main.get_command(app)
    assert group.commands["serve-gcp"].name == "serve-gcp"  # type: ignore[attr-defined]
    assert group.commands.get("no-such-command") is None  # type: ignore[attr-defined]
    assert imported == ["cli.commands.serve_gcp"]


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_has_a_short_option_everywhere(option: str) -> None:
    for words in ([], ["report"]):
        result = RUNNER.invoke(app, [*words, option])
        assert (result.exit_code, "Usage: telemetry" in result.stdout.replace("root", "telemetry")) == (0, True)


def test_the_version_is_printed() -> None:
    result = RUNNER.invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"telemetry-functions {version('telemetry-functions')}\n")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("telemetry rep", ["report", "replay-dead-letters"]),
        ("telemetry deploy ", ["aws", "gcp", "local"]),
        ("telemetry report --evi", ["--evidence"]),
    ],
)
def test_the_shell_completes_commands_targets_and_options(typed: str, offered: list[str]) -> None:
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    result = RUNNER.invoke(app, env={"_TELEMETRY_COMPLETE": "complete_bash", **words}, prog_name="telemetry")
    assert result.stdout.split() == offered


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_the_help_of_a_command_ends_with_its_examples(module: ModuleType) -> None:
    assert isinstance(module.PANEL, Panel)
    assert 1 <= len(module.EXAMPLES) <= 2
    lines = [line.strip() for line in help_of(name_of(module)) if line]
    assert lines[-len(module.EXAMPLES) - 1 :] == ["Examples", *module.EXAMPLES]
    assert all(example.startswith(f"telemetry {name_of(module)}") for example in module.EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_command_line_that_parses(example: str, tmp_path: Path) -> None:
    assert len(example) <= LONGEST
    words = shlex.split(example.partition(" > ")[0])[1:]
    (tmp_path / "payload.json").write_text("{}")
    command = typer.main.get_command(app).commands[words[0]]  # type: ignore[attr-defined]
    context = command.make_context(words[0], words[1:])
    context.close()


def test_an_example_with_an_unknown_option_does_not_parse() -> None:
    command = typer.main.get_command(app).commands["report"]  # type: ignore[attr-defined]
    with pytest.raises(Exception, match="No such option"):
        command.make_context("report", ["--no-such-option"])


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


@pytest.mark.parametrize("command", [["settings"], ["serve", "--queue", "sqlite"], ["send", "check_suite", "-"]])
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


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            PermissionError(errno.EACCES, "Permission denied", "/telemetry-demo"),
            "/telemetry-demo: Permission denied. Run it in a folder that you may write to.",
        ),
        (PermissionError(errno.EACCES, "Permission denied", __file__), f"{__file__}: Permission denied"),
        (ModuleNotFoundError("No module", name="psutil"), "psutil is missing: run `make setup`"),
    ],
)
def test_what_a_command_cannot_do_anywhere_is_one_line(
    error: Exception, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(cli.app, "app", fail)
    with pytest.raises(SystemExit) as raised:
        cli.app.main()
    assert (raised.value.code, capsys.readouterr()) == (2, ("", f"{line}\n"))


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left", "x"), ModuleNotFoundError("x", name="requests")]
)
def test_another_error_is_not_hidden(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(cli.app, "app", fail)
    with pytest.raises(type(error)):
        cli.app.main()
