import os
import shlex
import sys
from pathlib import Path

import pytest

from cli import hints
from warehouse import DEFAULT_DATABASE


@pytest.mark.parametrize(
    "word", ["a b", 'say "x"', "$HOME", "a'b", "`id`", "!1", "a\\b", "", "demo.duckdb", "*", "~/x"]
)
def test_a_quoted_word_is_the_same_word_for_the_shell(word: str) -> None:
    assert shlex.split(hints.quote(word)) == [word]


def test_options_without_a_value_and_the_default_database_are_left_out() -> None:
    assert hints.command("merge", "", database=DEFAULT_DATABASE, services="") == "telemetry merge"
    assert hints.command("merge", "my data", database="a b.duckdb", repo_path="x") == (
        'telemetry merge "my data" --database "a b.duckdb" --repo-path x'
    )


def test_the_program_is_named_by_its_path_unless_path_finds_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "bin" / "telemetry"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(script)])
    monkeypatch.setenv("PATH", os.defpath)
    assert hints.program() == "bin/telemetry"
    monkeypatch.setenv("PATH", str(script.parent))
    assert hints.program() == "telemetry"


def test_in_an_environment_of_uvx_the_program_is_called_by_uvx(monkeypatch: pytest.MonkeyPatch) -> None:
    script = "/var/cache/uv/archive-v0/txBhILwM/bin/telemetry-functions"
    monkeypatch.setattr("sys.argv", [script])
    assert hints.program() == "telemetry"
    monkeypatch.setenv("UV", "/usr/bin/uv")
    assert hints.program() == "uvx telemetry-functions"
