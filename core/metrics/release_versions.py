"""release-versions: the version that a new tag names.

By the semantics of npm's semver, `clean(ref, { loose: true })` then `parse`: https://github.com/npm/node-semver
Its port on PyPI does the parsing, in the worker only (its import costs 19 ms). What is a version at all is decided
here, for the webhook half too, by npm's own grammar and limits, which the port does not keep.
"""

import re
from typing import NamedTuple

from core.errors import MalformedPayload
from core.events import SignedTriggerEvent
from core.metric import NO_DAY, CollectContext, Key, Metric

_LONGEST = 256
_LARGEST = 2**53 - 1
_SPACE = "\t\n\v\f\r \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000\ufeff"
"""White space in JavaScript; Python's differs."""
_NUMBER = "[0-9]+"
_WORD = "(?:[0-9]*[a-zA-Z-][a-zA-Z0-9-]*|[0-9]+)"
_LOOSE = re.compile(
    rf"[v={_SPACE}]*({_NUMBER})\.({_NUMBER})\.({_NUMBER})"
    rf"(?:-?({_WORD}(?:\.{_WORD})*))?"
    r"(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?",
    re.ASCII,
)


class ReleaseVersion(NamedTuple):
    """A semantic version: https://semver.org."""

    raw: str
    """The tag, cleaned: without prefix, with its build metadata."""
    major: int
    """Incompatible changes."""
    minor: int
    """Compatible additions."""
    patch: int
    """Compatible corrections."""
    prerelease: list[int | str]
    """Its parts: numbers as numbers, as far as npm does so."""
    build: list[str]
    """The parts of the build metadata."""
    version: str
    """The version without build metadata."""


class Output(NamedTuple):
    """One new tag; the tag itself is the key of the record's id."""

    release_version: ReleaseVersion
    """The version that the tag names."""


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


def applies(event: SignedTriggerEvent) -> bool:
    """Select new tags that contain a version; other tags, and branches, are ignored."""
    if event.payload.get("ref_type") != "tag":
        return False
    return clean_version(event.fields().text("ref")) is not None


def key(event: SignedTriggerEvent) -> Key:
    """Return the tag: a moved tag names the same release."""
    return Key((event.fields().text("ref"),), day=NO_DAY)


def collect(event: SignedTriggerEvent, _: CollectContext) -> Output:
    """Read the payload."""
    text = clean_version(event.fields().text("ref"))
    if text is None:
        raise MalformedPayload("ref: expected a version")
    return Output(parse(text))


def parse(text: str) -> ReleaseVersion:
    """Parse a cleaned tag as npm does."""
    import nodesemver  # noqa: PLC0415 (19 ms, and only the worker parses)

    semver = nodesemver.make_semver(text, loose=True)
    written = text.partition("+")[0].partition("-")[2].split(".")
    prerelease = [_as_npm(*part) for part in zip(semver.prerelease, written, strict=False)]
    version = f"{semver.major}.{semver.minor}.{semver.patch}" + ("-" if prerelease else "")
    version += ".".join(map(str, prerelease))
    raw = "+".join([version, *([".".join(semver.build)] if semver.build else [])])
    return ReleaseVersion(raw, semver.major, semver.minor, semver.patch, prerelease, list(semver.build), version)


def _as_npm(part: int | str, written: str) -> int | str:
    """Return a number over JavaScript's limit as it is written, as npm does."""
    return written if isinstance(part, int) and part >= _LARGEST else part


METRIC = Metric("release-versions", "github::create", Output, applies, key, collect, repository_scoped=True)
