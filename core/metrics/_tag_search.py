"""Decides which tags to search for, and whether the tags that were found prove which release precedes another.

GitHub finds the tags whose names contain a text, at most a hundred for one search. In a large repository that is a part of the
tags, so the release before is known only if no other tag can lie between: a search that found fewer than a hundred has found
all tags with that text. The searches count only if one found the tag itself, and where tags of a line begin differently (`v1.2.3`,
`1.2.3`) only if one found a tag that does not begin with its text: that shows that GitHub searches as expected. Numbers with leading zeros (`2024.01.15`) contain other texts, and are searched for apart.
"""

from collections.abc import Mapping
from typing import NamedTuple

from core.metrics._version_order import TaggedVersion

MOST_FOUND = 100
"""Tags of one search: the most nodes that a connection of GraphQL returns."""


class Found(NamedTuple):
    """The tags that contain a text."""

    tags: frozenset[str]
    is_complete: bool
    """Whether there are no others."""


class Searches(NamedTuple):
    """The texts to search for. All are parts of the names of the tags of the line."""

    line: str
    major: str
    minor: str
    below_major: str
    """Of the major version before; that of `major` if there is none."""
    below_minor: str
    """Of the minor version before; that of `minor` if there is none."""
    padded_major: str
    """Of major versions with leading zeros; that of `minor` without a prefix, where each text finds them, too."""
    padded_minor: str


def searches(version: TaggedVersion) -> Searches:
    """Return the texts for a tag's line."""
    prefix, (major, minor, _) = version.prefix, version.numbers
    return Searches(
        line=prefix,
        major=f"{prefix}{major}.",
        minor=f"{prefix}{major}.{minor}.",
        below_major=f"{prefix}{max(major - 1, 0)}.",
        below_minor=f"{prefix}{major}.{max(minor - 1, 0)}.",
        padded_major=f"{prefix}0" if prefix else f"{major}.{minor}.",
        padded_minor=f"{prefix}{major}.0",
    )


def is_proven(version: TaggedVersion, before: TaggedVersion | None, found: Mapping[str, Found]) -> bool:
    """Return whether `before` precedes the version, or nothing does if it is None; `found` is by field of Searches.

    `before` is the highest lower version of all that were found. If `line` is complete, the others may be absent.
    """
    if _has_all(version, found, "line"):
        return True
    if before is None or found["line"].is_complete:
        return False
    is_adjacent = before.is_release and before.numbers == version.adjacent
    if is_adjacent or not _finds_parts(version, found):
        return is_adjacent
    return _is_all_of_minor(version, before, found) or _is_all_of_major(version, before, found)


def _is_all_of_minor(version: TaggedVersion, before: TaggedVersion, found: Mapping[str, Found]) -> bool:
    """Return whether no tag of the same minor version, or of the minor version before, can lie between."""
    if not _has_all(version, found, "minor", "padded_minor", "padded_major"):
        return False
    (major, minor, _), minor_before = version.numbers, before.numbers[:2]
    return minor_before == (major, minor) or (minor_before == (major, minor - 1) and found["below_minor"].is_complete)


def _is_all_of_major(version: TaggedVersion, before: TaggedVersion, found: Mapping[str, Found]) -> bool:
    """Return whether no tag of the same major version, or of the major version before, can lie between."""
    if not _has_all(version, found, "major", "padded_major"):
        return False
    major, major_before = version.numbers[0], before.numbers[0]
    return major_before == major or (major_before == major - 1 and found["below_major"].is_complete)


def _has_all(version: TaggedVersion, found: Mapping[str, Found], name: str, *others: str) -> bool:
    """Return whether these searches are complete, and the first one found the tag itself."""
    return version.tag in found[name].tags and all(found[each].is_complete for each in (name, *others))


def _finds_parts(version: TaggedVersion, found: Mapping[str, Found]) -> bool:
    """Return whether a search found a tag that does not begin with its text; tags with a prefix all begin with it."""
    texts = searches(version)._asdict()
    return bool(version.prefix) or any(
        not tag.startswith(texts[name]) for name, listed in found.items() for tag in listed.tags
    )
