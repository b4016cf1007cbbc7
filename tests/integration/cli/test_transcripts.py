"""What `telemetry` prints on a terminal of 80 and 200 columns and into a pipe: tests/transcripts/."""

import re
import shlex
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
LINK = re.compile("\x1b]8;;(.*?)\x1b")


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


STAGES = ("list the files", "merge 0 of 2,", "build the models", "compute the numbers")


def test_on_a_terminal_the_stages_are_named_and_removed_before_the_output(demo: Path) -> None:
    words = ["report", "telemetry-demo", "--format", "csv"]
    printed = terminal.on_terminal(words, demo, 80, now=timeline.END, with_stderr=True)
    assert printed.exit_code == 0
    stages, header, rows = printed.plain.partition("measure,unit,")
    assert header
    places = [stages.find(stage) for stage in STAGES]
    assert places == sorted(places)
    assert places[0] >= 0
    assert not any(stage in rows for stage in STAGES)


def test_in_a_pipe_no_stage_is_named(demo: Path) -> None:
    printed = terminal.piped(["report", "demo.duckdb", "--format", "csv"], demo, now=timeline.END)
    assert (printed.exit_code, printed.stderr) == (0, "")


@pytest.mark.parametrize(
    ("env", "is_styled"),
    [({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False), ({}, True)],
    ids=str,
)
def test_a_terminal_is_styled_unless_its_user_forbids_it(env: dict[str, str], is_styled: bool, demo: Path) -> None:  # noqa: FBT001
    for words in (["--help"], ["metrics"], ["report", "demo.duckdb"]):
        assert terminal.on_terminal(words, demo, 80, now=timeline.END, env=env).is_styled == is_styled, words


@pytest.mark.parametrize(
    ("env", "is_styled"), [({"FORCE_COLOR": "1"}, True), ({"GITHUB_ACTIONS": "true"}, False)], ids=str
)
def test_a_pipe_is_styled_only_if_colour_is_forced(env: dict[str, str], is_styled: bool, demo: Path) -> None:  # noqa: FBT001
    for words in (["--help"], ["metrics"], ["report", "demo.duckdb"]):
        assert terminal.piped(words, demo, now=timeline.END, env=env).is_styled == is_styled, words


def test_rows_that_are_wider_than_the_terminal_propose_the_format_line(demo: Path) -> None:
    words = ["sql", "FROM deployment LIMIT 1", "--database", "demo.duckdb"]
    printed = terminal.on_terminal(words, demo, 80)
    match = re.search(r"One line per column: telemetry (.+)", printed.stderr)
    assert match is not None
    assert [*words, "--format", "line"] == shlex.split(match[1])
    lines = terminal.on_terminal([*words, "--format", "line"], demo, 80)
    assert re.search(r"^ +owner = octo-org$", lines.stdout, re.MULTILINE)
    narrow = terminal.on_terminal(["sql", "SELECT 1 AS a", "--database", "demo.duckdb"], demo, 80)
    assert narrow.stderr == ""


def test_evidence_has_links_on_a_terminal_that_can_show_them(demo: Path) -> None:
    words = COMMANDS["evidence"]
    urls = set(LINK.findall(terminal.on_terminal(words, demo, 80, now=timeline.END).stdout)) - {""}
    assert urls
    assert {url for url in urls if not url.startswith("https://github.com/octo-org/")} == set()
    dumb = terminal.on_terminal(words, demo, 80, now=timeline.END, env={"TERM": "dumb"})
    assert not dumb.is_styled


def test_evidence_in_a_pipe_is_one_line_an_item_unless_columns_are_set(demo: Path) -> None:
    words = COMMANDS["evidence"]
    piped = terminal.piped(words, demo, now=timeline.END).stdout.splitlines()
    assert all(line.endswith(".json") for line in piped[1:])
    narrow = terminal.piped(words, demo, now=timeline.END, env={"COLUMNS": "80"})
    assert narrow.stdout == terminal.on_terminal(words, demo, 80, now=timeline.END).plain
