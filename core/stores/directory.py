"""The reference Store: files below one folder of this machine, safe for several processes at once.

A file appears whole or not at all (written beside, flushed, renamed). One lock, held by the operating system and so
freed when its holder is killed, orders writers, `changes` and `swap`.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import Permanent, Unavailable

_LOCK = ".lock"
_RECEIPTS = "_system/receipts/"
_LOCK_WAIT = 30.0
"""Seconds to wait for another process's write."""
_TEMPORARY = "~tmp-"  # no name of GitHub's begins so


class DirectoryStore:
    """Implements core.ports.Store on a folder, which is made when first written to."""

    def __init__(self, root: str | Path) -> None:
        self._root = Path(root)

    def write(self, files: Mapping[str, bytes], message: str) -> bool:  # noqa: ARG002 (a folder keeps no history)
        """All files that are new or different; receipts sort last, so they are never there before their records."""
        targets = {self._target(path): content for path, content in files.items()}
        with self._locked():
            changed = {path: content for path, content in targets.items() if _content(path) != content}
            for path in sorted(changed, key=lambda path: (_RECEIPTS in path.as_posix(), path)):
                self._replace(path, changed[path])
        return bool(changed)

    def read(self, path: str) -> bytes | None:
        """The file's content; None if there is none."""
        target = self._target(path)
        with _os_errors_as_unavailable():
            return _content(target)

    def list(self, prefix: str) -> list[str]:
        """The paths of all files that begin with `prefix`, sorted."""
        folder = self._root / prefix.rpartition("/")[0]
        with _os_errors_as_unavailable():
            found = (self._name(entry) for entry in _files(folder, since=0))
            return sorted(name for name in found if name.startswith(prefix) and name != _LOCK)

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        """Paths written since the cursor, found by the times of folders first and of files then.

        The lock file's own time is the clock: no later write may seem older than it, even if the machine's clock is
        put back. A file changed in place by hand is not seen; one that is moved here is.
        """
        since = int(cursor) if cursor is not None and cursor.isascii() and cursor.isdigit() else 0
        with self._locked():
            now = self._tick()
            names = {self._name(entry) for entry in _files(self._root, since)} - {_LOCK}
        return tuple(sorted(names)), str(now)

    def swap(self, path: str, old: bytes | None, new: bytes) -> bool:
        """Write `new` if the content is still `old` (None: no file). Whether it was."""
        target = self._target(path)
        with self._locked():
            if _content(target) != old:
                return False
            self._replace(target, new)
            return True

    def _target(self, path: str) -> Path:
        parts = path.split("/")
        bad = any(part in ("", ".", "..") or part.startswith(_TEMPORARY) or "\0" in part for part in parts)
        if bad or path == _LOCK or "\\" in path:
            raise Permanent("a path that would leave the store, or is not one")
        return self._root.joinpath(*parts)

    def _name(self, path: str) -> str:
        return Path(path).relative_to(self._root).as_posix()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with _os_errors_as_unavailable():
            self._root.mkdir(parents=True, exist_ok=True)
            with FileLock(self._root / _LOCK, timeout=_LOCK_WAIT):
                yield

    def _tick(self) -> int:
        """Advance the lock file's time, and return it: later than every file there is, and every cursor given."""
        lock = self._root / _LOCK
        last = lock.stat().st_mtime_ns
        lock.touch()
        now = max(lock.stat().st_mtime_ns, last) + 1
        os.utime(lock, ns=(now, now))
        return now

    def _replace(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
        clock = (self._root / _LOCK).stat().st_mtime_ns
        for each in (path, path.parent):
            if each.stat().st_mtime_ns < clock:
                os.utime(each, ns=(clock, clock))


@contextmanager
def _os_errors_as_unavailable() -> Iterator[None]:
    """A full, read-only or vanished disk is out for now: whoever waits may find it mended."""
    try:
        yield
    except Timeout as error:
        raise Unavailable(f"another process has locked the directory store for over {_LOCK_WAIT:.0f} s") from error
    except OSError as error:
        raise Unavailable(f"the directory store cannot be used: {error.strerror or type(error).__name__}") from error


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _files(folder: str | Path, since: int) -> Iterator[str]:
    """Every file below `folder` that was written at or after `since` (ns).

    Files of folders that were not touched since are not looked at.
    """
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    touched = since == 0 or Path(folder).stat().st_mtime_ns >= since
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path, since)
        elif touched and not entry.name.startswith(_TEMPORARY) and entry.stat().st_mtime_ns >= since:
            yield entry.path
