"""Lists a repository's items since a date, and turns an item into the event that a webhook would have delivered."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from itertools import takewhile
from math import inf
from typing import NamedTuple
from urllib.parse import urlencode

from core.add_signature import add_signature
from core.backfill.counting_reader import CountingGitHubReader
from core.backfill.stored_facts import StoredFacts
from core.backfill.unit_states import state_of
from core.errors import MalformedPayload, NotFound, TelemetryError, TransientReadError
from core.events import BACKFILL, SignedTriggerEvent, TriggerEvent
from core.github.wrapped_list import wrapped
from core.payload import DAY, Fields, Json
from core.scrub import scrub_payload
from core.settings import Settings

_FILTERED_AT_MOST = 1000
"""https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-repository"""

_WAITS_AT_MOST = 30 * DAY
"""Milliseconds from a deployment to its end if somebody must approve it:
https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments"""
_RUNS_AT_MOST = (30 + 35) * DAY
"""Milliseconds from a run's creation to the end of its last job: a run that is run again keeps its `created_at`, GitHub allows that
for 30 days, and a run may take 35.
https://docs.github.com/en/actions/how-tos/manage-workflow-runs/re-run-workflows-and-jobs
https://docs.github.com/en/actions/reference/limits"""
_RUN_TIMES = ("created_at", "updated_at", "run_started_at")
_SETTLING = 600_000
"""Milliseconds after an update until GitHub's lists surely show it, and another one would have another time."""


class Unit(NamedTuple):
    """A unit of work, such as the jobs of one workflow run: it is done completely or not at all."""

    kind: str
    """Display name in the plural: `workflow runs`."""
    id: int | str
    """Unique within the kind and the repository."""
    calls: int
    """Expected number of requests, including those of its metrics."""
    events: Callable[[], Sequence[SignedTriggerEvent]]
    """Returns the events that webhooks should have delivered. Raises TransientReadError, Unavailable, PermanentError."""
    state: str = ""
    """What GitHub's lists show of the unit (core/backfill/unit_states.py); empty if it is read in every backfill."""

    @property
    def name(self) -> str:
        """The kind and the id."""
        return f"{self.kind}:{self.id}"


