"""Reads the stored records of a repository since a date, to find those that lack fields.

Reading a record may take a request to the store, so a run reads a limited number of them, the newest days first, and no day
again of which nothing more can be filled in, unless its number of records has changed.
"""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from core.backfill.new_fields import FILLED_LATER, NEW_FIELDS
from core.events import SCHEMA
from core.payload import Json, day_of
from core.ports import Store
from core.record_file import parse_record

MOST_READ = 50_000
"""Records that a run reads to find those that lack fields."""
MOST_READ_AT_GITHUB = 1_000
"""The same with a data repository at GitHub, where each takes a request: a fifth of an hour's, which live writes need, too."""
_SIDE_BY_SIDE = 8
_PARTS = 64
"""Parts of a metric without days: a new record makes one part to be read again, and a run need not read all releases at once."""
_UNDATED = "undated"


class Settled(NamedTuple):
    """The records of a group, a day or a part of a metric without days, of which nothing more can be filled in."""

    records: int
    """Their number then."""
    since: int
    """The start date of that run in UNIX ms: one that goes further back reads them again."""


class StoredRecord(NamedTuple):
    """A record that may lack fields."""

    fact: str
    """Its path below the repository's folder, without `.json`."""
    path: str
    record: Json

    @property
    def metric(self) -> str:
        """The metric's name."""
        return self.fact.partition("/")[0]

    @property
    def is_older(self) -> bool:
        """Whether the record is of an earlier schema that lacks fields of its metric."""
        return schema_of(self.record) < SCHEMA and self.metric in NEW_FIELDS


class Groups(NamedTuple):
    """The facts of the groups that are to be read, and of those that are left for the next run."""

    facts: Mapping[str, Sequence[str]]
    """Facts by group."""
    left: int
    """Number of facts that are not read in this run."""

    def settled(self, since: int) -> dict[str, Settled]:
        """Return what to remember of these groups after a run that left nothing of them."""
        return {group: Settled(len(facts), since) for group, facts in self.facts.items()}


def groups_to_read(facts: Iterable[str], settled: Mapping[str, Settled], since: int, most: int = MOST_READ) -> Groups:
    """Return the facts since the start date (UNIX ms) that may lack fields, the newest day first, at most about `most`."""
    groups: dict[str, list[str]] = defaultdict(list)
    first = day_of(since) or ""
    for fact in facts:
        group = _group(fact)
        if group is not None and (group >= first or not group[:1].isdigit()):
            groups[group].append(fact)
    read: dict[str, Sequence[str]] = {}
    left = 0
    for group, listed in sorted(groups.items(), key=lambda item: (item[0][:1].isdigit(), item[0]), reverse=True):
        if not _is_settled(settled.get(group), len(listed), since):
            if sum(map(len, read.values())) < most:
                read[group] = sorted(listed)
            else:
                left += len(listed)
    return Groups(read, left)


def read_records(store: Store, paths: Mapping[str, str]) -> Iterator[StoredRecord]:
    """Yield the records of these facts, given with their paths; raises what the store raises. Invalid files are skipped."""
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        for (fact, path), content in zip(paths.items(), pool.map(store.read, paths.values()), strict=True):
            record = parse_record(content)
            if record is not None:
                yield StoredRecord(fact, path, record)


def schema_of(record: Json) -> int:
    """Return the record's schema; one that is not a number is taken for a later one, so the record is not changed."""
    schema: Any = record.get("schema")
    return schema if type(schema) is int else SCHEMA + 1


def _group(fact: str) -> str | None:
    """Return the group of a fact, its day or a part of its metric; None if its metric never lacks fields."""
    metric, *folders = fact.split("/")
    if metric not in NEW_FIELDS and metric not in FILLED_LATER:
        return None
    if len(folders) > 1 and folders[0] != _UNDATED:
        return folders[0]
    return f"{metric}/{zlib.crc32(fact.encode(errors='surrogatepass')) % _PARTS:02d}"


def _is_settled(settled: Settled | None, records: int, since: int) -> bool:
    return settled is not None and settled.records == records and settled.since <= since
