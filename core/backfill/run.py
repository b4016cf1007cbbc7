"""Runs the backfill of one repository: plans the units and their cost, then processes them in chunks, each durable."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from core.backfill.batched_reader import BatchedGitHubReader
from core.backfill.completion import Completion
from core.backfill.context import BackfillContext, Unit, full_name
from core.backfill.counting_reader import CountingGitHubReader
from core.backfill.cursor import CursorFile
from core.backfill.later_answers import LaterAnswers
from core.backfill.options import BackfillOptions
from core.backfill.plan import make_plan, numbers_of, reason_of, summarize
from core.backfill.recording_store import RecordingStore
from core.backfill.stored_facts import StoredFacts
from core.backfill.stored_records import MOST_READ, MOST_READ_AT_GITHUB, groups_to_read
from core.backfill.unit_events import UnitEvents, read_events
from core.backfill.unit_states import records_by_day, rules_of
from core.errors import PermanentError, RetryableError, Unavailable
from core.events import is_account_name, is_repository_name
from core.handler import process
from core.payload import Fields
from core.receipts import RETRIED, EventResult
from core.services import JobServices

RESERVE = 60.0
"""Seconds before the time limit at which no further chunk begins."""
_READING = 0.5
"""Share of the time that remains when no further stored records are read: what was read is to be completed, too."""
_AT_ONCE = 100
"""Units in one chunk, and so in one write."""

_NOT_STORED = frozenset({*RETRIED, EventResult.FAILED})

Progress = Callable[[int, int], object]
"""Called with the number of units done, and the total number."""


class BackfillOutcome(StrEnum):
    """The outcome of a repository's backfill, or of one kind of its events; in the log."""

    FINISHED = "walked"
    UNREADABLE = "not-looked-at"
    NOTED = "noted"
    """What the repository does not have, such as runs where Actions are off, or what GitHub no longer keeps."""


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
    problems: tuple[str, ...] = ()
    """Why something is lost or left, a sentence for each kind of item."""
    completed: int = 0
    """Number of stored records to which absent fields were added."""
    unfilled: tuple[str, ...] = ()
    """Which fields stay null, in how many records, and why."""

    def counts(self) -> dict[str, int]:
        """Return the numbers, for the log."""
        return {name: getattr(self, name) for name in ("recovered", "completed", "lost", "left", "calls")}


class _ChunkResult(NamedTuple):
    """The result of a chunk."""

    done: int
    """Number of units that are not left for the next run."""
    complete: Sequence[Unit]
    """Those of which nothing is lost: the run that goes on must report again what is lost."""
    unchanging: Sequence[Unit]
    """Those of which everything is stored, and nothing will change unless GitHub's lists show it."""
    recovered: int
    completed: int
    lost: int
    refused: frozenset[str]
    """Kinds that the token may not read."""
    waits: bool
    """Whether the store is unavailable: further requests to GitHub would be useless."""
    reasons: Sequence[tuple[str, str]]
    """The kind and the reason of each item that is lost or left."""


