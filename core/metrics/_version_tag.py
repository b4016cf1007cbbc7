"""Decides whether a tag is a release, and of what: a version, or exactly one version after a prefix.

A version is what npm's semver finds: `clean(ref, { loose: true })`, https://github.com/npm/node-semver. Its grammar and limits
are here, for the webhook half too, because its port on PyPI does not keep them. There is one difference: npm reads the
four parts of `v1.2.34.5` as `1.2.3-4.5`, which its maintainer calls a bug, so here such a tag is no version:
https://github.com/npm/node-semver/issues/164
"""

import re
from typing import NamedTuple

_LONGEST = 256
_LARGEST = 2**53 - 1
_SPACE = "\t\n\v\f\r \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000\ufeff"
"""White space in JavaScript; Python's differs."""
_WORD = "(?:[0-9]*[a-zA-Z-][a-zA-Z0-9-]*|[0-9]+)"
_LOOSE = re.compile(
    rf"[v={_SPACE}]*([0-9]+)\.([0-9]+)\.([0-9]+)(?![0-9])"
    rf"(?:-?({_WORD}(?:\.{_WORD})*))?"
    r"(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?",
    re.ASCII,
)
_DOTTED = re.compile(r"[0-9]+(?:\.[0-9]+){2,}", re.ASCII)
"""Three numbers or more between dots."""
_PREFIX = re.compile(r"(?=[\W\d_]*[^\W\d_])[\w@/.+#:=~-]*")
"""What may precede a version: letters of any script, digits and separators, and at least one letter."""


class VersionTag(NamedTuple):
    """A tag that is a release."""

    prefix: str
    """What precedes the version, such as `pkg@`, `api/v` or `release-`; empty for `v1.2.3` and `1.2.3`."""
    version: str
    """The version as strict semver, with its build metadata."""


def version_tag(tag: str) -> VersionTag | None:
    """Return the release that a tag names, or None if it names none."""
    version = clean_version(tag)
    if version is not None:
        return VersionTag("", version)
    numbers = _only_numbers(tag)
    if numbers is None:
        return None
    prefix, version = tag[: numbers.start()], clean_version(tag[numbers.start() :])
    return None if version is None or not _PREFIX.fullmatch(prefix) else VersionTag(prefix, version)


def why_no_version(tag: str) -> str:
    """Return the reason for a tag that is no release; it has nothing of the tag itself, which anybody may write."""
    numbers = _DOTTED.findall(tag)
    if not numbers:
        return "the tag has no version of three numbers"
    if any(text.count(".") > 2 for text in numbers):
        return "the tag has four numbers or more, which is no semantic version"
    if len(numbers) > 1:
        return "the tag has more than one version"
    return "the tag is no semantic version after a prefix"


def clean_version(ref: str) -> str | None:
    """Return the tag as a strict version, with its build metadata; None if npm's `clean` finds no version in it.

    Strict, because the port differs from npm if a prerelease follows without a hyphen.
    """
    text = ref.strip(_SPACE).lstrip("=v")
    match = _LOOSE.fullmatch(text.strip(_SPACE))
    if match is None or len(text) > _LONGEST:
        return None
    numbers = [int(match[part]) for part in (1, 2, 3)]
    if max(numbers) > _LARGEST:
        return None
    prerelease = f"-{match[4]}" if match[4] else ""
    build = f"+{match[5]}" if match[5] else ""
    return ".".join(map(str, numbers)) + prerelease + build


def _only_numbers(tag: str) -> "re.Match[str] | None":
    """Return the only three numbers of the tag; None if it has others, or more than three in a row."""
    found = list(_DOTTED.finditer(tag))
    return found[0] if len(found) == 1 and found[0][0].count(".") == 2 else None
