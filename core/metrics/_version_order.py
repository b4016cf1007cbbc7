"""Orders the tags of one line of releases by the precedence of their versions: https://semver.org/#spec-item-11.

A line is the tags with the same prefix (core/metrics/_version_tag.py). The release before a release is the highest lower
release; the one before a prerelease is the highest lower version of any kind. A prerelease is not delivered as a release, so the
changes since `v2.0.0-rc.2` are not all that `v2.0.0` brings.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from core.metrics._version_tag import version_tag

_NUMBERS = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+", re.ASCII)
_Identifier = tuple[int, int, str]


class TaggedVersion(NamedTuple):
    """A tag that names a version."""

    tag: str
    version: str
    """The version as strict semver, with its build metadata."""
    prefix: str
    """The line that it belongs to."""
    head: str
    """The text before its numbers: the prefix, and for an empty prefix also `v`, `vv` or `=v`."""
    numbers: tuple[int, int, int]
    prerelease: tuple[_Identifier, ...]
    """Its identifiers: numbers precede words."""

    @property
    def is_release(self) -> bool:
        """Whether the version is no prerelease."""
        return not self.prerelease

    @property
    def order(self) -> tuple[tuple[int, int, int], bool, tuple[_Identifier, ...]]:
        """The precedence: of equal numbers a release follows its prereleases. Build metadata has none."""
        return self.numbers, self.is_release, self.prerelease

    @property
    def adjacent(self) -> tuple[int, int, int] | None:
        """The numbers that no release can lie between and this one; None for a prerelease and for `X.Y.0`."""
        major, minor, patch = self.numbers
        return (major, minor, patch - 1) if self.is_release and patch else None


def tagged_version(tag: str) -> TaggedVersion | None:
    """Return the version that a tag names; None if it names none."""
    named, numbers = version_tag(tag), _NUMBERS.search(tag)
    if named is None or numbers is None:
        return None
    major, minor, patch = map(int, numbers[0].split("."))
    written = named.version.partition("+")[0].partition("-")[2]
    identifiers = tuple(_identifier(part) for part in written.split(".")) if written else ()
    return TaggedVersion(tag, named.version, named.prefix, tag[: numbers.start()], (major, minor, patch), identifiers)


def _identifier(text: str) -> _Identifier:
    return (0, int(text), "") if text.isdecimal() else (1, 0, text)


def highest_lower(version: TaggedVersion, tags: Iterable[str]) -> TaggedVersion | None:
    """Return the version before this one among the tags; None if no tag of its line is lower.

    Of two tags of the same version, such as `v1.2.3` and `1.2.3`, the one that is written as this one.
    """
    named = (tagged_version(tag) for tag in tags if tag != version.tag)
    lower = [other for other in named if other is not None and _may_precede(other, version)]
    return max(lower, key=lambda other: (other.order, _likeness(other, version), other.tag), default=None)


def _may_precede(other: TaggedVersion, version: TaggedVersion) -> bool:
    is_of_kind = other.is_release or not version.is_release
    return other.prefix == version.prefix and is_of_kind and other.order < version.order


def _likeness(other: TaggedVersion, version: TaggedVersion) -> int:
    """Return how alike two tags are written: 2 if the other has the same head and nothing unusual, 1 for the same head."""
    if other.head != version.head:
        return 0
    is_plain = other.tag == other.head + ".".join(map(str, other.numbers))
    return 2 if is_plain else 1
