"""A store as a bucket, of whichever cloud: one object for each file. Who follows it is told of every object, at least once."""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

from core.errors import Conflict, PermanentError

_SIDE_BY_SIDE = 16
_OVERLAP = 60
"""Seconds: an object's time is that of the beginning of its upload, and it is seen only at the end."""
_LONGEST = 1024
"""Bytes of a key."""


class Version(NamedTuple):
    """Of an object: what the cloud tells one content of a key from another by."""

    key: str
    tag: str
    """S3's ETag, or Google's generation."""
    seconds: int
    """UNIX s."""


class Objects(Protocol):
    """The few calls that a bucket is. Each raises Unavailable."""

    def get(self, key: str) -> tuple[bytes, str] | None:
        """Content and tag; None if there is none."""

    def put(self, key: str, content: bytes) -> None:
        """Whatever is there."""

    def put_over(self, key: str, content: bytes, tag: str | None) -> None:
        """Only over this version, or with None where there is none; raises Conflict, as the cloud itself decides."""

    def versions(self, prefix: str) -> Iterable[Version]:
        """All whose keys begin so."""


class BucketStore:
    """Implements core.ports.Store."""

    def __init__(self, objects: Objects, root: str = "") -> None:
        """`root` is what all keys that `changes` tells begin with: whoever follows one folder lists no other."""
        self._objects = objects
        self._root = root

    def write(self, files: Mapping[str, bytes], message: str) -> bool:  # noqa: ARG002 (a bucket keeps no messages)
        """All that are new or different; receipts only when all records are there."""
        for path in files:
            _check(path)
        receipts = {path: content for path, content in files.items() if "_system/" in path}
        records = {path: content for path, content in files.items() if path not in receipts}
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as writers:
            changed = [any(list(writers.map(self._put_if_new, part, part.values()))) for part in (records, receipts)]
        return any(changed)

    def read(self, path: str) -> bytes | None:
        """The object's content; None if there is none."""
        _check(path)
        existing = self._objects.get(path)
        return None if existing is None else existing[0]

    def list(self, prefix: str) -> list[str]:
        """The keys that begin with `prefix`, sorted."""
        return sorted(version.key for version in self._objects.versions(prefix))

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        """Keys written since the cursor, which holds the latest time and what was told of the minute before it."""
        since, seen = _read(cursor)
        versions = list(self._objects.versions(self._root))
        new = [version for version in versions if version.seconds >= since and [version.key, version.tag] not in seen]
        latest = max((version.seconds for version in versions), default=0)
        recent = [[version.key, version.tag] for version in versions if version.seconds >= latest - _OVERLAP]
        return tuple(sorted(version.key for version in new)), json.dumps(
            [latest, sorted(recent)], separators=(",", ":")
        )

    def compare_and_swap(self, path: str, old: bytes | None, new: bytes) -> bool:
        """A conditional write."""
        _check(path)
        existing = self._objects.get(path)
        if (None if existing is None else existing[0]) != old:
            return False
        try:
            self._objects.put_over(path, new, None if existing is None else existing[1])
        except Conflict:
            return False
        return True

    def _put_if_new(self, path: str, content: bytes) -> bool:
        """Most records are new, and one request is enough for those."""
        try:
            self._objects.put_over(path, content, None)
        except Conflict:
            existing = self._objects.get(path)
            if existing is not None and existing[0] == content:
                return False
            self._objects.put(path, content)
        return True


def _check(path: str) -> None:
    parts = path.split("/")
    bad = any(part in ("", ".", "..") for part in parts) or "\\" in path or not path.isprintable()
    if bad or len(path.encode("utf-8", "surrogatepass")) > _LONGEST:
        raise PermanentError("a path that would leave the store, or is not one")


def _read(cursor: str | None) -> tuple[int, list[Any]]:
    """From when on objects are looked at, and which of them were told already; a cursor that is none tells all."""
    try:
        latest, seen = json.loads(cursor or "[0,[]]")
        return int(latest) - _OVERLAP, list(seen)
    except (ValueError, TypeError):
        return 0, []
