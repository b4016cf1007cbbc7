"""The walk of one repository: first what there is to look at and what that costs, then in chunks, each durable in turn."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from core.backfill.context import BackfillContext, Unit, full_name
from core.backfill.counting_reader import CountingGitHubReader
from core.backfill.cursor import read, write
from core.backfill.kinds import all_kinds
from core.backfill.stored_facts import StoredFacts
from core.errors import PermanentError, RetryableError, TelemetryError, Unavailable
from core.events import SignedTriggerEvent
from core.handler import process
from core.payload import Fields
from core.services import JobServices
from core.store_data import FAILED, READ_AGAIN, STORED, WAITING

RESERVE = 60.0
"""Seconds before the end at which no further chunk is begun."""
SHARE = 0.25
"""Of the hour's requests to GitHub, what is left to live events."""
_AT_ONCE = 100
"""Units in one chunk, and so in one write."""
_SIDE_BY_SIDE = 8
"""Requests: GitHub's advice is few, its secondary limit is 100."""

Progress = Callable[[int, int], object]
"""Units that are done, of how many."""


class Plan(NamedTuple):
    """What there is to look at in a repository."""

    name: str
    """OWNER/NAME, as GitHub spells it now."""
    units: tuple[Unit, ...]
    left_out: int
    """Kinds that could not be listed: each was logged."""
    calls: int
    """Requests that were made so far …"""
    expected: int
    """… and that the units are expected to take."""
    since: int
    """UNIX ms."""

    @property
    def kinds(self) -> Counter[str]:
        """How many units of each kind."""
        return Counter(each.kind for each in self.units)


class BackfillResult(NamedTuple):
    """What a walk came to."""

    recovered: int
    """Events that were stored."""
    lost: int
    """Units or events that can never be: each was logged."""
    left: int
    """Units, or kinds, for the next walk."""
    calls: int
    """Requests to GitHub, all in all."""


class _Told(NamedTuple):
    unit: Unit
    events: Sequence[SignedTriggerEvent]
    error: TelemetryError | None = None


class _Went(NamedTuple):
    """What a chunk came to."""

    done: Sequence[Unit]
    recovered: int
    lost: int
    refused: frozenset[str]
    """Kinds that our token may not read."""
    waits: bool
    """Whether the store is out: there is no point in asking GitHub for more."""


class Backfill:
    """One repository, since a time in UNIX ms. Raises Permanent where it is gone, Later where it cannot be read now."""

    def __init__(self, owner: str, name: str, since: int, services: JobServices) -> None:
        github = CountingGitHubReader(services.github)
        repository = github.object(f"/repos/{owner}/{name}")
        self._github = github
        self._services = services._replace(processing=services.processing._replace(github=github))
        self._id = Fields(repository, "repository").integer("id")
        cursor, self._raw = read(self._id, services)
        self._cursor = cursor.resumed(since, services.now(), full_name(repository))
        names = dict.fromkeys((*self._cursor.names, f"{owner}/{name}"))
        stored = StoredFacts(services.store, services.settings, names)
        times = {"since": self._cursor.since, "now": services.now()}
        self._look = BackfillContext(github, services.settings, repository, stored, **times)
        self.plan = self._planned()

    def go(self, progress: Progress = lambda _done, _of: None) -> BackfillResult:
        """Look at everything, until time or budget is short. Raises OtherCopy, and what the store raises."""
        walked = BackfillResult(0, 0, self.plan.left_out, 0)
        units, refused = list(self.plan.units), set[str]()
        self._raw = write(self._cursor, self._raw, self._id, self._services)
        while units and self._may_go_on():
            chunk, units = units[:_AT_ONCE], units[_AT_ONCE:]
            went = self._looked_at([each for each in chunk if each.kind not in refused])
            walked = walked._replace(
                recovered=walked.recovered + went.recovered,
                lost=walked.lost + went.lost,
                left=walked.left + len(chunk) - len(went.done),
            )
            refused |= went.refused
            self._cursor = self._cursor.with_done(went.done)
            self._raw = write(self._cursor, self._raw, self._id, self._services)
            progress(len(self.plan.units) - len(units), len(self.plan.units))
            if went.waits:
                break
        walked = walked._replace(left=walked.left + len(units), calls=self._github.calls)
        if not walked.left:
            write(self._cursor.finished(), self._raw, self._id, self._services)
        return walked

    def _planned(self) -> Plan:
        units: list[Unit] = []
        left_out = 0
        for kind in all_kinds():
            try:
                units += [each for each in kind(self._look) if not self._cursor.has(each)]
            except (RetryableError, PermanentError) as error:  # one list that may not be read costs the others nothing
                left_out += 1
                self._say("not-looked-at", str(error))
        expected = sum(each.calls for each in units)
        name = self._look.path.removeprefix("/repos/")
        return Plan(name, tuple(units), left_out, self._github.calls, expected, self._cursor.since)

    def _looked_at(self, chunk: Sequence[Unit]) -> _Went:
        told = self._told(chunk)
        events = [event for each in told for event in each.events]
        whole = process(events, self._services.processing, self._look.stored.lacks_record)
        outcomes = iter(whole)
        done, recovered, lost = list[Unit](), 0, 0
        for each in told:
            results = [next(outcomes) for _ in each.events]
            recovered += sum(result.result == STORED for result in results)
            gone = isinstance(each.error, PermanentError)
            lost += gone + sum(result.result == FAILED for result in results)
            if (each.error is None or gone) and not any(result.result in (READ_AGAIN, WAITING) for result in results):
                done.append(each.unit)
        for reason in dict.fromkeys(f"{each.unit.kind}: {each.error}" for each in told if each.error):
            self._say("not-looked-at", reason)
        refused = frozenset(each.unit.kind for each in told if isinstance(each.error, Unavailable))
        waits = not recovered and any(each.result == WAITING for each in whole)
        return _Went(done, recovered, lost, refused, waits)

    def _told(self, chunk: Sequence[Unit]) -> list[_Told]:
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            return list(pool.map(_told, chunk))

    def _may_go_on(self) -> bool:
        return self._services.seconds_left() >= RESERVE and self._github.budget(self._look.path) >= SHARE

    def _say(self, outcome: str, reason: str) -> None:
        self._services.log(
            "warning", "backfill", outcome, reason=f"{self._look.path.removeprefix('/repos/')}: {reason}"
        )


def _told(unit: Unit) -> _Told:
    try:
        return _Told(unit, unit.events())
    except TelemetryError as error:
        return _Told(unit, (), error)
