"""What `telemetry` prints on a terminal of 80 and 200 columns and into a pipe: tests/transcripts/."""

from pathlib import Path

import pytest

from cli.demo import timeline
from tests import demo_records, terminal

COMMANDS = {
    "help": ["--help"],
    "report": ["report", "demo.duckdb"],
    "evidence": ["report", "demo.duckdb", "--evidence", "change_fail_rate", "--period", "2026-W46"],
}
"""The names of the transcripts, and their commands."""
WIDTHS = (80, 200)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo's records, merged into demo.duckdb."""
    folder = tmp_path_factory.mktemp("demo")
    demo_records.store(folder / "telemetry-demo")
    merged = terminal.piped(["merge", "telemetry-demo", "--database", "demo.duckdb"], folder, now=timeline.END)
    assert (merged.exit_code, merged.stderr) == (0, "")
    return folder


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("columns", WIDTHS)
def test_a_command_on_a_terminal_prints_its_transcript(name: str, columns: int, demo: Path) -> None:
    printed = terminal.on_terminal(COMMANDS[name], demo, columns, now=timeline.END)
    terminal.compare(f"{name}-{columns}", COMMANDS[name], printed)
    assert max(map(len, printed.plain.splitlines())) <= columns


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_in_a_pipe_prints_its_transcript(name: str, demo: Path) -> None:
    printed = terminal.piped(COMMANDS[name], demo, now=timeline.END)
    assert not printed.is_styled
    terminal.compare(f"{name}-piped", COMMANDS[name], printed)
