"""release-versions: the version that a new tag names.

What is a version is decided in core/metrics/_version_tag.py, for the webhook half too. The port of npm's semver on PyPI parses
it, in the worker only: its import costs 19 ms. https://github.com/npm/node-semver
"""

from typing import NamedTuple

from core.errors import MalformedPayload
from core.events import SignedTriggerEvent
from core.metric import NO_DAY, CollectContext, Key, Metric
from core.metrics._version_tag import version_tag, why_no_version

_LARGEST = 2**53 - 1


class ReleaseVersion(NamedTuple):
    """A semantic version: https://semver.org."""

    raw: str
    """The version, cleaned: without prefix, with its build metadata."""
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
    prefix: str
    """What precedes the version: `pkg@`, `api/v` or `release-`; empty for `v1.2.3`. Each prefix has its own releases."""


def applies(event: SignedTriggerEvent) -> bool:
    """Select new tags that are a version, or one version after a prefix; other tags, and branches, are ignored."""
    return event.payload.get("ref_type") == "tag" and version_tag(event.fields().text("ref")) is not None


def skip_reason(event: SignedTriggerEvent) -> str | None:
    """Return why a tag is ignored; None for what is no tag."""
    ref = event.payload.get("ref")
    return why_no_version(ref) if event.payload.get("ref_type") == "tag" and type(ref) is str else None


def key(event: SignedTriggerEvent) -> Key:
    """Return the tag: a moved tag names the same release."""
    return Key((event.fields().text("ref"),), day=NO_DAY)


def collect(event: SignedTriggerEvent, _: CollectContext) -> Output:
    """Read the payload."""
    tag = version_tag(event.fields().text("ref"))
    if tag is None:
        raise MalformedPayload("ref: expected a version")
    return Output(parse(tag.version), tag.prefix)


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


METRIC = Metric(
    "release-versions",
    "github::create",
    Output,
    applies,
    key,
    collect,
    repository_scoped=True,
    skip_reason=skip_reason,
)
