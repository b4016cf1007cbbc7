import pytest

from cli.trial.reading_progress import ReadingProgress


def test_without_a_terminal_there_is_a_line_from_time_to_time(capsys: pytest.CaptureFixture[str]) -> None:
    clock = iter([0.0, 1.0, 15.0, 15.0, 16.0])
    with ReadingProgress("octo-org/hello-world", now=lambda: next(clock)) as shown:
        for done in (100, 200, 300):
            shown.advance(done, 1_234)
        with shown.paused():
            pass
    assert capsys.readouterr().err == "octo-org/hello-world: 200 of 1,234 items\n"
