"""Reads any folder, and follows it, without writing anything into it: somebody's clone, a copy, or our own store.

What is new is found by the time of each inode's last change, which the system sets and no copying preserves: a file that
was moved or unpacked here is seen too, whatever its own date. A file that was changed in place leaves no trace in its folder:
of very many files only so many are looked at for that, and another is seen with the next that is added to its folder.
Symbolic links, pipes, sockets and devices are named once and skipped.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence

from core.errors import PermanentError, Unavailable
from core.log import to_stderr
from core.stores.regular_files import NotRegular, Skipped, link_in, open_regular

LONGEST = 4 * 1024 * 1024
"""Bytes. Our largest record is a quarter of a megabyte; of a longer file only one byte more than this is read."""
_BLOCK = 1 << 16
_OVERLAP = 60 * 10**9
"""Nanoseconds: another machine's clock, on a shared disk, may be so much behind or ahead."""
_REMEMBERED = 100_000
"""Files of the last minute that the cursor names; where there are more, they are told once more."""
LOOKED_AT = 20_000
"""Files in folders that were not touched, which are looked at all the same: about a tenth of a second."""
_SKIPPED = frozenset({".git"})
_TEMPORARY = "~tmp-"  # of core/stores/directory.py


class FolderReader:
    """Implements the reading half of core.ports.Store."""

    def __init__(
        self,
        root: str | os.PathLike[str],
        now: Callable[[], int] = time.time_ns,
        looked_at: int = LOOKED_AT,
        warn: Callable[[str], object] = to_stderr,
    ) -> None:
        """`warn` takes a line for each thing in there that is skipped."""
        self._root = os.fspath(root)
        self._skipped = Skipped(warn)
        self._plain_folders: set[str] = set()
        self._now = now
        self._looked_at = looked_at

    def read(self, path: str) -> bytes | None:
        """The file's content, or its beginning; None if there is none. Raises PermanentError for a path that leaves the folder."""
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
        """The paths of all files that begin with `prefix`, sorted."""
        return sorted(path for path, _ in self._files(0, self._now()) if path.startswith(prefix))

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        """Paths changed since the cursor: when the last look began, less a minute, and what was told of that minute."""
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
        """Every regular file that was changed at or after `since`, and when (UNIX ns; 0: before `begun`, for certain)."""
        waiting, counted, budget = [""], self._counts_folders(), self._looked_at
        while waiting:
            prefix = waiting.pop()
            touched = self._touched(prefix)
            for entry in self._entries(prefix):
                if entry.is_dir(follow_symlinks=False):
                    skipped = counted and since and budget <= 0 and _is_old_leaf(entry, since)
                    if entry.name not in _SKIPPED and not skipped:
                        waiting.append(f"{prefix}{entry.name}/")
                elif (touched >= since or budget > 0) and entry.is_file(follow_symlinks=False):
                    budget -= touched < since
                    changed = _changed(entry) if since or touched >= begun else 0
                    if changed >= since and not entry.name.startswith(_TEMPORARY):
                        yield f"{prefix}{entry.name}", changed
                elif not entry.is_file(follow_symlinks=False):
                    self._skipped(entry.path)

    def _is_linked(self, path: str) -> bool:
        """Whether a path leads through a symbolic link; each folder is looked at once."""
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
        """Whether this file system tells how many folders are in one by its links: many do, others always say 1 or 2.

        https://www.gnu.org/software/findutils/manual/html_node/find_html/Directories.html (-noleaf)
        """
        folders = sum(entry.is_dir(follow_symlinks=False) for entry in self._entries(""))
        try:
            return folders > 0 and os.stat(self._root).st_nlink == 2 + folders  # noqa: PTH116 (as below)
        except OSError:
            return False

    def _touched(self, prefix: str) -> int:
        """When something was last put into a folder, or taken out."""
        try:
            return os.stat(f"{self._root}/{prefix}").st_ctime_ns  # noqa: PTH116 (a Path for each of a hundred thousand folders)
        except OSError:
            return 0

    def _entries(self, prefix: str) -> "Sequence[os.DirEntry[str]]":
        """What is in a folder; nothing in one that is not there, or was taken away meanwhile."""
        try:
            with os.scandir(f"{self._root}/{prefix}") as entries:
                return [*entries]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise _unavailable(error, prefix or self._root) from None


def _is_old_leaf(entry: "os.DirEntry[str]", since: int) -> bool:
    """Whether a folder holds no others, and nothing was put into it since: so it need not be listed."""
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return True
    return status.st_nlink == 2 and status.st_ctime_ns < since


def _changed(entry: "os.DirEntry[str]") -> int:
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
        raise PermanentError("a path that would leave the folder")


def _read(cursor: str | None) -> tuple[int, dict[str, int]]:
    """Since when files are looked at (UNIX ns), and those that were told already; a cursor that is none tells all."""
    try:
        since, seen = json.loads(cursor or "[0,{}]")
        return int(since), dict(seen)
    except (ValueError, TypeError):
        return 0, {}


def _unavailable(error: Exception, path: str) -> Unavailable:
    reason = getattr(error, "strerror", None) or type(error).__name__
    return Unavailable(f"{path}: {reason[:1].lower()}{reason[1:]}")
