"""Stores beside the records of `telemetry try` what was read, so that every report of the folder says what is missing.

A period that began before the first day that was read would look like one in which less happened.
"""

import json
from pathlib import Path
from typing import NamedTuple

from core.errors import PermanentError
from core.payload import DAY

NAME = "_system/trial.json"
_UNFINISHED = "the reading has not ended"
INCOMPLETE = "(INCOMPLETE)"


class TrialNote(NamedTuple):
    """What was read into a folder. Times are UNIX ms."""

    target: str
    """OWNER or OWNER/REPO."""
    since: int
    """Periods that begin earlier are not read whole."""
    missing: str
    """What could not be read; empty if nothing is missing."""
    whole_since: int = 0
    """The latest span that was read without anything missing, to `whole_until`; both 0 if there is none."""
    whole_until: int = 0

    def begun(self, since: int) -> "TrialNote":
        """Return the note of a further reading since a date; with the span that was read whole, if there is no gap."""
        joins = self.whole_since and since <= self.whole_until
        return self._replace(since=min(since, self.whole_since) if joins else since, missing=_UNFINISHED)

    def ended(self, missing: str, until: int) -> "TrialNote":
        """Return the note of a reading that ended; `until` is when it began."""
        if missing:
            return self._replace(missing=missing)
        return self._replace(missing="", whole_since=self.since, whole_until=until)

    def label(self, called: str) -> str:
        """Return the display name of the source, which says if something is missing."""
        return f"{called} {INCOMPLETE}" if self.missing and not called.endswith(INCOMPLETE) else called


def first_note(target: str) -> TrialNote:
    """Return the note of a new folder."""
    return TrialNote(target, 0, _UNFINISHED)


def read(folder: str | Path) -> TrialNote | None:
    """Return the note of a folder; None if `telemetry try` did not create it. Raises PermanentError for an odd file."""
    path = Path(folder, NAME)
    try:
        fields = json.loads(path.read_bytes())
        times = (int(fields[name]) for name in ("since", "whole_since", "whole_until"))
        return TrialNote(str(fields["target"]), next(times), str(fields["missing"]), *times)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise PermanentError(f"{path} cannot be read ({type(error).__name__}): delete it and read again") from None


def encoded(note: TrialNote) -> bytes:
    """Return the content of a note's file."""
    return (json.dumps(note._asdict()) + "\n").encode()


def is_foreign(folder: str | Path) -> bool:
    """Return whether a folder without a note has records: they are not of a trial, and the day of the first is unknown."""
    path = Path(folder)
    return path.is_dir() and any(item.is_dir() and item.name != "_system" for item in path.iterdir())


def first_day(now: int, days: int) -> int:
    """Return the start (UNIX ms) of a trial of some days: the current week is always whole, in each time zone."""
    today = now // DAY
    monday = today - (today + 3) % 7
    return min(now - days * DAY, (monday - 1) * DAY)
