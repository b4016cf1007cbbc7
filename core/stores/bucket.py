"""A store in a bucket of any cloud: one object for each file, and a landing file for the records of each write."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from core import clock
from core.errors import Conflict, PermanentError
from core.known_values import keep_known
from core.stores import bucket_changes
from core.stores.bucket_objects import Objects
from core.stores.landing import landing_file, receipt_of

_SIDE_BY_SIDE = 16
_ATTEMPTS = 20
"""Attempts at one object while others write it."""
_LONGEST = 1024
"""Bytes of a key."""


class _Stored(NamedTuple):
    """What is in the store after a write of one file."""

    content: bytes
    changed: bool


class BucketStore:
    """Implements core.ports.Store.

    Methods raise only what `core.ports.Store` names.
    """

    def __init__(self, objects: Objects, root: str = "", now: Callable[[], int] = clock.now) -> None:
        """Use a bucket; `root` is REPO_PATH and a slash, or empty; `now` returns UNIX ms.

        Landing files are below the root, and `changes` lists no key outside it.
        """
        self._objects = objects
        self._root = root
        self._now = now

    def write(self, files: Mapping[str, bytes], message: str) -> bool:  # noqa: ARG002 (a bucket has no commit messages)
        """Write all files that are new or different: all records, then their landing file, then the receipts.

        The landing file has the records as they are in the store then, also those that were there before: so a batch that is
        written again after a crash lands.
        """
        for path in files:
            _check(path)
        receipts = {path: content for path, content in files.items() if "_system/" in path}
        records = {path: content for path, content in files.items() if path not in receipts}
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as writers:
            stored = dict(zip(records, writers.map(self._put_if_new, records, records.values()), strict=True))
            self._land(
                {path: item.content for path, item in stored.items()},
                next(filter(None, map(receipt_of, receipts)), None),
            )
            written = list(writers.map(self._put_if_new, receipts, receipts.values()))
        return any(item.changed for item in (*stored.values(), *written))

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
        """Return the landing files written since the cursor, or the keys of all files; see core/stores/bucket_changes.py."""
        return bucket_changes.changes(self._objects, self._root, cursor)

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

    def _land(self, files: Mapping[str, bytes], receipt: str | None) -> None:
        """Write the landing file of these files as they are stored; one that exists has the same content."""
        landing = landing_file(files, self._root, self._now(), receipt)
        if landing is None:
            return
        key, content = landing
        _check(key)
        try:
            self._objects.put_over(key, content, None)
        except Conflict:
            if self._objects.get(key) is None:  # another writer of the same batch has not finished
                raise

    def _put_if_new(self, path: str, content: bytes) -> _Stored:
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
                    return _Stored(new, changed=False)
            else:
                return _Stored(new, changed=True)
        raise Conflict(f"{path}: other writers changed it first, {_ATTEMPTS} times")


def _check(path: str) -> None:
    parts = path.split("/")
    bad = any(part in ("", ".", "..") for part in parts) or "\\" in path or not path.isprintable()
    if bad or len(path.encode("utf-8", "surrogatepass")) > _LONGEST:
        raise PermanentError("an invalid path, or a path outside the store")
