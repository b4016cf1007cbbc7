"""Define the source of records that `merge` reads."""

from typing import NamedTuple, Protocol


class Records(Protocol):
    """The part of core.ports.Store that a merge uses; both methods raise Unavailable as the store does."""

    def read(self, path: str) -> bytes | None:
        """Return the file's content; None if the file does not exist."""

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        """Return the paths written since the cursor (None: all), each at least once, and the next cursor.

        Those of a bucket may be landing files, which name the paths and have the contents.
        """


class Source(NamedTuple):
    """A store of records and how to read it."""

    store: Records
    name: str
    """A unique name, `root` included; the merge stores its cursor under this name."""
    root: str = ""
    """The prefix of the records' paths: REPO_PATH and a slash, or empty."""
    readers: int = 1
    """Number of concurrent reads: many if each read is a request, one if it is not."""
    url: str | None = None
    """The address of the folder of its paths on GitHub; None if it is not known to be there."""
    has_landing: bool = False
    """Whether `changes` may name landing files, each with many records (core/stores/landing.py)."""
