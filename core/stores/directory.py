"""The reference store: files below one folder of this machine, safe for several concurrent processes.

A file appears completely or not at all, and is on the disk before a batch counts as stored. One lock of the operating
system, freed when its holder is killed, serializes writers, `changes` and `compare_and_swap`. Symbolic links inside the
folder are reported and not followed: nothing outside is read or written.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import PermanentError, Unavailable
from core.known_values import keep_known
from core.log import to_stderr
from core.stores import durable_files
from core.stores.durable_files import TEMPORARY
from core.stores.regular_files import NotRegular, Skipped, link_in, open_regular

_LOCK = ".lock"
_RECEIPTS = "_system/receipts/"
_LOCK_WAIT = 30.0
"""Seconds to wait for another process's write."""


class DirectoryStore:
    """Implements core.ports.Store on a folder, which the first write creates.

    Methods raise only what `core.ports.Store` names.
    """

    def __init__(self, root: str | Path, warn: Callable[[str], object] = to_stderr) -> None:
        """Use the folder `root`; `warn` is called with a line for each entry that is skipped."""
        self._root = Path(root)
        self._skipped = Skipped(warn)
        self._swept = False

    def write(self, files: Mapping[str, bytes], message: str) -> bool:  # noqa: ARG002 (a folder has no commit messages)
        """Write all files that are new or different; receipts come last, so they never precede their records.

        A stored record keeps what the new one does not know.
        """
        targets = {self._target(path): content for path, content in files.items()}
        with self._lock():
            stored = {path: self._content(path) for path in targets}
            merged = {path: keep_known(self._name(str(path)), stored[path], new) for path, new in targets.items()}
            changed = {path: content for path, content in merged.items() if stored[path] != content}
            self._sweep(changed)
            for receipts in (False, True):
                part = sorted(path for path in changed if (_RECEIPTS in path.as_posix()) == receipts)
                for path in part:
                    self._replace(path, changed[path])
                for folder in sorted({path.parent for path in part}):
                    durable_files.flush(folder)
        return bool(changed)

    def read(self, path: str) -> bytes | None:
        """Return the file's content; None if there is none."""
        target = self._target(path)
        with _os_errors_as_unavailable():
            return self._content(target)

    def read_many(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of those of the files that exist."""
        return {path: content for path in paths if (content := self.read(path)) is not None}

    def list(self, prefix: str) -> list[str]:
        """Return the paths of all files that begin with `prefix`, sorted."""
        folder = self._root / prefix.rpartition("/")[0]
        with _os_errors_as_unavailable():
            link = link_in(str(self._root), prefix)
            if link is not None:
                self._skipped(link)
                return []
            names = (self._name(entry) for entry in self._files(folder, since=0))
            return sorted(name for name in names if name.startswith(prefix) and name != _LOCK)

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        """Return the paths written since the cursor, by the times first of folders and then of files.

        The lock file's time is the clock: no later write has an older time, even if the machine's clock is set back.
        A file that was edited in place manually is not listed; one that was moved here is.
        """
        since = int(cursor) if cursor is not None and cursor.isascii() and cursor.isdigit() else 0
        with self._lock():
            now = self._tick()
            names = {self._name(entry) for entry in self._files(self._root, since)} - {_LOCK}
        return tuple(sorted(names)), str(now)

    def compare_and_swap(self, path: str, old: bytes | None, new: bytes) -> bool:
        """Write `new` if the content is still `old` (None: no file); return whether it was."""
        target = self._target(path)
        with self._lock():
            if self._content(target) != old:
                return False
            self._sweep([target])
            self._replace(target, new)
            durable_files.flush(target.parent)
            return True

    def _target(self, path: str) -> Path:
        parts = path.split("/")
        bad = any(part in ("", ".", "..") or part.startswith(TEMPORARY) or "\0" in part for part in parts)
        if bad or path == _LOCK or "\\" in path:
            raise PermanentError("an invalid path, or a path outside the store")
        return self._root.joinpath(*parts)

    def _name(self, path: str) -> str:
        return Path(path).relative_to(self._root).as_posix()

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with _os_errors_as_unavailable():
            durable_files.make_folder(self._root)
            with FileLock(self._root / _LOCK, timeout=_LOCK_WAIT):
                yield

    def _tick(self) -> int:
        """Advance the lock file's time, and return it: later than every file and every cursor."""
        lock = self._root / _LOCK
        last = lock.stat().st_mtime_ns
        lock.touch()
        now = max(lock.stat().st_mtime_ns, last) + 1
        os.utime(lock, ns=(now, now))
        return now

    def _sweep(self, targets: Iterable[Path]) -> None:
        """Remove temporary files of killed writers from the root, and from the folders in which older versions wrote them."""
        if not self._swept:
            durable_files.sweep_all(self._root)
            self._swept = True
        for folder in {self._root, *(path.parent for path in targets)}:
            durable_files.sweep(folder)

    def _replace(self, path: Path, content: bytes) -> None:
        durable_files.replace(path, content, self._root)
        clock = (self._root / _LOCK).stat().st_mtime_ns
        for target in (path, path.parent):
            if target.stat().st_mtime_ns < clock:
                os.utime(target, ns=(clock, clock))

    def _content(self, path: Path) -> bytes | None:
        """Return a regular file's content; None if there is none. Raises Unavailable for a path through a symbolic link."""
        link = link_in(str(self._root), self._name(str(path)))
        if link is not None:
            self._skipped(link)
            raise Unavailable(f"the directory store neither reads nor writes through the symbolic link {link!a}")
        try:
            with os.fdopen(open_regular(str(path)), "rb") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except NotRegular:
            if not path.is_dir() or path.is_symlink():
                self._skipped(str(path))
            return None

    def _files(self, folder: str | Path, since: int) -> Iterator[str]:
        """Yield every regular file below `folder` that was written at or after `since` (ns).

        Files in folders that have not changed since are not checked.
        """
        try:
            entries = list(os.scandir(folder))
        except (FileNotFoundError, NotADirectoryError):
            return
        touched = since == 0 or Path(folder).stat().st_mtime_ns >= since
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from self._files(entry.path, since)
            elif not entry.is_file(follow_symlinks=False):
                self._skipped(entry.path)
            elif touched and not entry.name.startswith(TEMPORARY) and _written_at(entry) >= since:
                yield entry.path


@contextmanager
def _os_errors_as_unavailable() -> Iterator[None]:
    """Raise Unavailable for errors of the disk, such as a full or read-only one, which may be fixed later."""
    try:
        yield
    except Timeout as error:
        raise Unavailable(f"another process has locked the directory store for over {_LOCK_WAIT:.0f} s") from error
    except OSError as error:
        raise Unavailable(f"the directory store cannot be used: {error.strerror or type(error).__name__}") from error


def _written_at(entry: "os.DirEntry[str]") -> int:
    try:
        return entry.stat(follow_symlinks=False).st_mtime_ns
    except FileNotFoundError:  # a temporary file, or one that was just removed
        return -1
