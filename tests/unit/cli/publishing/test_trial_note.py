from pathlib import Path

import pytest

from cli.publishing.trial_note import NAME, TrialNote, encoded, first_day, first_note, is_foreign, read
from core.errors import PermanentError
from core.payload import DAY

WEDNESDAY = 20_425 * DAY + 7
"""2025-12-03."""


def test_a_note_is_unfinished_until_the_reading_ended() -> None:
    note = first_note("octo-org").begun(50)
    assert (note.since, note.missing) == (50, "the reading has not ended")
    assert note.label("octo") == "octo (INCOMPLETE)"
    ended = note.ended("", 90)
    assert (ended.label("octo"), ended.whole_since, ended.whole_until) == ("octo", 50, 90)
    failed = note.ended("no network", 90)
    assert (failed.label("octo (INCOMPLETE)"), failed.whole_until) == ("octo (INCOMPLETE)", 0)


@pytest.mark.parametrize(
    ("since", "first"),
    [(80, 50), (90, 50), (20, 20), (91, 91)],
    ids=["within", "at the end", "earlier", "after a gap"],
)
def test_what_was_read_whole_before_counts_unless_there_is_a_gap(since: int, first: int) -> None:
    assert TrialNote("octo", 50, "", 50, 90).begun(since).since == first


def test_what_was_read_in_part_before_does_not_count() -> None:
    assert first_note("octo").begun(50).ended("no network", 90).begun(80).since == 80


def test_the_current_week_is_whole_whatever_the_days() -> None:
    monday = WEDNESDAY // DAY * DAY - 2 * DAY
    assert first_day(WEDNESDAY, 1) == monday - DAY
    assert first_day(WEDNESDAY, 90) == WEDNESDAY - 90 * DAY


def test_a_note_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read(tmp_path) is None
    note = TrialNote("octo-org", 1, "x", 2, 3)
    (tmp_path / NAME).parent.mkdir()
    (tmp_path / NAME).write_bytes(encoded(note))
    assert read(tmp_path) == note
    assert not is_foreign(tmp_path)
    (tmp_path / "octo-org").mkdir()
    assert is_foreign(tmp_path)


def test_an_odd_note_is_an_error_and_not_a_complete_report(tmp_path: Path) -> None:
    (tmp_path / NAME).parent.mkdir()
    (tmp_path / NAME).write_text('{"since": 1}')
    with pytest.raises(PermanentError, match="delete it and read again"):
        read(tmp_path)
