"""Reads the steps of a workflow job, for the two metrics that report them."""

from typing import NamedTuple

from core.metric import CollectContext
from core.metrics._conclusion import conclusion_of
from core.payload import Fields


class Step(NamedTuple):
    """One step of a job."""

    name: str | None
    """The step's name."""
    conclusion: str | None
    """How it ended: `success`, `failure`, `skipped`, `cancelled`; null where GitHub did not tell."""
    number: int | None
    """Its place in the job, from 1."""
    started_at: int | None
    """UNIX ms; null where GitHub did not tell."""
    completed_at: int | None
    """UNIX ms; null where GitHub did not tell."""
    duration: int | None
    """Milliseconds from start to end; null where a time is missing or they are out of order."""


def step_of(step: Fields, context: CollectContext) -> Step:
    """Read a step. A skipped or cancelled step has null times, or ends before it starts."""
    started_at, completed_at = context.time(step, "started_at"), context.time(step, "completed_at")
    duration = context.duration(started_at, completed_at)
    values = (step.text_or_none("name"), conclusion_of(step, context), step.integer_or_none("number"))
    return Step(*values, started_at, completed_at, duration)  # positional for speed: a job has dozens of steps
