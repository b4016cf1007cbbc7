import stat
from pathlib import Path

import dotenv
import pytest

from cli.setup import env_file
from core.errors import TelemetryError


def test_only_what_is_missing_is_written_and_other_lines_stay(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# mine\nREPO_OWNER=octo-org\nPORT=9")
    path.chmod(0o644)
    wanted = {"REPO_OWNER": "octo-org", "REPO_NAME": "data", "TARGET_BRANCH": "main", "REPO_PATH": ""}
    assert env_file.set_variables(wanted) == [".env: set REPO_NAME"]
    assert path.read_text() == "# mine\nREPO_OWNER=octo-org\nPORT=9\nREPO_NAME='data'\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert env_file.set_variables(wanted) == [".env is correct"]


def test_nothing_to_write_creates_no_file(tmp_path: Path) -> None:
    assert env_file.set_variables({"WATCHED_HOOKS": ""}) == [".env is correct"]
    assert list(tmp_path.iterdir()) == []


def test_a_variable_of_the_environment_only_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPO_WRITE_ACCESS_TOKEN", "t0ken")
    messages = env_file.set_variables({"REPO_WRITE_ACCESS_TOKEN": "t0ken", "REPO_NAME": "data"})
    assert messages[0] == ".env: set REPO_NAME"
    assert messages[1].startswith("REPO_WRITE_ACCESS_TOKEN is set in the environment only")
    assert dotenv.dotenv_values(tmp_path / ".env") == {"REPO_NAME": "data"}
    assert "t0ken" not in str(messages)


def test_a_variable_that_takes_precedence_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_URL", "https://old.example.com/telemetry")
    written, shadowed = env_file.set_variables({"WEBHOOK_URL": "https://new.example.com/telemetry"})
    assert written == ".env: set WEBHOOK_URL"
    assert shadowed.startswith("WEBHOOK_URL has another value in the environment, which takes precedence")
    assert dotenv.dotenv_values(tmp_path / ".env") == {"WEBHOOK_URL": "https://new.example.com/telemetry"}


def test_another_value_in_the_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("REPO_NAME=old\n")
    monkeypatch.setenv("REPO_NAME", "new")
    [message] = env_file.set_variables({"REPO_NAME": "new"})
    assert message == "REPO_NAME has another value in .env, which later commands use without the environment's"
    assert dotenv.dotenv_values(tmp_path / ".env") == {"REPO_NAME": "old"}


def test_a_symbolic_link_stays_and_its_file_is_written(tmp_path: Path) -> None:
    (tmp_path / "shared.env").write_text("PORT=9\n")
    (tmp_path / "shared.env").chmod(0o644)
    (tmp_path / ".env").symlink_to("shared.env")
    env_file.set_variables({"REPO_NAME": "data"})
    assert (tmp_path / ".env").is_symlink()
    assert dotenv.dotenv_values(tmp_path / "shared.env") == {"PORT": "9", "REPO_NAME": "data"}
    assert stat.S_IMODE((tmp_path / "shared.env").stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    with pytest.raises(TelemetryError, match=r"^\.env cannot be written \("):
        env_file.set_variables({"REPO_NAME": "data"})
