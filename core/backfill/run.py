"""Runs the backfill of one repository: plans the units and their cost, then processes them in chunks, each durable."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
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
from core.receipts import RETRIED, EventResult
from core.services import JobServices

RESERVE = 60.0
"""Seconds before the time limit at which no further chunk begins."""
SHARE = 0.25
"""Share of the hour's requests to GitHub that is reserved for live events."""
_AT_ONCE = 100
"""Units in one chunk, and so in one write."""
_SIDE_BY_SIDE = 8
"""Concurrent requests: GitHub advises few, its secondary limit is 100."""

Progress = Callable[[int, int], object]
"""Called with the number of units done, and the total number."""


class Plan(NamedTuple):
    """The units of a repository, and their cost."""

    name: str
    """OWNER/NAME, as GitHub spells it now."""
    units: tuple[Unit, ...]
    left_out: int
    """Number of kinds that could not be listed; each was logged."""
    calls: int
    """Number of requests made so far."""
    expected: int
    """Expected number of requests of the units."""
    since: int
    """UNIX ms."""

    @property
    def kinds(self) -> Counter[str]:
        """Number of units of each kind."""
        return Counter(unit.kind for unit in self.units)


class BackfillOutcome(StrEnum):
    """The outcome of a repository's backfill, or of one kind of its events; in the log."""

    FINISHED = "walked"
    UNREADABLE = "not-looked-at"


class BackfillResult(NamedTuple):
    """The result of a backfill."""

    recovered: int
    """Number of events that were stored."""
    lost: int
    """Number of units or events that can never be stored; each was logged."""
    left: int
    """Number of units, or kinds, for the next run."""
    calls: int
    """Total number of requests to GitHub."""


class _UnitEvents(NamedTuple):
    unit: Unit
    events: Sequence[SignedTriggerEvent]
    error: TelemetryError | None = None


class _ChunkResult(NamedTuple):
    """The result of a chunk."""

    done: Sequence[Unit]
    recovered: int
    lost: int
    refused: frozenset[str]
    """Kinds that the token may not read."""
    waits: bool
    """Whether the store is unavailable: further requests to GitHub would be useless."""


class Backfill:
    """Backfills one repository since a time in UNIX ms.

    Raises PermanentError if the repository does not exist, RetryableError if it cannot be read now.
    """

    def __init__(self, owner: str, name: str, since: int, services: JobServices) -> None:
        github = CountingGitHubReader(services.github)
        repository = github.object(f"/repos/{owner}/{name}")
        self._github = github
        self._services = services._replace(worker=services.worker._replace(github=github))
        self._id = Fields(repository, "repository").integer("id")
        cursor, self._raw = read(self._id, services)
        self._cursor = cursor.resumed(since, services.now(), full_name(repository))
        names = dict.fromkeys((*self._cursor.names, f"{owner}/{name}"))
        stored = StoredFacts(services.store, services.settings, names)
        times = {"since": self._cursor.since, "now": services.now()}
        self._context = BackfillContext(github, services.settings, repository, stored, **times)
        self.plan = self._make_plan()

    def run(self, progress: Progress = lambda _done, _of: None) -> BackfillResult:
        """Process all units until time or budget runs out. Raises ConcurrentRunError, and the errors of the store."""
        result = BackfillResult(0, 0, self.plan.left_out, 0)
        units, refused = list(self.plan.units), set[str]()
        self._raw = write(self._cursor, self._raw, self._id, self._services)
        while units and self._has_time_and_budget():
            chunk, units = units[:_AT_ONCE], units[_AT_ONCE:]
            chunk_result = self._process_chunk([unit for unit in chunk if unit.kind not in refused])
            result = result._replace(
                recovered=result.recovered + chunk_result.recovered,
                lost=result.lost + chunk_result.lost,
                left=result.left + len(chunk) - len(chunk_result.done),
            )
            refused |= chunk_result.refused
            self._cursor = self._cursor.with_done(chunk_result.done)
            self._raw = write(self._cursor, self._raw, self._id, self._services)
            progress(len(self.plan.units) - len(units), len(self.plan.units))
            if chunk_result.waits:
                break
        result = result._replace(left=result.left + len(units), calls=self._github.calls)
        if not result.left:
            write(self._cursor.finished(), self._raw, self._id, self._services)
        return result

    def _make_plan(self) -> Plan:
        units: list[Unit] = []
        left_out = 0
        for kind in all_kinds():
            try:
                units += [unit for unit in kind(self._context) if not self._cursor.has(unit)]
            except (RetryableError, PermanentError) as error:  # a list that cannot be read does not affect the others
                left_out += 1
                self._warn(BackfillOutcome.UNREADABLE, str(error))
        expected = sum(unit.calls for unit in units)
        name = self._context.path.removeprefix("/repos/")
        return Plan(name, tuple(units), left_out, self._github.calls, expected, self._cursor.since)

    def _process_chunk(self, chunk: Sequence[Unit]) -> _ChunkResult:
        unit_events = self._collect_units(chunk)
        events = [event for item in unit_events for event in item.events]
        outcomes = process(events, self._services.worker, self._context.stored.lacks_record)
        remaining = iter(outcomes)
        done, recovered, lost = list[Unit](), 0, 0
        for item in unit_events:
            unit_outcomes = [next(remaining) for _ in item.events]
            recovered += sum(outcome.result == EventResult.STORED for outcome in unit_outcomes)
            is_permanent = isinstance(item.error, PermanentError)
            lost += is_permanent + sum(outcome.result == EventResult.FAILED for outcome in unit_outcomes)
            if (item.error is None or is_permanent) and not any(outcome.result in RETRIED for outcome in unit_outcomes):
                done.append(item.unit)
        for reason in dict.fromkeys(f"{item.unit.kind}: {item.error}" for item in unit_events if item.error):
            self._warn(BackfillOutcome.UNREADABLE, reason)
        refused = frozenset(item.unit.kind for item in unit_events if isinstance(item.error, Unavailable))
        waits = not recovered and any(item.result == EventResult.WAITING for item in outcomes)
        return _ChunkResult(done, recovered, lost, refused, waits)

    def _collect_units(self, chunk: Sequence[Unit]) -> list[_UnitEvents]:
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            return list(pool.map(_collect_unit, chunk))

    def _has_time_and_budget(self) -> bool:
        return self._services.seconds_left() >= RESERVE and self._github.budget(self._context.path) >= SHARE

    def _warn(self, outcome: BackfillOutcome, reason: str) -> None:
        self._services.log(
            "warning", "backfill", outcome, reason=f"{self._context.path.removeprefix('/repos/')}: {reason}"
        )


def _collect_unit(unit: Unit) -> _UnitEvents:
    try:
        return _UnitEvents(unit, unit.events())
    except TelemetryError as error:
        return _UnitEvents(unit, (), error)
