"""Define what services.toml adds to a report, and what a report counts to say why a number is empty. No SQL."""

from typing import NamedTuple


class Target(NamedTuple):
    """A value that a measure should reach."""

    service: str
    """The service; empty: each service without a target of its own."""
    measure: str
    value: float
    """In the measure's unit: milliseconds, a share from 0 to 1, per day, or a count."""
    text: str
    """As services.toml has it: `1 d`, `15 %`."""
    is_by_month: bool = False
    """Whether it is a number a month or a year: a month has as many days as the calendar says."""


class Annotation(NamedTuple):
    """A note on a day."""

    service: str
    """The service; empty: all."""
    day: str
    """`2026-11-16`."""
    at: int
    """The beginning of the day in the report's zone, UNIX ms."""
    text: str
    """The user's own text."""


class RecordCount(NamedTuple):
    """How many records of a metric a repository has."""

    repository: str
    """`owner/repo`."""
    metric: str
    records: int
