"""A store in a bucket of any cloud: one object for each file. `changes` lists every object at least once."""

import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

from core.errors import Conflict, PermanentError, Unavailable
from core.known_values import keep_known

_SIDE_BY_SIDE = 16
_ATTEMPTS = 20
"""Attempts at one object while others write it."""
_OVERLAP = 60
"""Seconds: an object's time is the beginning of its upload, and it is visible only at the end."""
_LONGEST = 1024
"""Bytes of a key."""


class Version(NamedTuple):
    """The version of an object, by which the cloud distinguishes the contents of a key."""

    key: str
    tag: str
    """S3's ETag, or Google's generation."""
    seconds: int
    """UNIX s."""


class Denied(Unavailable):
    """A read was denied, which is also the answer for a missing object to a caller who may not list the whole bucket."""


class Objects(Protocol):
    """The calls of a bucket. Every method raises Unavailable."""

    def get(self, key: str) -> tuple[bytes, str] | None:
        """Return content and tag; None if there is no such object."""

    def put_over(self, key: str, content: bytes, tag: str | None) -> None:
        """Upload if the object has this version, or with None does not exist. Raises Conflict; the cloud decides."""

    def versions(self, prefix: str) -> Iterable[Version]:
        """Yield the versions of all objects whose keys begin with `prefix`."""


def read_or_look_up(
    read: Callable[[str], tuple[bytes, str] | None], versions: Callable[[str], Iterable[Version]], key: str
) -> tuple[bytes, str] | None:
    """Return what `read` returns, and None for a denied read of an object that is not listed. Raises Unavailable."""
    try:
        return read(key)
    except Denied:
        if not any(version.key == key for version in versions(key)):
            return None
    return read(key)  # another writer created it in the meantime, or the read is really denied


class BucketStore:
    """Implements core.ports.Store.

    Methods raise only what `core.ports.Store` names.
    """

    def __init__(self, objects: Objects, root: str = "") -> None:
        """Use a bucket; `root` limits `changes` to the keys that begin with it, so that it lists no other folder."""
        self._objects = objects
        self._root = root

    def write(self, files: Mapping[str, bytes], message: str) -> bool:  # noqa: ARG002 (a bucket has no commit messages)
        """Write all files that are new or different; receipts only after all records."""
        for path in files:
            _check(path)
        receipts = {path: content for path, content in files.items() if "_system/" in path}
        records = {path: content for path, content in files.items() if path not in receipts}
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as writers:
            changed = [any(list(writers.map(self._put_if_new, part, part.values()))) for part in (records, receipts)]
        return any(changed)

    def read(self, path: str) -> bytes | None:
        """Return the object's content; None if there is none."""
        _check(path)
        existing = self._objects.get(path)
        return None if existing is None else existing[0]

    def read_many(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of those of the objects that exist, several at a time."""
        paths = list(paths)
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as readers:
            contents = zip(paths, readers.map(self.read, paths), strict=True)
            return {path: content for path, content in contents if content is not None}

    def list(self, prefix: str) -> list[str]:
        """Return the keys that begin with `prefix`, sorted."""
        return sorted(version.key for version in self._objects.versions(prefix))

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        """Return the keys written since the cursor, which holds the latest time and the versions of the minute before."""
        since, seen = _read(cursor)
        versions = list(self._objects.versions(self._root))
        new = [version for version in versions if version.seconds >= since and [version.key, version.tag] not in seen]
        latest = max((version.seconds for version in versions), default=0)
        recent = [[version.key, version.tag] for version in versions if version.seconds >= latest - _OVERLAP]
        return tuple(sorted(version.key for version in new)), json.dumps(
            [latest, sorted(recent)], separators=(",", ":")
        )

    def compare_and_swap(self, path: str, old: bytes | None, new: bytes) -> bool:
        """Write conditionally, by the object's tag."""
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
        """Create the object, with one request for the usual case; else overwrite it if the content differs.

        A stored record keeps what the new one does not know. Raises Conflict if other writers are always faster.
        """
        tag, new = None, content
        for _ in range(_ATTEMPTS):
            try:
                self._objects.put_over(path, new, tag)
            except Conflict:
                existing = self._objects.get(path)
                tag, new = (
                    (None, content) if existing is None else (existing[1], keep_known(path, existing[0], content))
                )
                if existing is not None and existing[0] == new:
                    return False
            else:
                return True
        raise Conflict(f"{path}: other writers changed it first, {_ATTEMPTS} times")


def _check(path: str) -> None:
    parts = path.split("/")
    bad = any(part in ("", ".", "..") for part in parts) or "\\" in path or not path.isprintable()
    if bad or len(path.encode("utf-8", "surrogatepass")) > _LONGEST:
        raise PermanentError("an invalid path, or a path outside the store")


def _read(cursor: str | None) -> tuple[int, list[Any]]:
    """Return the start time in UNIX s, and the versions that were listed already; an invalid cursor lists everything."""
    try:
        latest, seen = json.loads(cursor or "[0,[]]")
        return int(latest) - _OVERLAP, list(seen)
    except (ValueError, TypeError):
        return 0, []
