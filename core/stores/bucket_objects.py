"""Defines the calls of a bucket of any cloud, on which core/stores/bucket.py is built."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from core.errors import Unavailable


class Version(NamedTuple):
    """The version of an object, by which the cloud distinguishes the contents of a key."""

    key: str
    tag: str
    """S3's ETag, or Google's generation."""
    seconds: int
    """UNIX s, by the cloud's clock."""


class Denied(Unavailable):
    """A read was denied, which is also the answer for a missing object to a caller who may not list the whole bucket."""


class Objects(Protocol):
    """The calls of a bucket. Every method raises Unavailable."""

    def get(self, key: str) -> tuple[bytes, str] | None:
        """Return content and tag; None if there is no such object."""

    def put_over(self, key: str, content: bytes, tag: str | None) -> None:
        """Upload if the object has this version, or with None does not exist. Raises Conflict; the cloud decides."""

    def versions(self, prefix: str, start: str = "") -> Iterable[Version]:
        """Yield the versions of the objects whose keys begin with `prefix` and come after `start`, by the order of the keys.

        A request returns at most a thousand, so objects before `start` cost nothing.
        """


def read_or_look_up(
    read: Callable[[str], tuple[bytes, str] | None], versions: Callable[[str], Iterable[Version]], key: str
) -> tuple[bytes, str] | None:
    """Return what `read` returns, and None for a denied read of an object that is not listed. Raises Unavailable."""
    try:
        return read(key)
    except Denied:
        if not any(version.key == key for version in versions(key)):
            return None
    return read(key)  # another writer created it in the meantime, or the read is really denied
