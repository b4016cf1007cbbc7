"""What a report says: every number with how much of it is known, and what is behind it. Frozen values, no SQL.

Times are UNIX ms in UTC. Durations are ms, shares are from 0 to 1, frequencies are per day.
"""

from typing import NamedTuple

DURATION, PER_DAY, SHARE, COUNT = "duration", "per_day", "share", "count"


class Measure(NamedTuple):
    """One thing that is measured, such as the change lead time."""

    name: str
    """snake_case: the name of its SQL file, and of its view."""
    title: str
    """For people."""
    is_dora: bool
    """Whether it is one of DORA's five."""
    unit: str
    """`duration`, `per_day`, `share` or `count`."""
    statistic: str
    """How a number is made of the values behind it: `median`, `mean`, `per_day` or `sum`."""
    better: str
    """`lower`, `higher`, or empty where neither is better."""
    definition: str
    """What it measures, in a sentence."""
    source: str
    """Where the definition stands: an address and its date; empty for our own."""


class Repository(NamedTuple):
    """A source repository, and what services.toml tells of it."""

    host: str
    key: str
    """The warehouse's `repository_key`."""
    name: str
    """`owner/repo`, as GitHub spelled it last."""
    service: str
    team: str | None
    """None where it has none, or one that is too small to be shown apart."""
    deployments: str
    """What its deployments are: `statuses`, `releases`, `merges` or `workflow`."""


class Period(NamedTuple):
    """A span of time that numbers are told for."""

    kind: str
    """`week`, `month` or `quarter`."""
    name: str
    """`2026-W47`, `2026-11` or `2026-Q4`."""
    starts_at: int
    ends_at: int
    """The first moment that is no longer in it."""


class Number(NamedTuple):
    """One measure of one service or repository, in one environment and period."""

    measure: str
    service: str
    repository: str
    """`owner/repo`; empty for the whole service."""
    environment: str
    """Empty for what has none."""
    kind: str
    period: str
    value: float | None
    """None where nothing is known: never zero for it."""
    known: int
    """How many of the items have a value …"""
    items: int
    """… and how many there are: `known / items` is the coverage."""


class Evidence(NamedTuple):
    """One item behind a number, and the record that tells of it."""

    measure: str
    service: str
    repository: str
    environment: str
    at: int | None
    item: str
    """Which deployment, change, pull request or job."""
    value: float | None
    """None: unknown, and `why` says the reason."""
    why: str | None
    record_id: str | None
    path: str | None


class Missing(NamedTuple):
    """A delivery that never became a record, by the ledger."""

    delivery_id: str
    event: str
    reason: str


class LedgerDay(NamedTuple):
    """What became of a webhook's deliveries in a UTC day (docs/OPERATE.md)."""

    day: str
    webhook: str
    """Owner and id of the webhook: `octo-org (1)`."""
    sent: int
    accepted: int
    stored: int
    recovered: int
    missing: tuple[Missing, ...]


class Reject(NamedTuple):
    """A file that is no record, and why."""

    path: str
    reason: str


class Report(NamedTuple):
    """All of it."""

    generated_at: int
    source: str
    """What was merged, in the words of whoever asked."""
    records: dict[str, int]
    """How many facts there are, by metric; all zero: an empty database."""
    newest_at: int | None
    """When the newest record was received."""
    measures: tuple[Measure, ...]
    repositories: tuple[Repository, ...]
    periods: tuple[Period, ...]
    """Oldest first; the last of each kind is not over yet."""
    numbers: tuple[Number, ...]
    ledger: tuple[LedgerDay, ...]
    """Oldest first."""
    rejects: tuple[Reject, ...]
    """The first hundred …"""
    rejected: int
    """… of so many."""
