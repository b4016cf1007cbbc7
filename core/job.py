"""Defines a scheduled job. One module of `core/jobs/` is one job: its `JOB` is discovered.

terraform/schedules.json has a row for each job: when it runs, and within how many hours it should succeed once.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from core.services import JobServices


class JobOutcome(StrEnum):
    """The outcome of a run, or of a part of it; in the log."""

    DONE = "done"
    UNFINISHED = "unfinished"
    FAILED = "failed"
    OUT_OF_TIME = "out-of-time"
    NOT_QUEUED = "not-queued"
    NOT_RECORDED = "not-recorded"
    """The job ran, but that could not be written down: after a restart it may run again."""
    UNREADABLE = "not-looked-at"
    """What the run should process could not be read; the rest was."""
    CURSOR_UNREADABLE = "cursor-unreadable"


class Report(NamedTuple):
    """The result of a run."""

    done: int
    left: int
    """Items that the run had no time for, or could not process; the next run does. A run with nothing left is a success."""


class Job(NamedTuple):
    """A scheduled job: idempotent, and finished within its time limit."""

    name: str
    run: Callable[[JobServices], Report]
    """Raises what core/errors.py names."""
