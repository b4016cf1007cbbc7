"""The ports that a runtime must implement, as small Protocols.

Their contracts are test suites in tests/contract/, run against every implementation.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from core.payload import Json


class SecretSource(Protocol):
    """A source of secrets."""

    def get(self, name: str) -> str:
        """Return the secret's text, e.g. of `github-webhook-secret-token`.

        Raises SecretMissing if it does not exist, is empty or `unset`; Unavailable if the source cannot be reached.
        """


class QueuedMessage(NamedTuple):
    """A message as the worker receives it."""

    id: str
    """The queue's own id, by which a batch names the messages that failed."""
    body: str
    receive_count: int
    """How many times it has been received, this time included."""
    handle: str
    """The handle that postpones or deletes this receipt."""
    source: str = ""
    """The queue it came from, as the runtime names it, if there are several."""


class Queue(Protocol):
    """A queue of text messages, delivered at least once, in any order."""

    limit: int
    """The longest message, in bytes of UTF-8."""

    def send(self, body: str, delay: int = 0) -> str:
        """Queue a message durably, hidden for `delay` seconds (at most 900), and return the queue's id of it.

        Raises Unavailable.
        """

    def hide(self, message: QueuedMessage, delay: int) -> None:
        """Hide a received message for `delay` seconds, after which it is received again. Raises Unavailable."""

    def dead_letter(self, message: QueuedMessage, reason: str) -> None:
        """Copy a received message to the dead-letter queue, with the reason as an attribute. Raises Unavailable."""


class Store(Protocol):
    """A store of files by relative path, with `/` between its parts.

    Every method raises Unavailable when the store cannot be used now, Conflict when another writer changed it first,
    and PermanentError for a path that would leave it.
    """

    def write(self, files: Mapping[str, bytes], message: str) -> bool:
        """Write all files, in one commit if the store has commits; return whether any was new or different.

        Writing the same content again changes nothing and makes no commit. A stored record keeps every value that the new one
        does not know (core/known_values.py).
        """

    def read(self, path: str) -> bytes | None:
        """Return the file's content; None if there is no such file."""

    def read_many(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Return the contents of those of the files that exist, with as few requests as the store can."""

    def list(self, prefix: str) -> Iterable[str]:
        """Return the paths of all files that begin with `prefix`, sorted."""

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        """Return the paths written since the cursor (None: all), sorted, each at least once; and the next cursor.

        A bucket may name landing files instead, which have the paths and contents (core/stores/landing.py).
        """

    def compare_and_swap(self, path: str, old: bytes | None, new: bytes) -> bool:
        """Write `new` if the content is still `old` (None: no file); return whether it was. For cursors and locks."""


class GitHubReader(Protocol):
    """Reads of a source repository; see core/github/reader.py.

    Every method raises TransientReadError for a transient failure, Unavailable if our token cannot be used, NotFound for a
    404, and PermanentError if the read can never succeed.
    """

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterable[Json]:
        """Yield every item of every page of a list, e.g. of `/repos/o/r/pulls/1/commits`."""

    def page(self, path: str, params: Mapping[str, str] | None = None) -> tuple[list[Json], Mapping[str, str] | None]:
        """Return one page of a list, and the parameters of the next page, or None if it is the last."""

    def object(self, path: str) -> Json:
        """Return one object, e.g. of `/repos/o/r/compare/v1...v2?page=2`. Raises NotFound if there is none."""

    def file(self, owner: str, repo: str, path: str, ref: str | None = None) -> bytes | None:
        """Return a file's content at a ref (None: the default branch); None if GitHub shows that there is no such file.

        Raises NotFound if the repository or the ref may be missing.
        """

    def graphql(self, query: str, variables: Mapping[str, str | int]) -> Json:
        """Return the `data` of a GraphQL query about the repository of the variables `owner` and `repo`.

        What GitHub does not have is null in it; NotFound is raised only without any data. Raises NotAvailable if the server has
        no GraphQL, does not know a field of the query or refuses its size, or if there is no token; MissingPermission if the
        token lacks a permission.
        """


class GitHubBrowser(GitHubReader, Protocol):
    """The further reads of the scheduled jobs; see core/github/reader.py."""

    def repositories(self, owner: str | None = None) -> Iterable[Json]:
        """Yield all repositories that the token can see, or only those that this person owns."""

    def budget(self, path: str = "") -> float:
        """Return the share of this hour's requests that remains, from 0 to 1, for requests of this path."""
