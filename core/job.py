"""What a scheduled job is. One module of `core/jobs/` is one job: its `JOB` is found, never listed."""

from collections.abc import Callable
from typing import NamedTuple

from core.services import JobServices


class Report(NamedTuple):
    """What a run came to."""

    done: int
    left: int
    """What it had no time for, or could not do; the next run does it. A run with nothing left was a success."""


class Job(NamedTuple):
    """Something that is done by the clock: idempotent, and ended before its time is up."""

    name: str
    run: Callable[[JobServices], Report]
    """Raises what core/errors.py names."""
    hours: int = 25
    """In which one run should succeed; Terraform's alarm_hours say the same."""