class Backfill:
    """Backfills one repository since a time in UNIX ms.

    Raises PermanentError if the repository does not exist, RetryableError if it cannot be read now.
    """

    def __init__(
        self,
        owner: str,
        name: str,
        since: int,
        services: JobServices,
        options: BackfillOptions = BackfillOptions(),  # noqa: B008 (immutable)
    ) -> None:
        github = BatchedGitHubReader(services.github) if options.is_batched else CountingGitHubReader(services.github)
        repository = github.object(f"/repos/{owner}/{name}")
        current = full_name(repository).partition("/")
        if not is_account_name(current[0]) or not is_repository_name(current[2]):
            raise PermanentError(f"GET /repos/{owner}/{name}: its name is invalid")
        self._github = github
        self._options = options
        self._store = RecordingStore(services.store)
        self._services = services._replace(worker=services.worker._replace(github=github, store=self._store))
        self._file = CursorFile(Fields(repository, "repository").integer("id"), services)
        now = options.listed_at or services.now()
        self._cursor = self._file.read().resumed(since, now, full_name(repository))
        names = dict.fromkeys((*self._cursor.names, f"{owner}/{name}"))
        stored = StoredFacts(services.store, services.settings, names)
        times = {"since": self._cursor.since, "now": now}
        self._context = BackfillContext(
            github, services.settings, repository, stored, **times, is_batched=options.is_batched
        )
        most = MOST_READ_AT_GITHUB if services.settings.store == "github" else MOST_READ
        answers, until = LaterAnswers(self._context), services.seconds_left() * _READING
        self._groups = groups_to_read(stored.paths, self._cursor.settled, self._cursor.since, most, answers.is_granted)
        self._completion = Completion(
            self._context,
            self._groups,
            self._services.worker,
            answers,
            lambda: services.seconds_left() >= until and self._has_time_and_budget(),
        )
        self._records = records_by_day(stored.paths, self._cursor.since)
        rules = "" if self._completion.older else rules_of(services.settings)  # their units are still to be found
        states = self._cursor.states.valid(self._cursor.since, rules, self._records)
        self._cursor = self._cursor._replace(states=states)
        plan = make_plan(self._context, self._cursor, self._completion)
        self._cursor = self._cursor.only(plan.listed)
        self.plan = plan._replace(units=tuple(options.sorted(plan.units)))
        for reason in (*self.plan.left_out, *self.plan.truncated):
            self._warn(BackfillOutcome.UNREADABLE, reason)

    def run(self, progress: Progress = lambda _done, _of: None) -> BackfillResult:
        """Process all units until time or budget runs out. Raises ConcurrentRunError, and the errors of the store."""
        result = BackfillResult(0, 0, len(self.plan.left_out), 0)
        units, refused, reasons = list(self.plan.units), set[str](), list[tuple[str, str]]()
        self._file.write(self._cursor)
        while units and self._has_time_and_budget():
            chunk, units = units[:_AT_ONCE], units[_AT_ONCE:]
            chunk_result = self._process_chunk([unit for unit in chunk if unit.kind not in refused])
            result = result._replace(
                recovered=result.recovered + chunk_result.recovered,
                completed=result.completed + chunk_result.completed,
                lost=result.lost + chunk_result.lost,
                left=result.left + len(chunk) - chunk_result.done,
            )
            refused |= chunk_result.refused
            reasons += chunk_result.reasons
            self._cursor = self._cursor.with_done(
                chunk_result.complete, chunk_result.unchanging, self._services.now(), self._records
            )
            self._file.write_if_due(self._cursor, len(chunk_result.complete))
            progress(len(self.plan.units) - len(units), len(self.plan.units))
            if chunk_result.waits:
                break
        unread = (f"{len(units):,} items: no time, or no requests that are not reserved for live events",) * bool(units)
        problems = (*self.plan.left_out, *self.plan.truncated, *summarize(reasons), *unread)
        return self._finish(result._replace(left=result.left + len(units), problems=problems))

    def _finish(self, result: BackfillResult) -> BackfillResult:
        """Fill the fields that no event has, and write the cursor.

        The next run goes on with the groups that were not read, so it must not take the units of this one for done.
        """
        completion = self._completion
        completed = completion.fill_later_fields(self._has_time_and_budget)
        settled = completion.settled(self._cursor.since, is_walked=not result.left)
        self._cursor = self._cursor.with_settled(settled, self._groups.names)
        unfinished = result.left + completion.pending
        self._file.write(self._cursor if unfinished else self._cursor.finished())
        return result._replace(
            left=unfinished + completion.unread,
            calls=self._github.calls,
            completed=result.completed + completed,
            problems=(*result.problems, *completion.problems()),
            unfilled=() if unfinished else completion.summary(),
        )

    def _process_chunk(self, chunk: Sequence[Unit]) -> _ChunkResult:
        unit_events = self._collect_units(chunk)
        stored, worker = self._context.stored, self._services.worker
        events = [[event for event in item.events if stored.lacks_any(event)] for item in unit_events]
        older = [[event for event in item.events if stored.is_any_incomplete(event)] for item in unit_events]
        outcomes = process(list(chain.from_iterable(events)), worker, stored.lacks_record)
        written = self._store.take_written()
        self._completion.note_written(written)
        self._records += records_by_day(stored.add_written(self.plan.name, written), self._cursor.since)
        completions = iter(self._completion.complete(list(chain.from_iterable(older))))
        self._store.take_written()
        remaining = iter(outcomes)
        complete, unchanging, reasons = list[Unit](), list[Unit](), list[tuple[str, str]]()
        done, recovered, completed, lost = 0, 0, 0, 0
        for item, missing, incomplete in zip(unit_events, events, older, strict=True):
            unit_outcomes = [next(remaining) for _ in missing]
            unit_completions = [next(completions) for _ in incomplete]
            recovered += sum(outcome.result == EventResult.STORED for outcome in unit_outcomes)
            completed += sum(completion.completed for completion in unit_completions)
            failures = [completion.failure for completion in unit_completions if completion.failure]
            is_permanent = item.error is not None and not isinstance(item.error, RetryableError)
            lost_here = is_permanent + sum(outcome.result == EventResult.FAILED for outcome in unit_outcomes)
            lost += lost_here
            is_retried = any(outcome.result in RETRIED for outcome in unit_outcomes) or any(
                isinstance(failure, RetryableError) for failure in failures
            )
            is_done = not (is_retried or isinstance(item.error, RetryableError))
            done += is_done
            if is_done and not lost_here:
                complete.append(item.unit)
                is_stored = not failures and not any(map(stored.is_missing, item.events))
                if is_stored and item.unit.name not in self._context.changing:
                    unchanging.append(item.unit)
            kind, failed = item.unit.kind, [outcome for outcome in unit_outcomes if outcome.result in _NOT_STORED]
            reasons += [(kind, outcome.reason or outcome.result) for outcome in failed]
            reasons += [(kind, reason_of(failure)) for failure in failures if isinstance(failure, RetryableError)]
            reasons += [(kind, reason_of(item.error))] if item.error else []
        for reason in dict.fromkeys(f"{item.unit.kind}: {reason_of(item.error)}" for item in unit_events if item.error):
            self._warn(BackfillOutcome.UNREADABLE, reason)
        refused = frozenset(item.unit.kind for item in unit_events if isinstance(item.error, Unavailable))
        waits = not recovered and any(item.result == EventResult.WAITING for item in outcomes)
        return _ChunkResult(done, complete, unchanging, recovered, completed, lost, refused, waits, reasons)

    def _collect_units(self, chunk: Sequence[Unit]) -> list[UnitEvents]:
        if isinstance(self._github, BatchedGitHubReader):
            owner, _, name = self.plan.name.partition("/")
            self._github.prefetch(owner, name, numbers_of(chunk))
        return read_events(chunk)

    def _has_time_and_budget(self) -> bool:
        return (
            self._services.seconds_left() >= RESERVE
            and self._github.budget(self._context.path) >= self._options.reserved
        )

    def _warn(self, outcome: BackfillOutcome, reason: str) -> None:
        self._services.log(
            "warning", "backfill", outcome, reason=f"{self._context.path.removeprefix('/repos/')}: {reason}"
        )