class BackfillContext:
    """The context of the kinds: the repository, the start date, and the stored facts. Each list is requested once."""

    def __init__(  # noqa: PLR0913 (what a backfill is about)
        self,
        github: CountingGitHubReader,
        settings: Settings,
        repository: Json,
        stored: StoredFacts,
        *,
        since: int,
        now: int,
        is_batched: bool = False,
    ) -> None:
        """Create a context; `repository` is GitHub's response, times are UNIX ms; see BackfillOptions for `is_batched`."""
        self.github = github
        self.settings = settings
        self.repository = repository
        self.stored = stored
        self.since = since
        self.now = now
        self.is_batched = is_batched
        self.absent: dict[str, str] = {}
        """The lists that the repository does not have, such as runs where Actions are off, each with GitHub's answer."""
        self.truncated: dict[str, str] = {}
        """The lists that GitHub or this backfill ends at a limit, each with what is missing for that reason."""
        self.changing: set[str] = set()
        """The names of units of which something was not final when it was read, such as a check suite that was not completed."""
        self._failed: dict[str, TelemetryError] = {}
        self.path = f"/repos/{full_name(repository)}"

    @cached_property
    def pulls(self) -> list[Json]:
        """Pull requests updated since the start, the latest first; also open ones, for their commits."""
        params = {"state": "all", "sort": "updated", "direction": "desc"}
        return self._read(
            "pull requests", self._while(self.github.pages(f"{self.path}/pulls", params), "updated_at", 0)
        )

    @cached_property
    def runs(self) -> list[Json]:
        """Workflow runs created since the start, or updated since, as by a re-run. https://docs.github.com/en/rest/actions/workflow-runs."""
        listed = self._runs((self.since - _RUNS_AT_MOST) // 1000, self.now // 1000)
        return self._read("workflow runs", (run for run in listed if self.is_any_since(run, *_RUN_TIMES)))

    @cached_property
    def deployments(self) -> list[Json]:
        """Deployments created since the start, or up to 30 days before and updated since, the newest first."""
        listed = self._while(self.github.pages(f"{self.path}/deployments"), "created_at", _WAITS_AT_MOST)
        recent = (item for item in listed if self.is_any_since(item, "created_at", "updated_at"))
        return self._read("deployments", recent)

    @cached_property
    def file_calls(self) -> int:
        """Expected requests for the package.json of a deployment: to show that there is none takes two.

        Only a batched backfill asks whether there is one, as its estimate is of all requests.
        """
        owner, _, name = self.path.removeprefix("/repos/").partition("/")
        try:
            is_missing = self.is_batched and self.github.file(owner, name, "package.json") is None
        except TelemetryError:
            is_missing = True
        return 2 if is_missing else 1

    def environment(self, deployment: Json) -> str | None:
        """Return the environment, and read its newest deployments once, as its metrics will, so that the cost is counted."""
        name = Fields(deployment).text_or_none("environment")
        if name is not None:
            self.github.page(f"{self.path}/deployments", {"environment": name})
        return name

    def listed(self, path: str, items: str, params: Mapping[str, str] | None = None) -> Iterator[Json]:
        """Yield every item of a list that GitHub wraps in an object, as in Actions and Checks."""
        return wrapped(self.github, path, items, params)

    def event(self, name: str, fact: int | str, payload: Json) -> list[SignedTriggerEvent]:
        """Return the event as a webhook would have delivered it, if a metric listens to it and its record is missing."""
        body = {**payload, "repository": self.repository}
        delivery = f"backfill-{self.repository['id']}-{name}-{fact}"
        event = add_signature(TriggerEvent("github", name, delivery, self.now, body, BACKFILL))
        return [event] if event is not None and self.stored.is_missing(event) else []

    def state(self, item: Json, *names: str) -> str:
        """Return the state of the unit of a list's item: these fields and `updated_at`; empty if it was updated just now."""
        is_final = -inf < time_of(item, "updated_at") < self.now - _SETTLING
        return state_of(*(item.get(name) for name in (*names, "updated_at"))) if is_final else ""

    def is_since(self, item: Json, time: str) -> bool:
        """Return whether a time of the item is at or after the start; False if the item lacks it."""
        return time_of(item, time) >= self.since

    def is_any_since(self, item: Json, *times: str) -> bool:
        """Return whether any of the times is at or after the start."""
        return any(self.is_since(item, time) for time in times)

    def readable(self, items: Callable[[], list[Json]]) -> list[Json]:
        """Return `pulls` or `runs`; an empty list if it could not be read, which the kind of that list reports."""
        try:
            return items()
        except TelemetryError:
            return []

    def _read(self, name: str, items: Iterable[Json]) -> list[Json]:
        """Return a list scrubbed, to save memory: a pull request has 20 KB, and there may be thousands.

        Empty if the repository has no such list. A failure is raised again without another request.
        """
        if name in self._failed:
            raise self._failed[name]
        try:
            return [scrub_payload(item) for item in items]
        except NotFound as error:
            self.absent[name] = str(error)
            return []
        except TelemetryError as error:
            self._failed[name] = error
            raise

    def _runs(self, first: int, last: int) -> Iterator[Json]:
        """Yield the runs of a span of UNIX seconds. GitHub lists at most 1,000 for one filter: a larger span is bisected.

        What exceeds that limit within one second is in `truncated`.
        """
        path = f"{self.path}/actions/runs"
        params = {"created": f"{_iso(first)}..{_iso(last)}"}
        total = Fields(self.github.object(f"{path}?{urlencode({**params, 'per_page': 1})}"), path).integer(
            "total_count"
        )
        if total > _FILTERED_AT_MOST and first < last:
            middle = (first + last) // 2
            yield from self._runs(first, middle)
            yield from self._runs(middle + 1, last)
            return
        if total > _FILTERED_AT_MOST:
            missing = f"GitHub lists {_FILTERED_AT_MOST:,} of the {total:,} that were created at {_iso(first)}"
            self.truncated["workflow runs"] = f"{missing}: the others and their jobs are missing"
        if total:
            yield from self.listed(path, "workflow_runs", params)

    def _while(self, items: Iterator[Json], time: str, before: int) -> Iterator[Json]:
        """Yield the items of a list, newest first, until one is older than the start less `before`; one without a time ends nothing."""
        return takewhile(lambda item: not -inf < time_of(item, time) < self.since - before, items)


def time_of(item: Json, time: str) -> float:
    """Return a time in UNIX ms; minus infinity if the item lacks it, or has another value there."""
    try:
        timestamp = Fields(item).time(time)
    except MalformedPayload:
        return -inf
    return -inf if timestamp is None else timestamp


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def full_name(repository: Json) -> str:
    """Return OWNER/NAME as GitHub spells it now. Raises MalformedPayload."""
    fields = Fields(repository, "repository")
    return f"{fields.child('owner').text('login')}/{fields.text('name')}"


def constant(events: Sequence[SignedTriggerEvent]) -> Callable[[], Sequence[SignedTriggerEvent]]:
    """Return a function for a unit whose events are known from its list."""
    return lambda: events


def require_int(item: Json, key: str, of: str) -> int:
    """Return an integer of a list's item. Raises TransientReadError if it is missing: the response is invalid."""
    value = item.get(key)
    if type(value) is not int:
        raise TransientReadError(f"{of} without {key}")
    return value
