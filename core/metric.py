"""Defines a metric. One module of `core/metrics/` is one metric: its `METRIC` is discovered."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from core.errors import NotFound, TransientReadError
from core.events import SignedTriggerEvent
from core.payload import Fields, day_of
from core.ports import GitHubReader
from core.settings_table import SharedSettings

T = TypeVar("T")
MOST_REQUESTS = 6
"""Requests to GitHub for one event, whatever the size of the repository's history. Only a comparison of more than a hundred
commits takes more: its size is that of the deployment."""
NO_DAY = ""
"""The day of a metric whose files are in no day folder."""


class Key(NamedTuple):
    """The unique key of a fact: a pure function of the payload, never of the clock or the delivery."""

    identity: tuple[int | str | None, ...]
    """Which fact it is. Parts that the payload lacks are omitted from the path."""
    version: tuple[int | None, ...] = ()
    """Which state of that fact; the later one wins in the warehouse."""
    day: str | None = NO_DAY
    """The UTC day folder `YYYY-MM-DD`; None is `undated`."""


class CollectContext:
    """The context of a collector: settings, reads of GitHub, and anomalies of doubtful numbers."""

    def __init__(
        self,
        github: GitHubReader,
        choices: SharedSettings,
        *,
        last_try: bool = False,
        is_young: bool = False,
        most_requests: int = MOST_REQUESTS,
    ) -> None:
        self.github = github
        self.most_requests = most_requests
        """Requests to GitHub that this event may take."""
        self.choices = choices
        self.anomalies: list[str] = []
        self.read_failed = False
        self.has_answered = False
        """Whether GitHub has answered a read of this event, so that the repository exists."""
        self._last_try = last_try
        self._is_young = is_young

    def add_anomaly(self, anomaly: str) -> None:
        """Record once why a number is null or doubtful."""
        if anomaly not in self.anomalies:
            self.anomalies.append(anomaly)

    def try_read(self, ask: Callable[[], T]) -> T | None:
        """Return the result, or raise TransientReadError so that the event is retried; on the last try, return None.

        A None makes the record's status `networkError`. A 404 counts as a failed read while the event is young; after that
        it raises NotFound.
        """
        try:
            result = ask()
        except NotFound as error:
            if not self._is_young:
                raise
            failure = TransientReadError(f"{error}, which may pass")
        except TransientReadError as error:
            failure = error
        else:
            self.has_answered = True
            return result
        if not self._last_try:
            raise failure
        self.read_failed = True
        return None

    def time(self, fields: Fields, key: str) -> int | None:
        """Return a time in UNIX ms; None if it is missing, and None with an anomaly if it is impossible.

        Raises MalformedPayload if it is not a string.
        """
        value = fields.time(key)
        if value is None and fields.data.get(key) is not None:
            self.add_anomaly("impossible_time")
        return value

    def duration(self, start: int | None, end: int | None) -> int | None:
        """Return the milliseconds from start to end; None, with an anomaly, if one is missing or they are out of order."""
        if start is None or end is None:
            self.add_anomaly("missing_time")
            return None
        if end < start:
            self.add_anomaly("negative_duration")
            return None
        return end - start


class Metric(NamedTuple):
    """One thing that is measured."""

    name: str
    """The wire name, kebab-case: `metric_signature` and folder."""
    trigger: str
    """The signature of the one event it listens to."""
    output: type
    """A NamedTuple; its fields and their docstrings are the published format and docs/METRICS.md."""
    applies: Callable[[SignedTriggerEvent], bool]
    """Whether this event is wanted. Runs in the webhook: no I/O, and no import that is not loaded already.
    Raises MalformedPayload if the payload does not say."""
    key: Callable[[SignedTriggerEvent], Key]
    collect: Callable[[SignedTriggerEvent, CollectContext], Any]
    """The output. Raises MalformedPayload, and TransientReadError from `CollectContext.try_read`."""
    versioned: bool = False
    """Whether the last part of its key is a version: of two records that differ in it alone, the later one wins."""
    repository_scoped: bool = False
    """Whether its key says which fact it is only within the repository, such as a tag."""
    is_selected: Callable[[SignedTriggerEvent, SharedSettings], bool] | None = None
    """Whether the settings select an event that the metric applies to; None: they select all. Restricted as `applies` is."""
    skip_reason: Callable[[SignedTriggerEvent], str | None] | None = None
    """Why the metric does not apply to an event, where that is worth saying; without values of the payload, which anybody may
    write. Restricted as `applies` is."""


def applies_to(metric: Metric, event: SignedTriggerEvent, choices: SharedSettings) -> bool:
    """Return whether the metric applies to the event and the settings select it. Raises MalformedPayload."""
    return metric.applies(event) and (metric.is_selected is None or metric.is_selected(event, choices))


def skip_reason(metrics: Iterable[Metric], event: SignedTriggerEvent, summary: str = "no metric applies") -> str:
    """Return why none of the metrics applies to the event: the summary, and what each metric says of it."""
    reasons = (metric.skip_reason(event) for metric in metrics if metric.skip_reason is not None)
    return "; ".join([summary, *filter(None, reasons)])


def day(*times: int | None) -> str | None:
    """Return the UTC day of the first time that is present; None if none is."""
    return next((day_of(time) for time in times if time is not None), None)
