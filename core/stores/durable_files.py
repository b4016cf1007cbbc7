"""Replaces files atomically and durably: writes a temporary file, flushes it, renames it, and flushes its folder.

A temporary file is removed when a write fails. The next writer removes, under the lock, those of killed processes.
https://man7.org/linux/man-pages/man2/fsync.2.html (a new name is durable only when its folder is flushed, too)
"""

import errno
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

TEMPORARY = "~tmp-"  # no name of GitHub's begins so
_OURS = re.compile(r"~tmp-[A-Za-z0-9_]+", re.ASCII)
_NO_FLUSH = {errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EBADF}
"""Errors of file systems that cannot flush a folder, or open one for it."""
_SWEPT = 100_000
"""Maximum number of entries checked for temporary files of earlier versions: about 0.1 s, once a process."""


def make_folder(folder: Path) -> None:
    """Create a folder and its parents, and flush each new name. Raises OSError."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    flush(folder.parent)


def replace(path: Path, content: bytes, root: Path) -> None:
    """Replace a file atomically; the caller flushes its folder. Raises OSError."""
    make_folder(path.parent)
    temporary = _write_temporary(content, root)
    try:
        try:
            temporary.replace(path)
        except OSError as error:
            if error.errno != errno.EXDEV:  # a folder of the store may be another disk
                raise
            temporary.unlink()
            temporary = _write_temporary(content, path.parent)
            temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def flush(folder: Path) -> None:
    """Flush a folder's names to the disk, if its file system can. Raises OSError for other failures."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        if error.errno in _NO_FLUSH:
            return
        raise
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_FLUSH:
            raise
    finally:
        os.close(handle)


def sweep(folder: Path) -> None:
    """Remove temporary files from one folder. The caller holds the lock, so no other process is writing."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            if _OURS.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                Path(entry.path).unlink(missing_ok=True)


def sweep_all(root: Path) -> None:
    """Remove temporary files from every folder, up to the maximum number of entries."""
    waiting, looked_at = [str(root)], 0
    while waiting and looked_at < _SWEPT:
        for entry in _entries(waiting.pop()):
            looked_at += 1
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
            elif _OURS.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                Path(entry.path).unlink(missing_ok=True)


def _entries(folder: str) -> "Iterator[os.DirEntry[str]]":
    with suppress(FileNotFoundError, NotADirectoryError, PermissionError), os.scandir(folder) as entries:
        yield from entries


def _write_temporary(content: bytes, folder: Path) -> Path:
    handle, name = tempfile.mkstemp(prefix=TEMPORARY, dir=folder)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    return temporary
