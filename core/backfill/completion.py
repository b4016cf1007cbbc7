"""Completes the stored records of a repository that lack fields: docs/adr/0020-backfill-fills-only-what-is-absent.md.

A record of schema 1 is collected again from the event that the backfill builds, and only its absent fields are filled. Then the
fields that no event has are filled in records of any age (core/backfill/later_fields.py).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import NamedTuple

from core.backfill.context import BackfillContext, full_name
from core.backfill.fill import fill
from core.backfill.later_answers import LaterAnswers
from core.backfill.later_fields import gaps, numbers_of
from core.backfill.new_fields import FILLED_LATER, NEW_FIELDS, Source, null_fields
from core.backfill.stored_records import AT_ONCE, Groups, Settled, StoredRecord, read_records, schema_of
from core.collect_metrics import Collected, collect_all
from core.errors import PermanentError, TelemetryError, Unavailable
from core.events import SCHEMA, EnhancedTriggerEvent, SignedTriggerEvent, plain
from core.metric import Metric
from core.metrics import all_metrics
from core.payload import Json
from core.record_file import parse_record, to_line
from core.services import WorkerServices
from core.store_data import write_files

_AT_ONCE = 100
"""Records in one write."""


class EventCompletion(NamedTuple):
    """What became of the incomplete records of one event."""

    completed: int = 0
    failure: TelemetryError | None = None
    """Why they are not complete; a RetryableError may pass."""


class Completion:
    """Finds and completes the records of one repository that lack fields."""

    def __init__(
        self,
        context: BackfillContext,
        groups: Groups,
        services: WorkerServices,
        answers: LaterAnswers,
        has_budget: Callable[[], bool],
    ) -> None:
        """Read the records of these groups, as far as time and budget last; the others are left for the next run."""
        self._context = context
        self._stored = context.stored
        self._services = services
        self._answers = answers
        self._groups: dict[str, Sequence[str]] = {}
        """The groups that were read completely."""
        self._later: dict[str, str] = {}
        self._new: set[str] = set()
        self._open: set[str] = set()
        """Facts whose later fields the next run may find."""
        self._refused: dict[str, Mapping[str, int]] = {}
        """What GitHub refused, by fact."""
        self._null: Counter[tuple[str, str, str]] = Counter()
        self.unread = groups.left
        """Number of records that this run does not read."""
        self._older: dict[str, str] = {}
        self._timelines = 0
        for group, facts in groups.facts.items():
            if self._read(facts, has_budget):
                self._groups[group] = facts
            else:
                self.unread += len(facts)
        self._stored.set_incomplete(self._older)
        self.older = len(self._older)
        """Number of records of an earlier schema that lack fields."""
        self.later = len(self._later)
        """Number of records that need a field which no event has."""
        self.number_calls = answers.kinds.expected_calls
        """Expected number of requests for what numbers are."""
        self.expected_calls = self.number_calls + self._timelines
        """Expected number of requests for all fields that no event has."""

    @property
    def pending(self) -> int:
        """Number of records that were read and that are to be completed by the next run."""
        return len(self._open)

    def settled(self, since: int, *, is_walked: bool) -> dict[str, Settled]:
        """Return the groups of which nothing more can be filled in now, with what GitHub refused.

        Unless all units `is_walked`, a group with a record of an earlier schema is not settled.
        """
        older, settled = self._stored.incomplete(), {}
        for group, facts in self._groups.items():
            incomplete = [fact for fact in facts if fact in older]
            if self._open.isdisjoint(facts) and (is_walked or not incomplete):
                lists = (self._answers.refused_list(fact.partition("/")[0]) for fact in incomplete)
                fields = (self._refused[fact] for fact in facts if fact in self._refused)
                refused = {kind: example for of_fact in (*lists, *fields) for kind, example in of_fact.items()}
                settled[group] = Settled(len(facts), since, refused)
        return settled

    def note_written(self, paths: Iterable[str]) -> None:
        """Take note of new records, which may need the fields that no event has."""
        before = f"{self._services.settings.root}{full_name(self._context.repository)}/"
        for path in paths:
            fact = path.removeprefix(before).removesuffix(".json")
            if path.startswith(before) and fact.partition("/")[0] in FILLED_LATER and not fact.endswith(".partial"):
                self._later[fact] = path
                self._new.add(path)

    def complete(self, events: Sequence[SignedTriggerEvent]) -> list[EventCompletion]:
        """Complete the records of these events in one write; return what became of each event, in their order."""
        if not events:
            return []
        collected = collect_all(events, self._services, self._stored.is_incomplete)
        try:
            filled = self._fill_all(collected)
            records = [record for of_event in filled for record in of_event]
            closed = self._answers.close(records)
            self._write({record.path: closed.get(record.path, record.record) for record in records})
        except (Unavailable, PermanentError) as error:
            return [EventCompletion(0, item.failure or error) for item in collected]
        for record in (item._replace(record=closed.get(item.path, item.record)) for item in records):
            self._stored.complete(record.fact)
            self._later.pop(record.fact, None)
            self._count_null(record)
            self._note_gaps(record)
        return [EventCompletion(len(of_event), item.failure) for of_event, item in zip(filled, collected, strict=True)]

    def fill_later_fields(self, has_budget: Callable[[], bool]) -> int:
        """Fill the fields that no event has, in all records that were read or written; return how many of these are not new."""
        completed, facts = 0, iter(sorted(self._later.items()))
        self._later, self._open = {}, set()
        while chunk := dict(islice(facts, _AT_ONCE)):
            if not has_budget():
                self._open |= chunk.keys()
                continue
            try:
                records = [record for record in read_records(self._services.store, chunk) if gaps(record)]
                closed = self._answers.close(records)
                self._write(closed)
            except (Unavailable, PermanentError):
                self._open |= chunk.keys()
                continue
            completed += len(closed.keys() - self._new)
            for record in records:
                self._note_gaps(record._replace(record=closed.get(record.path, record.record)))
        return completed

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each reason for which records are left for the next run."""
        if self.pending:
            yield f"{self.pending:,} records to complete: the store or GitHub could not be read, or no time was left"
        if self.unread:
            yield f"{self.unread:,} records to read: one run reads a limited number, the next run goes on"

    def summary(self) -> tuple[str, ...]:
        """Return a sentence for each metric and reason: which fields stay null, and in how many records."""
        counts = Counter(self._null)
        for fact in self._stored.incomplete():
            metric = fact.partition("/")[0]
            counts[metric, _joined((*NEW_FIELDS[metric].github, *NEW_FIELDS[metric].event)), Source.GITHUB] += 1
        sentences = [
            f"{metric}: {fields} stay null in {number:,} record{'s' if number != 1 else ''}: {reason}"
            for (metric, fields, reason), number in sorted(counts.items())
            if number
        ]
        return (*sentences, *self._answers.failures())

    def _read(self, facts: Sequence[str], has_budget: Callable[[], bool]) -> bool:
        """Take note of what the records of these facts lack; return whether all were read."""
        rest = iter(facts)
        while part := list(islice(rest, AT_ONCE)):
            if not has_budget():
                return False
            try:
                for record in read_records(self._services.store, {fact: self._stored.paths[fact] for fact in part}):
                    self._note_read(record)
            except Unavailable:
                return False
        return True

    def _note_read(self, record: StoredRecord) -> None:
        gap = gaps(record)
        self._answers.kinds.plan(numbers_of(record))
        self._timelines += gap.timeline is not None
        if record.is_older:
            self._older[record.fact] = record.path
        if gap:
            self._later[record.fact] = record.path

    def _note_gaps(self, record: StoredRecord) -> None:
        """Take note of why a record still lacks later fields, if it does."""
        gap = gaps(record)
        if not gap:
            return
        if self._answers.is_open(gap):
            self._later[record.fact] = record.path
            self._open.add(record.fact)
        elif refused := self._answers.refused(gap):
            self._refused[record.fact] = refused
        elif gap.run_id is not None:
            self._null["workflow-job", "run_event, workflow_path", Source.GITHUB] += 1

    def _fill_all(self, collected: Sequence[Collected]) -> list[list[StoredRecord]]:
        """Return the completed records of each event. Raises Unavailable if the stored ones cannot be read."""
        wanted = [list(self._incomplete(item)) for item in collected]
        stored = self._services.store.read_many(path for of_event in wanted for _, path, _ in of_event)
        return [
            [
                StoredRecord(fact, path, fill(old, plain(event), _metric(event.metric_signature)))
                for fact, path, event in of_event
                if (old := parse_record(stored.get(path))) is not None and schema_of(old) < SCHEMA
            ]
            for of_event in wanted
        ]

    def _incomplete(self, item: Collected) -> Iterator[tuple[str, str, EnhancedTriggerEvent]]:
        """Yield the fact, the path and the new record of each incomplete record of an event."""
        for record in item.records:
            fact = self._stored.incomplete_fact(_metric(record.event.metric_signature), item.event)
            if fact is not None and record.event.status == "success":
                yield fact, self._stored.paths[fact], record.event

    def _write(self, records: Mapping[str, Json]) -> None:
        """Write the records by path. Raises as the store does."""
        files = {path: to_line(record) for path, record in records.items()}
        if files:
            write_files(files, f"Complete {len(files)} record{'s' if len(files) != 1 else ''}", self._services)

    def _count_null(self, record: StoredRecord) -> None:
        for fields, source in null_fields(record.metric, record.record["output"]):
            self._null[record.metric, _joined(fields), source] += 1


def _joined(fields: Sequence[str]) -> str:
    return ", ".join(fields)


@cache
def _by_name() -> dict[str, Metric]:
    return {metric.name: metric for metric in all_metrics()}


def _metric(name: str) -> Metric:
    return _by_name()[name]
