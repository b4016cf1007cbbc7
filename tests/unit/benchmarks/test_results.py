import io
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import results
from benchmarks.discovery import discover
from benchmarks.results import Result, machine, record, replace_section, section, show

FAST = Result("fast", 0.25, "ms", 0.35)
SLOW = Result("slow", 1234.5, "ms", 40)
OPEN = Result("open", 7, "/s")


@pytest.mark.parametrize(
    ("value", "promise", "expected"),
    [(0.3, 0.3, True), (0.30001, 0.3, False), (9, None, True), (float("nan"), 1, False), (float("inf"), 1, False)],
)
def test_a_promise_holds_up_to_its_limit(value: float, promise: float | None, expected: bool) -> None:  # noqa: FBT001 (a table)
    assert Result("r", value, "ms", promise).is_met is expected


def test_a_section_says_when_and_where_and_which_promise_is_broken() -> None:
    assert section("speed", [FAST, SLOW, OPEN], "2026-11-24", "a machine") == (
        "## speed\n\n2026-11-24, a machine\n\n| | measured | promised | |\n| --- | ---: | ---: | --- |\n"
        "| fast | 0.250 ms | ≤ 0.350 ms | kept |\n"
        "| slow | 1,234 ms | ≤ 40.0 ms | BROKEN |\n"
        "| open | 7.00 /s |  |  |\n"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.000 x"), (0.0123, "0.012 x"), (0.9996, "1.000 x"), (1.5, "1.50 x"), (12.34, "12.3 x"), (123.4, "123 x")],
)
def test_a_number_has_about_three_digits(value: float, text: str) -> None:
    assert f"| {text} |" in section("s", [Result("r", value, "x")], "", "")


def test_a_result_replaces_only_its_predecessor(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    record("b", [SLOW], "2026-11-23", path)
    record("a", [OPEN], "2026-11-24", path)
    other = path.read_text().partition("## b")[2]
    record("a", [FAST], "2026-11-25", path)
    text = path.read_text()
    assert [line for line in text.splitlines() if line.startswith("#")] == ["# What was measured", "## a", "## b"]
    assert ("2026-11-25" in text, "2026-11-24" in text, text.partition("## b")[2]) == (True, False, other)
    assert replace_section(text, "a", section("a", [FAST], "2026-11-25", machine())) == text


def test_the_terminal_shows_every_number_and_its_verdict() -> None:
    out = io.StringIO()
    show("speed", [FAST, SLOW, OPEN], Console(file=out, width=120))
    for word in ("speed", "fast", "kept", "1,234 ms", "BROKEN", "7.00 /s"):
        assert word in out.getvalue()


def test_the_machine_is_described_by_kind_not_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cpu = tmp_path / "cpuinfo"
    cpu.write_text("processor\t: 0\nmodel name\t: Fast  CPU @ 3 GHz\n")
    monkeypatch.setattr(results, "_CPU", cpu)
    assert machine().startswith("Fast CPU @ 3 GHz, ")
    monkeypatch.setattr(results, "_CPU", tmp_path / "none")
    assert " cores, " in machine()


def test_every_benchmark_is_discovered_and_no_helper() -> None:
    assert {"cold_start", "webhook"} <= set(discover())
    assert {"results", "plain_boto3_webhook", "__main__"}.isdisjoint(discover())
