"""One repository since a date: what GitHub lists of it, and how an item of a list becomes the event of a webhook."""

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
from core.errors import TransientReadError
from core.events import SignedTriggerEvent, TriggerEvent
from core.github.reader import wrapped
from core.payload import Fields, Json
from core.scrub import scrub_payload
from core.settings import Settings

_FILTERED_AT_MOST = 1000
"""https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-repository"""

_WAITS_AT_MOST = 30 * 86_400_000
"""Milliseconds from a deployment to its end, where somebody must approve of it:
https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments"""


class Unit(NamedTuple):
    """Something that is looked at as a whole, such as the jobs of one run: it is done, or it is left."""

    kind: str
    """For people, in the plural: `workflow runs`."""
    id: int | str
    """Which of its kind, in its repository."""
    calls: int
    """How many requests it is expected to take, those of its metrics included."""
    events: Callable[[], Sequence[SignedTriggerEvent]]
    """What webhooks should have told of it. Raises TransientReadError, Unavailable, PermanentError."""


class BackfillContext:
    """What the kinds are handed: the repository, since when, and what is stored of it. Lists are asked for once."""

    def __init__(
        self,
        github: CountingGitHubReader,
        settings: Settings,
        repository: Json,
        stored: StoredFacts,
        *,
        since: int,
        now: int,
    ) -> None:
        """`repository` is GitHub's own answer; times are UNIX ms."""
        self.github = github
        self.settings = settings
        self.repository = repository
        self.stored = stored
        self.since = since
        self.now = now
        self.path = f"/repos/{full_name(repository)}"

    @cached_property
    def pulls(self) -> list[Json]:
        """Pull requests that changed since then, the latest first; open ones too, for the sake of their commits."""
        params = {"state": "all", "sort": "updated", "direction": "desc"}
        return _slimmed(self._while_since(self.github.pages(f"{self.path}/pulls", params), "updated_at"))

    @cached_property
    def runs(self) -> list[Json]:
        """Workflow runs made since then. https://docs.github.com/en/rest/actions/workflow-runs."""
        return _slimmed(self._runs(self.since // 1000, self.now // 1000))

    @cached_property
    def deployments(self) -> list[Json]:
        """Deployments made since then, or not long before that and changed since, the newest first."""
        listed = self.github.pages(f"{self.path}/deployments")
        recent = takewhile(lambda deployment: _time(deployment, "created_at") >= self.since - _WAITS_AT_MOST, listed)
        return _slimmed(
            deployment
            for deployment in recent
            if self.is_since(deployment, "created_at") or self.is_since(deployment, "updated_at")
        )

    def environment(self, deployment: Json) -> str | None:
        """Its environment, whose deployments are read here, once: metrics will, and what they cost is then counted."""
        name = Fields(deployment).text_or_none("environment")
        if name is not None:
            self.github.pages(f"{self.path}/deployments", {"environment": name})
        return name

    def listed(self, path: str, items: str, params: Mapping[str, str] | None = None) -> Iterator[Json]:
        """Every item of a list that GitHub wraps in an object, as it does those of Actions and Checks."""
        return wrapped(self.github, path, items, params)

    def event(self, name: str, fact: int | str, payload: Json) -> list[SignedTriggerEvent]:
        """The event as a webhook would have brought it, if some metric listens to it and its record is not there."""
        body = {**payload, "repository": self.repository}
        delivery = f"backfill-{self.repository['id']}-{name}-{fact}"
        event = add_signature(TriggerEvent("github", name, delivery, self.now, body, "backfill"))
        return [event] if event is not None and self.stored.is_missing(event) else []

    def is_since(self, item: Json, time: str) -> bool:
        """Whether that time of the item is in question; one that GitHub does not tell is not."""
        return _time(item, time) >= self.since

    def _runs(self, first: int, last: int) -> Iterator[Json]:
        """Those of a span of UNIX seconds. GitHub tells no more than 1,000 of one filter: a fuller span is halved."""
        path = f"{self.path}/actions/runs"
        params = {"created": f"{_iso(first)}..{_iso(last)}"}
        total = Fields(self.github.object(f"{path}?{urlencode({**params, 'per_page': 1})}"), path).integer(
            "total_count"
        )
        if total > _FILTERED_AT_MOST and first < last:
            middle = (first + last) // 2
            yield from self._runs(first, middle)
            yield from self._runs(middle + 1, last)
        elif total:
            yield from self.listed(path, "workflow_runs", params)

    def _while_since(self, items: Iterator[Json], time: str) -> Iterator[Json]:
        return takewhile(lambda item: self.is_since(item, time), items)


def _slimmed(items: Iterable[Json]) -> list[Json]:
    """Without what an event drops anyway: a pull request of 20 KB has texts and 200 links, and there may be thousands."""
    return [scrub_payload(item) for item in items]


def _time(item: Json, time: str) -> float:
    """In UNIX ms; one that GitHub does not tell was before all others."""
    timestamp = Fields(item).time(time)
    return -inf if timestamp is None else timestamp


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def full_name(repository: Json) -> str:
    """OWNER/NAME, as GitHub spells it now. Raises MalformedPayload."""
    fields = Fields(repository, "repository")
    return f"{fields.child('owner').text('login')}/{fields.text('name')}"


def constant(events: Sequence[SignedTriggerEvent]) -> Callable[[], Sequence[SignedTriggerEvent]]:
    """What a unit is looked at by where its list has told all of it."""
    return lambda: events


def require_int(item: Json, key: str, of: str) -> int:
    """An id or a number of a list's item; raises TransientReadError where there is none: it is no answer of GitHub's."""
    value = item.get(key)
    if type(value) is not int:
        raise TransientReadError(f"{of} without {key}")
    return value
