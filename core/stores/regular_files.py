"""Opens regular files only: a symbolic link is not followed, and a pipe, socket or device never blocks a reader.

https://man7.org/linux/man-pages/man2/open.2.html
"""

import errno
import os
import stat
from collections.abc import Callable

from core.log import to_stderr

_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
_NOT_REGULAR = {errno.ELOOP, errno.EMLINK, errno.ENXIO, errno.EOPNOTSUPP}
"""Errors for a symbolic link (EMLINK on FreeBSD), and for a socket."""


class NotRegular(Exception):
    """The path is not a regular file."""


class Skipped:
    """Reports skipped paths, each once. `warn` is called with one line."""

    def __init__(self, warn: Callable[[str], object] = to_stderr) -> None:
        self._warn = warn
        self._named: set[str] = set()

    def __call__(self, path: str) -> None:
        """Report a path."""
        if path not in self._named:
            self._named.add(path)
            shown = "".join(letter if letter.isprintable() else "?" for letter in path)
            self._warn(
                f"skipped: {shown} is a symbolic link or no regular file, and is neither read nor written through"
            )


def open_regular(path: str) -> int:
    """Return a file descriptor; raises NotRegular (also for a folder), and OSError."""
    try:
        file = os.open(path, _FLAGS)
    except OSError as error:
        if error.errno in _NOT_REGULAR:
            raise NotRegular from None
        raise
    if stat.S_ISREG(os.fstat(file).st_mode):
        return file
    os.close(file)
    raise NotRegular


def link_in(root: str, path: str) -> str | None:
    """Return the first symbolic link among the folders of `path`, which is relative to `root`; None if there is none."""
    at = root
    for part in path.split("/")[:-1]:
        at = f"{at}/{part}"
        try:
            if stat.S_ISLNK(os.lstat(at).st_mode):
                return at
        except (FileNotFoundError, NotADirectoryError):
            return None
    return None
