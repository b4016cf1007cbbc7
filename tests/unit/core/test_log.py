import time

import pytest

from core.log import LEVELS, Log, milliseconds_since, to_stderr


def written(least: str, level: str = "info", **fields: str | float | None) -> list[str]:
    lines: list[str] = []
    Log(least, lines.append)(level, "accept", "ok", **fields)
    return lines


def test_a_line_is_compact_json_with_severity_step_and_outcome_first() -> None:
    assert written("info", delivery="x", ms=1.5) == [
        '{"severity":"INFO","step":"accept","outcome":"ok","delivery":"x","ms":1.5}'
    ]


def test_a_none_field_is_omitted_and_zero_is_not() -> None:
    assert written("info", a=None, b=0, c="") == ['{"severity":"INFO","step":"accept","outcome":"ok","b":0,"c":""}']


@pytest.mark.parametrize(
    "text",
    [
        "a\nb",
        "a\r\nb",
        "a\u2028b",
        "é",
        "\ud800",
        '"',
        "\x1b[31m",
        "\0",
        "\x7f",
        "\x9b2J",
        "\u202e",
        "\u200b",
        "\U000e0041",
    ],
)
def test_a_log_line_is_always_one_line_of_ascii(text: str) -> None:
    (line,) = written("info", reason=text)
    assert (line.isascii(), line.isprintable()) == (True, True)


@pytest.mark.parametrize("least", LEVELS)
def test_a_log_writes_its_level_and_those_above(least: str) -> None:
    levels = [level for level in LEVELS if written(least, level)]
    assert levels == list(LEVELS[LEVELS.index(least) :])


def test_a_level_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        Log("loud")


def test_lines_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    to_stderr("line")
    assert capsys.readouterr() == ("", "line\n")


def test_milliseconds_are_logged_to_the_microsecond() -> None:
    start = time.perf_counter() - 1.5
    took = milliseconds_since(start)
    assert 1500 <= took <= (time.perf_counter() - start) * 1000 + 0.001
    assert took == round(took, 3)


@pytest.mark.parametrize("least", LEVELS)
def test_a_line_that_an_alarm_counts_is_written_at_any_level(least: str) -> None:
    lines: list[str] = []
    Log(least, lines.append).always("debug", "settle", "oldest", age_ms=1)
    assert lines == ['{"severity":"DEBUG","step":"settle","outcome":"oldest","age_ms":1}']
