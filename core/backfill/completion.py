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
from core.backfill.later_fields import Run, close_gaps, gaps, numbers_of
from core.backfill.new_fields import FILLED_LATER, NEW_FIELDS, Source, null_fields
from core.backfill.number_cache import NumberCache
from core.backfill.stored_records import Groups, Settled, StoredRecord, read_records, schema_of
from core.collect_metrics import Collected, collect_all
from core.errors import PermanentError, TelemetryError, TransientReadError, Unavailable
from core.events import SCHEMA, SignedTriggerEvent, plain
from core.metric import Metric
from core.metrics import all_metrics
from core.payload import Fields, Json
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

    def __init__(self, context: BackfillContext, groups: Groups, services: WorkerServices) -> None:
        """Read the records of these groups; those that cannot be read now are left for the next run."""
        self._context = context
        self._stored = context.stored
        self._groups = groups
        self._services = services
        self._later: dict[str, str] = {}
        self._new: set[str] = set()
        self._null: Counter[tuple[str, str, str]] = Counter()
        self._runs: Mapping[int, Run] | None = None
        self._may_list_runs = False
        """Whether the runs cannot be listed now, but perhaps in the next run."""
        self.unread = groups.left
        """Number of records that this run does not read."""
        self.pending = 0
        """Number of records that were read, or that could not be, and that are to be completed by the next run."""
        older, numbers = {}, set[int]()
        for record in self._read_groups():
            numbers |= numbers_of(record)
            if record.is_older:
                older[record.fact] = record.path
            if gaps(record):
                self._later[record.fact] = record.path
        self._stored.set_incomplete(older)
        self._kinds = NumberCache(context.github, context.repository, numbers)
        self.older = len(older)
        """Number of records of an earlier schema that lack fields."""
        self.later = len(self._later)
        """Number of records that need a field which no event has."""
        self.expected_calls = self._kinds.expected_calls
        """Expected number of requests for what numbers are."""

    def settled(self, since: int) -> dict[str, Settled]:
        """Return the groups of which nothing more can be filled in, after a run that left nothing of what it read."""
        return self._groups.settled(since)

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
            filled = [self._fill_all(item) for item in collected]
            records = [record for of_event in filled for record in of_event]
            closed = self._closed(records)
            self._write({record.path: closed.get(record.path, record.record) for record in records})
        except (Unavailable, PermanentError) as error:
            return [EventCompletion(0, item.failure or error) for item in collected]
        for record in (item._replace(record=closed.get(item.path, item.record)) for item in records):
            self._stored.complete(record.fact)
            self._later.pop(record.fact, None)
            self._count_null(record)
            if self._kinds.is_unknown(gaps(record).numbers):
                self._later[record.fact] = record.path
        return [EventCompletion(len(of_event), item.failure) for of_event, item in zip(filled, collected, strict=True)]

    def fill_later_fields(self, has_budget: Callable[[], bool]) -> int:
        """Fill the fields that no event has, in all records that were read or written; return how many of these are not new."""
        completed, paths = 0, iter(sorted(self._later.items()))
        while chunk := dict(islice(paths, _AT_ONCE)):
            if not has_budget():
                self.pending += len(chunk)
                continue
            try:
                records = [record for record in read_records(self._services.store, chunk) if gaps(record)]
                closed = self._closed(records)
                self._write(closed)
            except (Unavailable, PermanentError):
                self.pending += len(chunk)
                continue
            completed += len(closed.keys() - self._new)
            self.pending += sum(self._kinds.is_unknown(gaps(record).numbers) for record in records)
            jobs = sum(record.metric == "workflow-job" and record.path not in closed for record in records)
            if self._may_list_runs:
                self.pending += jobs
            else:
                self._null["workflow-job", "run_event, workflow_path", Source.GITHUB] += jobs
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
        failure = self._kinds.failure
        return (*sentences, *([f"what numbers stand for stays null: {failure}"] if failure else []))

    def _read_groups(self) -> Iterator[StoredRecord]:
        """Yield the records of all groups until the store cannot be read."""
        for number, facts in enumerate(self._groups.facts.values()):
            try:
                yield from read_records(self._services.store, {fact: self._stored.paths[fact] for fact in facts})
            except Unavailable:
                self.pending += sum(map(len, list(self._groups.facts.values())[number:]))
                return

    def _fill_all(self, item: Collected) -> list[StoredRecord]:
        """Return the completed records of one event. Raises Unavailable if a stored one cannot be read."""
        completed = []
        for record in item.records:
            metric = _metric(record.event.metric_signature)
            fact = self._stored.incomplete_fact(metric, item.event)
            if fact is None or record.event.status != "success":
                continue
            path = self._stored.paths[fact]
            old = parse_record(self._services.store.read(path))
            if old is not None and schema_of(old) < SCHEMA:
                completed.append(StoredRecord(fact, path, fill(old, plain(record.event), metric)))
        return completed

    def _closed(self, records: Sequence[StoredRecord]) -> dict[str, Json]:
        """Return, by path, the records to which a field was added that no event has."""
        needed = [gaps(record) for record in records]
        kinds = self._kinds.kinds(frozenset[int]().union(*(gap.numbers for gap in needed)))
        runs = self._run_list() if any(gap.run_id is not None for gap in needed) else {}
        closed = {record.path: close_gaps(record, kinds, runs.get) for record in records}
        return {path: record for path, record in closed.items() if record is not None}

    def _run_list(self) -> Mapping[int, Run]:
        """Return the repository's runs by id; empty if they cannot be listed, which the kind of runs reports."""
        if self._runs is None:
            try:
                listed = self._context.runs
            except TelemetryError as error:
                listed, self._may_list_runs = [], _may_pass(error)
            found = ((run.integer_or_none("id"), run) for run in map(Fields, listed))
            self._runs = {
                id: Run(run.text_or_none("event"), run.text_or_none("path")) for id, run in found if id is not None
            }
        return self._runs

    def _write(self, records: Mapping[str, Json]) -> None:
        """Write the records by path. Raises as the store does."""
        files = {path: to_line(record) for path, record in records.items()}
        if files:
            write_files(files, f"Complete {len(files)} record{'s' if len(files) != 1 else ''}", self._services)

    def _count_null(self, record: StoredRecord) -> None:
        for fields, source in null_fields(record.metric, record.record["output"]):
            self._null[record.metric, _joined(fields), source] += 1


def _may_pass(error: TelemetryError) -> bool:
    """Return whether a later run may succeed without a change of the token's permissions."""
    return isinstance(error, TransientReadError) or (isinstance(error, Unavailable) and error.retry_after is not None)


def _joined(fields: Sequence[str]) -> str:
    return ", ".join(fields)


@cache
def _by_name() -> dict[str, Metric]:
    return {metric.name: metric for metric in all_metrics()}


def _metric(name: str) -> Metric:
    return _by_name()[name]
