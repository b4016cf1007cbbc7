"""Reads a folder, and lists its changes, without writing into it: a clone, a copy, or our own store.

New files are found by the time of each inode's last change, which the system sets and no copy preserves: a file that was
moved or unpacked here is listed too, whatever its own date. A file that was edited in place does not change its folder's
time: a limited number of files is checked for that, and others are listed when a file is added to their folder.
Symbolic links, pipes, sockets and devices are reported once and skipped.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence

from core.errors import PermanentError, Unavailable
from core.log import to_stderr
from core.stores.regular_files import NotRegular, Skipped, link_in, open_regular

LONGEST = 4 * 1024 * 1024
"""Bytes. Our largest record is a quarter of a megabyte; of a longer file only one byte more than the limit is read."""
_BLOCK = 1 << 16
_OVERLAP = 60 * 10**9
"""Nanoseconds by which another machine's clock, on a shared disk, may be behind or ahead."""
_REMEMBERED = 100_000
"""Maximum number of files of the last minute in the cursor; if there are more, they are listed again."""
LOOKED_AT = 20_000
"""Maximum number of files that are checked in unchanged folders: about a tenth of a second."""
_SKIPPED = frozenset({".git"})
_TEMPORARY = "~tmp-"  # of core/stores/directory.py


class FolderReader:
    """Implements the reading methods of core.ports.Store.

    Methods raise Unavailable or PermanentError, as that port names them.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        now: Callable[[], int] = time.time_ns,
        looked_at: int = LOOKED_AT,
        warn: Callable[[str], object] = to_stderr,
    ) -> None:
        """Read the folder `root`; `warn` is called with a line for each entry that is skipped."""
        self._root = os.fspath(root)
        self._skipped = Skipped(warn)
        self._plain_folders: set[str] = set()
        self._now = now
        self._looked_at = looked_at

    def read(self, path: str) -> bytes | None:
        """Return the file's content, or its first bytes; None if there is none. Raises PermanentError for a path outside."""
        if ".." in path or path.startswith("/"):
            _check(path)
        if self._is_linked(path):
            return None
        try:
            file = open_regular(f"{self._root}/{path}")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except NotRegular:
            self._name_skipped(path)
            return None
        except (OSError, ValueError) as error:
            raise _unavailable(error, path) from None
        try:
            return _content(file)
        except OSError as error:
            raise _unavailable(error, path) from None
        finally:
            os.close(file)

    def list(self, prefix: str) -> list[str]:
        """Return the paths of all files that begin with `prefix`, sorted."""
        return sorted(path for path, _ in self._files(0, self._now()) if path.startswith(prefix))

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        """Return the paths changed since the cursor: the start of the last call less a minute, and the files since."""
        since, seen = _read(cursor)
        begun = self._now() - _OVERLAP
        paths: list[str] = []
        late: dict[str, int] = {}
        for path, changed in self._files(since, begun):
            if changed >= begun:
                late[path] = changed
            if seen.get(path) != changed:
                paths.append(path)
        recent = late if len(late) <= _REMEMBERED else {}
        return tuple(sorted(paths)), json.dumps([begun, recent], separators=(",", ":"))

    def _files(self, since: int, begun: int) -> Iterator[tuple[str, int]]:
        """Yield every regular file changed at or after `since`, and when (UNIX ns; 0: certainly before `begun`)."""
        waiting, counted, budget = [""], self._counts_folders(), self._looked_at
        while waiting:
            prefix = waiting.pop()
            touched = self._changed_at(prefix)
            for entry in self._entries(prefix):
                if entry.is_dir(follow_symlinks=False):
                    skipped = counted and since and budget <= 0 and _is_old_leaf(entry, since)
                    if entry.name not in _SKIPPED and not skipped:
                        waiting.append(f"{prefix}{entry.name}/")
                elif (touched >= since or budget > 0) and entry.is_file(follow_symlinks=False):
                    budget -= touched < since
                    changed = _change_time(entry) if since or touched >= begun else 0
                    if changed >= since and not entry.name.startswith(_TEMPORARY):
                        yield f"{prefix}{entry.name}", changed
                elif not entry.is_file(follow_symlinks=False):
                    self._skipped(entry.path)

    def _is_linked(self, path: str) -> bool:
        """Return whether a path leads through a symbolic link; each folder is checked once."""
        folder = path.rpartition("/")[0]
        if folder in self._plain_folders:
            return False
        try:
            link = link_in(self._root, path)
        except (OSError, ValueError) as error:
            raise _unavailable(error, path) from None
        if link is None:
            self._plain_folders.add(folder)
            return False
        self._skipped(link)
        return True

    def _name_skipped(self, path: str) -> None:
        full_path = f"{self._root}/{path}"
        if os.path.islink(full_path) or not os.path.isdir(full_path):  # noqa: PTH112, PTH114 (text, as everywhere here)
            self._skipped(full_path)

    def _counts_folders(self) -> bool:
        """Return whether this file system counts subfolders as links of a folder; others always report 1 or 2.

        https://www.gnu.org/software/findutils/manual/html_node/find_html/Directories.html (-noleaf)
        """
        folders = sum(entry.is_dir(follow_symlinks=False) for entry in self._entries(""))
        try:
            return folders > 0 and os.stat(self._root).st_nlink == 2 + folders  # noqa: PTH116 (as below)
        except OSError:
            return False

    def _changed_at(self, prefix: str) -> int:
        """Return when an entry was last added to or removed from a folder (UNIX ns)."""
        try:
            return os.stat(f"{self._root}/{prefix}").st_ctime_ns  # noqa: PTH116 (a Path for each of a hundred thousand folders)
        except OSError:
            return 0

    def _entries(self, prefix: str) -> "Sequence[os.DirEntry[str]]":
        """Return the entries of a folder; none if it does not exist, or was removed meanwhile."""
        try:
            with os.scandir(f"{self._root}/{prefix}") as entries:
                return [*entries]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise _unavailable(error, prefix or self._root) from None


def _is_old_leaf(entry: "os.DirEntry[str]", since: int) -> bool:
    """Return whether a folder has no subfolders and has not changed since, so that it need not be listed."""
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return True
    return status.st_nlink == 2 and status.st_ctime_ns < since


def _change_time(entry: "os.DirEntry[str]") -> int:
    try:
        return entry.stat(follow_symlinks=False).st_ctime_ns
    except FileNotFoundError:
        return -1


def _content(file: int) -> bytes:
    content = os.read(file, _BLOCK)
    if len(content) < _BLOCK:
        return content
    blocks, length = [content], len(content)
    while length <= LONGEST and (content := os.read(file, min(1 << 20, LONGEST + 1 - length))):
        blocks.append(content)
        length += len(content)
    return b"".join(blocks)


def _check(path: str) -> None:
    if path.startswith("/") or ".." in path.split("/"):
        raise PermanentError("a path outside the folder")


def _read(cursor: str | None) -> tuple[int, dict[str, int]]:
    """Return the start time (UNIX ns), and the files that were listed already; an invalid cursor lists everything."""
    try:
        since, seen = json.loads(cursor or "[0,{}]")
        return int(since), dict(seen)
    except (ValueError, TypeError):
        return 0, {}


def _unavailable(error: Exception, path: str) -> Unavailable:
    reason = getattr(error, "strerror", None) or type(error).__name__
    return Unavailable(f"{path}: {reason[:1].lower()}{reason[1:]}")
