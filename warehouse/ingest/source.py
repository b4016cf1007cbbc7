"""Where records are read from, as `merge` is handed it."""

from typing import NamedTuple, Protocol


class Records(Protocol):
    """What a merge needs of a core.ports.Store."""

    def read(self, path: str) -> bytes | None:
        """The file's content; None if there is none."""

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        """Paths written since the cursor (None: all), each at least once; and the next cursor."""


class Source(NamedTuple):
    """A place that holds records."""

    store: Records
    name: str
    """What tells it from other places, `root` included: how far it is merged is kept under this name."""
    root: str = ""
    """What the paths of its records begin with: REPO_PATH and a slash, or nothing."""
    readers: int = 1
    """How many files are read at once: many where each takes a request, one where it takes none."""
