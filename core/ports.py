"""All that a place to run must supply: small Protocols, in the words of the domain.

Their contracts are suites in tests/contract/, run over every implementation.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from core.payload import Json


class SecretSource(Protocol):
    """Where secrets live."""

    def get(self, name: str) -> str:
        """The secret's text, e.g. of `github-webhook-secret-token`.

        Raises SecretMissing if it does not exist, is empty or `unset`; Unavailable if it cannot be asked for.
        """


class QueuedMessage(NamedTuple):
    """A message as the worker receives it."""

    id: str
    """The queue's own id, by which a batch names what failed."""
    body: str
    receive_count: int
    """How many times it has been received, this time included."""
    handle: str
    """What the queue wants to hear to postpone or delete this receipt."""
    source: str = ""
    """Which queue it came from, in the runtime's words, where there are several."""


class Queue(Protocol):
    """At least once, in any order. Messages are text."""

    limit: int
    """The longest message, in bytes of UTF-8."""

    def send(self, body: str, delay: int = 0) -> str:
        """Durably queue; hidden for `delay` seconds (at most 900). The queue's id of it.

        Raises Unavailable.
        """

    def hide(self, message: QueuedMessage, delay: int) -> None:
        """Hide a received message for `delay` seconds: it failed, and comes back. Raises Unavailable."""

    def dead_letter(self, message: QueuedMessage, reason: str) -> None:
        """Copy a received message to the dead letters, with the reason on it. Raises Unavailable."""


class Store(Protocol):
    """Where raw JSON lands: files by relative path, `/` between its parts.

    Every method raises Unavailable when the store cannot be used now, Conflict when another writer was faster,
    and PermanentError for a path that would leave it.
    """

    def write(self, files: Mapping[str, bytes], message: str) -> bool:
        """All files, in one commit where the store has commits. Whether any was new or different.

        Writing what is there already changes nothing and is no commit.
        """

    def read(self, path: str) -> bytes | None:
        """The file's content; None if there is none."""

    def list(self, prefix: str) -> Iterable[str]:
        """The paths of all files that begin with `prefix`, sorted."""

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        """Paths written since the cursor (None: all), sorted, each at least once; and the next cursor."""

    def compare_and_swap(self, path: str, old: bytes | None, new: bytes) -> bool:
        """Write `new` if the content is still `old` (None: no file). Whether it was. For cursors and locks."""


class GitHubReader(Protocol):
    """Reads of a source repository; see core/github/reader.py.

    Each raises TransientReadError for a passing reason, Unavailable if our token is out, PermanentError if it will never work.
    """

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterable[Json]:
        """Every item of every page of a list, e.g. of `/repos/o/r/pulls/1/commits`."""

    def object(self, path: str) -> Json:
        """One object, e.g. of `/repos/o/r/compare/v1...v2?page=2`; PermanentError where there is none."""

    def file(self, owner: str, repo: str, path: str, ref: str | None = None) -> bytes | None:
        """A file's content at a ref (None: the default branch); None if there is no such file."""


class GitHubBrowser(GitHubReader, Protocol):
    """What the scheduled jobs read beside; see core/github/reader.py."""

    def page(self, path: str, params: Mapping[str, str] | None = None) -> tuple[list[Json], Mapping[str, str] | None]:
        """One page of a list, and the parameters of the next; None: there is none."""

    def repositories(self) -> Iterable[Json]:
        """All that we can see."""

    def budget(self, path: str = "") -> float:
        """The share of this hour's requests that is left, from 0 to 1, to whoever asks for this path."""
