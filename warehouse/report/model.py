"""Define a report: every number with its coverage and evidence. Immutable values, no SQL.

Times are UNIX ms in UTC. Durations are ms, shares are from 0 to 1, frequencies are per day.
"""

from typing import NamedTuple

from warehouse.report.evidence_model import Evidence as Evidence  # noqa: PLC0414 (a part of the model)
from warehouse.report.left_out_model import LeftOut, Suggestion, WholeRuns, WithoutEnd
from warehouse.report.settings_model import Annotation, RecordCount, Target

DURATION, PER_DAY, SHARE, COUNT = "duration", "per_day", "share", "count"
UNITS = (DURATION, PER_DAY, SHARE, COUNT)
MEDIAN, MEAN, SUM = "median", "mean", "sum"
STATISTICS = (MEDIAN, MEAN, PER_DAY, SUM)
INFERRED = "inferred"
"""The certainty of a value that is in the numbers, but is not known."""
CHANGE_FAIL_RATE = "change_fail_rate"
CHANGE_LEAD_TIME, AUTHORED = "change_lead_time", "authored"
"""The measure beside which incidents are shown that it cannot count."""
DIRECTIONS = ("lower", "higher", "")


class Measure(NamedTuple):
    """A measure, such as the change lead time."""

    name: str
    """snake_case: the name of its SQL file, and of its view."""
    title: str
    """For people."""
    is_dora: bool
    """Whether it is one of DORA's five."""
    unit: str
    """`duration`, `per_day`, `share` or `count`."""
    statistic: str
    """How values are aggregated: `median`, `mean`, `per_day` or `sum`."""
    better: str
    """`lower`, `higher`, or empty if neither is better."""
    definition: str
    """What it measures, in a sentence."""
    source: str
    """URL and date of the definition; empty for the project's own."""
    group: str = ""
    """What its items are compared by, as "runner labels"; empty if they have no groups."""


class Repository(NamedTuple):
    """A source repository and its settings from services.toml."""

    host: str
    key: str
    """The warehouse's `repository_key`."""
    name: str
    """`owner/repo`, as GitHub spelled it last."""
    service: str
    team: str | None
    """None if the service has no team, or a team too small to be shown."""
    deployments: str
    """What its deployments are: `statuses`, `releases`, `merges` or `workflow`."""
    lead_time_from: str = AUTHORED
    """Where its change lead time starts: `authored`, `committed`, `opened` or `merged`."""
    is_part: bool = False
    """Whether services.toml splits the repository: the service has a part of its deployments or changes, or the rest."""


class Period(NamedTuple):
    """A reporting period."""

    kind: str
    """`week`, `month` or `quarter`."""
    name: str
    """`2026-W47`, `2026-11` or `2026-Q4`."""
    starts_at: int
    ends_at: int
    """The end of the period, exclusive."""


class Number(NamedTuple):
    """One measure of one service or repository, in one environment and period."""

    measure: str
    service: str
    repository: str
    """`owner/repo`; empty for the whole service."""
    environment: str
    """Empty for measures without environments."""
    kind: str
    period: str
    value: float | None
    """None if unknown, never zero."""
    known: int
    """Number of items whose value is known; inferred ones are in the value, but are not known."""
    items: int
    """Number of items; `known / items` is the coverage."""
    inferred: int = 0
    """Number of items whose value is inferred; the others of `items` are unknown."""
    p75: float | None = None
    """The 75th percentile of the values behind a median, interpolated linearly; None with fewer than 4 values."""
    p90: float | None = None
    """The 90th percentile of the values behind a median, interpolated linearly; None with fewer than 10 values."""
    p95: float | None = None
    """The 95th percentile of the values behind a median, interpolated linearly; None with fewer than 20 values."""

    @property
    def valued(self) -> int:
        """Return the number of items that the value is computed of."""
        return self.known + self.inferred


class IncidentCount(NamedTuple):
    """Incidents opened in a period that no failure of a service can be about."""

    service: str
    kind: str
    period: str
    without_service: int
    """Incidents of a repository of several services that name none of them; each of these services has them."""
    exempt: int
    """Incidents that a label takes out of the numbers."""


class UnknownItems(NamedTuple):
    """How many items of a measure are unknown in the report's periods for one reason."""

    measure: str
    service: str
    why: str | None
    items: int


class Missing(NamedTuple):
    """A delivery that is missing according to the ledger."""

    delivery_id: str
    event: str
    reason: str


class LedgerDay(NamedTuple):
    """Counts of a webhook's deliveries in a UTC day (docs/OPERATE.md)."""

    day: str
    webhook: str
    """Owner and id of the webhook: `octo-org (1)`."""
    sent: int
    accepted: int
    stored: int
    recovered: int
    missing: tuple[Missing, ...]


class Reject(NamedTuple):
    """A file that is not a record, and the reason."""

    path: str
    reason: str


class Environment(NamedTuple):
    """An environment of a repository's deployments, by its present name."""

    repository: str
    """`owner/repo`."""
    name: str
    is_production: bool
    """Whether deployments to it count."""
    reason: str
    """`services.toml`, `transient_environment`, `production_environment` or `name` decided it."""


class Report(NamedTuple):
    """A whole report."""

    generated_at: int
    source: str
    """Description of the merged source, from the caller."""
    records: dict[str, int]
    """Number of facts by metric; all zero in an empty database."""
    newest_at: int | None
    """When the newest record was received."""
    measures: tuple[Measure, ...]
    repositories: tuple[Repository, ...]
    periods: tuple[Period, ...]
    """Oldest first; the last of each kind is not complete yet."""
    numbers: tuple[Number, ...]
    ledger: tuple[LedgerDay, ...]
    """Oldest first."""
    rejects: tuple[Reject, ...]
    """The first 100 rejects."""
    rejected: int
    """Number of all rejects."""
    notes: tuple[str, ...] = ()
    """Settings of services.toml that have no effect: keys that are not applied yet, and globs that match nothing."""
    time_zone: str = "UTC"
    """IANA name of the zone of the periods' days; times are shown in it. The ledger's days are in UTC."""
    incident_counts: tuple[IncidentCount, ...] = ()
    """Only where a count is not zero."""
    unknown: tuple[UnknownItems, ...] = ()
    """Why items are unknown, since the first of the periods."""
    old_records: dict[str, int] = {}  # noqa: RUF012 (never changed, as the other fields)
    """Number of records by metric that an older version wrote, without the fields that came later."""
    environments: tuple[Environment, ...] = ()
    """Both sides: the environments that are production, and those that are not."""
    left_out: tuple[LeftOut, ...] = ()
    """Only where a count is not zero."""
    suggestions: tuple[Suggestion, ...] = ()
    """What `exclude` of services.toml may leave out."""
    whole_runs: tuple[WholeRuns, ...] = ()
    """Workflows that deploy, without a job that is known to deploy."""
    without_end: tuple[WithoutEnd, ...] = ()
    """Environments of production with deployments that never got a final status."""
    records_url: str = ""
    """Address of the folder of the records' paths on GitHub; empty if they are not there, or of several sources."""
    targets: tuple[Target, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    """Oldest first."""
    shared_deployments: tuple[tuple[str, str], ...] = ()
    """Pairs of services that have deployments in common, because only `paths` split their repository."""
    record_counts: tuple[RecordCount, ...] = ()
    """Of the metrics that deployments and changes are made of."""
