"""How far the walk of one repository has come: a file of the store, written only after what it says is durable.

What is stored is found by listing; what the cursor adds is what was looked at and had nothing to store, the names that
the repository had, and the tags that are known to be older.
"""

import json
from collections.abc import Iterable
from typing import NamedTuple

from core.backfill.context import Unit
from core.errors import TelemetryError
from core.payload import parse_json
from core.services import JobServices

_A_DAY = 86_400_000
"""An unfinished walk is gone on with for so long; then what was looked at may have moved, and it begins anew."""


class ConcurrentRunError(TelemetryError):
    """Another copy of the job is at work on the same repository."""


class Cursor(NamedTuple):
    """What is known of a repository's walks. Times are UNIX ms."""

    names: tuple[str, ...] = ()
    """OWNER/NAME, every spelling that it was ever found by."""
    begun: int = 0
    """When the unfinished walk began; 0: there is none …"""
    since: int = 0
    """… since when it looks …"""
    done: frozenset[str] = frozenset()
    """… and the units that it has looked at."""
    tags_since: int = 0
    """No tag before this is of interest to whoever looks since this or later …"""
    old_tags: frozenset[str] = frozenset()
    """… and these are such."""

    def resumed(self, since: int, now: int, name: str) -> "Cursor":
        """The cursor to go on with: of the unfinished walk, if it is a fresh one that looks back as far; else a new one."""
        names = self.names if name in self.names else (*self.names, name)
        if self.begun and now - self.begun < _A_DAY and self.since <= since:
            return self._replace(names=names)
        return self._replace(names=names, begun=now, since=since, done=frozenset())

    def has(self, unit: Unit) -> bool:
        """Whether it need not be looked at."""
        old = unit.kind == _TAGS and self.tags_since <= self.since and str(unit.id) in self.old_tags
        return old or _name(unit) in self.done

    def with_done(self, units: Iterable[Unit]) -> "Cursor":
        """After these."""
        return self._replace(done=self.done | {_name(unit) for unit in units})

    def finished(self) -> "Cursor":
        """Nothing is left; the tags that were looked at are old, or they would be found stored."""
        tags = frozenset(key.partition(":")[2] for key in self.done if key.startswith(f"{_TAGS}:"))
        known = self.old_tags if self.tags_since <= self.since else frozenset()
        return Cursor(self.names, tags_since=self.since, old_tags=known | tags)


_TAGS = "tags"


def _name(unit: Unit) -> str:
    return f"{unit.kind}:{unit.id}"


def read(repository: int, services: JobServices) -> tuple[Cursor, bytes | None]:
    """The cursor, and the bytes that `write` must find; a file that is none begins from the start, which repeats nothing."""
    path = _path(repository, services)
    content = services.store.read(path)
    if content is None:
        return Cursor(), None
    try:
        fields = parse_json(content)
        names, done, old = (tuple(map(str, fields[name])) for name in ("names", "done", "old_tags"))
        times = {name: int(fields[name]) for name in ("begun", "since", "tags_since")}
        return Cursor(names=names, done=frozenset(done), old_tags=frozenset(old), **times), content
    except (ValueError, TypeError, KeyError):
        services.log("warning", "job", "cursor-unreadable", reason=path)
        return Cursor(), content


def write(cursor: Cursor, old: bytes | None, repository: int, services: JobServices) -> bytes:
    """The new bytes; raises ConcurrentRunError where somebody else has written meanwhile."""
    sets = {"done": sorted(cursor.done), "old_tags": sorted(cursor.old_tags)}
    new = (json.dumps({**cursor._asdict(), **sets}, separators=(",", ":")) + "\n").encode()
    if new != old and not services.store.compare_and_swap(_path(repository, services), old, new):
        raise ConcurrentRunError(f"another copy of this job is at work on {cursor.names[-1]}: this one stops")
    return new


def _path(repository: int, services: JobServices) -> str:
    settings = services.settings
    return f"{settings.root}_system/backfill/{settings.github_host}/{repository}.json"
