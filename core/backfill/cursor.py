"""Stores the progress of a repository's backfill in a file that is written only after the records are durable.

Listing the store finds the records. The cursor adds the units that need not be read again, the names that the repository had, and
the tags that are known to be older.
"""

import json
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import NamedTuple

from core.backfill.context import Unit
from core.backfill.stored_records import Settled
from core.backfill.unit_states import UnitStates, from_json, to_json
from core.errors import TelemetryError
from core.events import SCHEMA
from core.job import JobOutcome
from core.payload import DAY, Json, parse_json
from core.services import JobServices


class ConcurrentRunError(TelemetryError):
    """Another copy of the job is running on the same repository."""


class Cursor(NamedTuple):
    """The progress of a repository's backfills. Times are UNIX ms."""

    names: tuple[str, ...] = ()
    """OWNER/NAME, every spelling that the repository had."""
    begun: int = 0
    """When the unfinished backfill began; 0 if there is none."""
    since: int = 0
    """The start date of the unfinished backfill."""
    done: frozenset[str] = frozenset()
    """The units that the unfinished backfill has processed, without those in `states` with what the lists show of them."""
    tags_since: int = 0
    """The start date for which `old_tags` are valid, and for later ones."""
    old_tags: frozenset[str] = frozenset()
    """Tags that are older than `tags_since`."""
    settled: Mapping[str, Settled] = MappingProxyType({})
    """The groups of stored records of which nothing more can be filled in."""
    states: UnitStates = UnitStates()
    """The units that earlier backfills have read, too: they are read again if GitHub's lists show a change."""

    def resumed(self, since: int, now: int, name: str) -> "Cursor":
        """Return the cursor of the unfinished backfill if it is less than a day old and goes as far back; else a new one.

        After a day, items may have changed.
        """
        names = self.names if name in self.names else (*self.names, name)
        if self.begun and now - self.begun < DAY and self.since <= since:
            return self._replace(names=names)
        return self._replace(names=names, begun=now, since=since, done=frozenset())

    def has(self, unit: Unit) -> bool:
        """Return whether the unit is done."""
        old = unit.kind == _TAGS and self.tags_since <= self.since and str(unit.id) in self.old_tags
        return old or unit.name in self.done or self.states.is_same(unit.name, unit.state)

    def with_done(
        self, units: Iterable[Unit], unchanging: Iterable[Unit], now: int, records: Mapping[str, int]
    ) -> "Cursor":
        """Return the cursor with these units done, and those that need not be read again while the lists show the same.

        `records` are the stored records by day.
        """
        states = {unit.name: unit.state for unit in unchanging} if self.states.rules else {}
        read = {unit.name: states.get(unit.name, "") for unit in units}
        done = self.done.union(name for name, state in read.items() if not state)
        return self._replace(done=done, states=self.states.with_read(read, now, records))

    def only(self, listed: AbstractSet[str]) -> "Cursor":
        """Return the cursor without the units that are no longer `listed`, so that its file does not grow."""
        return self._replace(states=self.states.only(listed))

    def finished(self) -> "Cursor":
        """Return the cursor of a finished backfill; tags that were processed and are not stored are old."""
        tags = frozenset(key.partition(":")[2] for key in self.done if key.startswith(f"{_TAGS}:"))
        known = self.old_tags if self.tags_since <= self.since else frozenset()
        return self._replace(begun=0, since=0, done=frozenset(), tags_since=self.since, old_tags=known | tags)

    def with_settled(self, groups: Mapping[str, Settled], names: AbstractSet[str]) -> "Cursor":
        """Return the cursor with these groups settled; `names` are all groups, so that a day's former parts are dropped."""
        days = {name.partition("/")[0] for name in names}
        kept = {name: of for name, of in self.settled.items() if name in names or name.partition("/")[0] not in days}
        return self._replace(settled=MappingProxyType({**kept, **groups}))


_TAGS = "tags"
_REPEATED = 0.05
"""Share of the units that a run may have to read again after it was killed."""


class CursorFile:
    """The file of a repository's cursor."""

    def __init__(self, repository: int, services: JobServices) -> None:
        """Name the file of the repository with this id."""
        settings = services.settings
        self._path = f"{settings.root}_system/backfill/{settings.github_host}/{repository}.json"
        self._services = services
        self._content: bytes | None = None
        self._unwritten = 0
        """Number of units that were read since the last time."""

    def read(self) -> Cursor:
        """Return the cursor. An invalid file is ignored and the backfill restarts."""
        self._content = self._services.store.read(self._path)
        if self._content is None:
            return Cursor()
        try:
            fields = parse_json(self._content)
            names, done, old = (tuple(map(str, fields[name])) for name in ("names", "done", "old_tags"))
            begun, since, tags_since = (int(fields[name]) for name in ("begun", "since", "tags_since"))
            settled = _settled(fields.get("settled"))
            states = from_json(fields.get("states"))
            return Cursor(names, begun, since, frozenset(done), tags_since, frozenset(old), settled, states)
        except (ValueError, TypeError, KeyError, AttributeError):
            self._services.log("warning", "job", JobOutcome.CURSOR_UNREADABLE, reason=self._path)
            return Cursor()

    def write(self, cursor: Cursor) -> None:
        """Write the cursor. Raises ConcurrentRunError if another run has written meanwhile."""
        settled = {"schema": SCHEMA, "groups": {name: _listed(group) for name, group in sorted(cursor.settled.items())}}
        sets = {"done": sorted(cursor.done), "old_tags": sorted(cursor.old_tags), "settled": settled}
        sets |= {"states": to_json(cursor.states)}
        new = (json.dumps({**cursor._asdict(), **sets}, separators=(",", ":")) + "\n").encode()
        if new != self._content and not self._services.store.compare_and_swap(self._path, self._content, new):
            raise ConcurrentRunError(f"another run of this job is working on {cursor.names[-1]}: this one stops")
        self._content, self._unwritten = new, 0

    def write_if_due(self, cursor: Cursor, read: int) -> None:
        """Write the cursor if enough units were read since the last time; `read` are further ones. Raises as `write`.

        The whole file is written each time, with some 55 bytes a unit: of 42,000 units after every hundredth that would be 485 MB.
        """
        self._unwritten += read
        if self._unwritten > (len(cursor.done) + len(cursor.states.units)) * _REPEATED:
            self.write(cursor)


def _settled(fields: Json | None) -> Mapping[str, Settled]:
    """Return the settled groups of a cursor: none if it is of an earlier version, or of a schema that had fewer fields."""
    if fields is None or fields["schema"] != SCHEMA:
        return MappingProxyType({})
    groups = {
        str(group): Settled(
            int(records), int(since), *({str(kind): int(n) for kind, n in of.items()} for of in refused)
        )
        for group, (records, since, *refused) in fields["groups"].items()
    }
    return MappingProxyType(groups)


def _listed(group: Settled) -> list[object]:
    return [group.records, group.since, *([dict(group.refused)] if group.refused else [])]
