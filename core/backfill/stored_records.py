"""Reads the stored records of a repository since a date, to find those that lack fields.

Reading takes requests to the store, so a run reads a limited number of records, the newest days first, and no day again of which
nothing more can be filled in, unless its number of records has changed, or GitHub now answers what it refused then.
"""

import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from core.backfill.new_fields import FILLED_LATER, NEW_FIELDS
from core.events import SCHEMA
from core.payload import Json, day_of
from core.ports import Store
from core.record_file import parse_record

MOST_READ = 50_000
"""Records that a run reads to find those that lack fields."""
MOST_READ_AT_GITHUB = 10_000
"""The same with a data repository at GitHub: a hundred requests (core/github/git_files.py), a fiftieth of an hour's."""
AT_ONCE = 500
"""Records that are read, and are in memory, at once; time and budget are checked before."""
_PART = 1_000
"""Records of a day from which it is read in parts, each settled on its own."""
_PARTS = 64
"""Parts of a metric without days: a new record makes one part to be read again, and a run need not read all releases at once."""
_UNDATED = "undated"


class Settled(NamedTuple):
    """The records of a group, a day or a part of it, or a part of a metric without days, of which nothing more can be filled in."""

    records: int
    """Their number then."""
    since: int
    """The start date of that run in UNIX ms: one that goes further back reads them again."""
    refused: Mapping[str, int] = MappingProxyType({})
    """What GitHub refused for them: when it answers that, they are read again (core/backfill/later_answers.py)."""


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
    names: frozenset[str] = frozenset()
    """All groups, settled or not."""


def groups_to_read(
    facts: Iterable[str],
    settled: Mapping[str, Settled],
    since: int,
    most: int = MOST_READ,
    is_granted: Callable[[Mapping[str, int]], bool] = lambda _refused: False,
) -> Groups:
    """Return the facts since the start date (UNIX ms) that may lack fields, the newest day first, at most about `most`.

    A settled group for which GitHub refused something is read again if `is_granted` says that GitHub answers it now.
    """
    groups = _groups(facts, day_of(since) or "")
    read: dict[str, Sequence[str]] = {}
    left = count = 0
    for group, listed in sorted(groups.items(), key=lambda item: (item[0][:1].isdigit(), item[0]), reverse=True):
        known = settled.get(group)
        if known and _is_settled(known, len(listed), since) and not (known.refused and is_granted(known.refused)):
            continue
        if count < most:
            read[group] = sorted(listed)
            count += len(listed)
        else:
            left += len(listed)
    return Groups(read, left, frozenset(groups))


def read_records(store: Store, paths: Mapping[str, str]) -> Iterator[StoredRecord]:
    """Yield the records of these facts, given with their paths; raises what the store raises. Invalid files are skipped."""
    contents = store.read_many(paths.values())
    for fact, path in paths.items():
        record = parse_record(contents.get(path))
        if record is not None:
            yield StoredRecord(fact, path, record)


def schema_of(record: Json) -> int:
    """Return the record's schema; one that is not a number is taken for a later one, so the record is not changed."""
    schema: Any = record.get("schema")
    return schema if type(schema) is int else SCHEMA + 1


def _groups(facts: Iterable[str], first: str) -> dict[str, list[str]]:
    """Return the facts that may lack fields by group, from the first day on; a day of many records has several groups."""
    days: dict[str, list[str]] = defaultdict(list)
    for fact in facts:
        group = _group(fact)
        if group is not None and (group >= first or not group[:1].isdigit()):
            days[group].append(fact)
    groups: dict[str, list[str]] = defaultdict(list)
    for day, listed in days.items():
        parts = 1 << (max(0, len(listed) - 1) // _PART).bit_length() if day[:1].isdigit() else 1
        for fact in listed:
            groups[day if parts == 1 else f"{day}/{_hash(fact) % parts}/{parts}"].append(fact)
    return groups


def _group(fact: str) -> str | None:
    """Return the day of a fact, or a part of its metric; None if its metric never lacks fields."""
    metric, *folders = fact.split("/")
    if metric not in NEW_FIELDS and metric not in FILLED_LATER:
        return None
    if len(folders) > 1 and folders[0] != _UNDATED:
        return folders[0]
    return f"{metric}/{_hash(fact) % _PARTS:02d}"


def _hash(fact: str) -> int:
    return zlib.crc32(fact.encode(errors="surrogatepass"))


def _is_settled(settled: Settled, records: int, since: int) -> bool:
    return settled.records == records and settled.since <= since
