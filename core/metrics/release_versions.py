"""release-versions: the version that a new tag names, and what it brings since the release before.

What is a version is decided in core/metrics/_version_tag.py, for the webhook half too. The port of npm's semver on PyPI parses
it, in the worker only: its import costs 19 ms. https://github.com/npm/node-semver
"""

from typing import NamedTuple

from core.errors import MalformedPayload, PermanentError
from core.events import BACKFILL, Repository, SignedTriggerEvent, repository_of
from core.metric import NO_DAY, CollectContext, Key, Metric
from core.metrics._comparison import Changes, Comparison, compare_commits
from core.metrics._previous_release import PreviousRelease, ReleaseTag, read_release_tag
from core.metrics._version_order import tagged_version
from core.metrics._version_tag import version_tag, why_no_version

_LARGEST = 2**53 - 1
_MOST_PAGES = 2
"""Pages of a hundred commits that are compared."""


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
    sha: str | None
    """The commit that the tag pointed to when it was read; null if it points to none, or if GitHub could not be read."""
    committed_at: int | None
    """When that commit was last written (UNIX ms)."""
    tagged_at: int | None
    """When an annotated tag was created (UNIX ms); null for a lightweight tag, which has no time."""
    previous: PreviousRelease | None
    """The release before, of the same prefix; null for the first, and with an anomaly if it is not known."""
    comparison_status: str | None
    """Where this commit is, seen from that of the release before: `ahead`, `behind`, `diverged` or `identical`."""
    changes: Changes | None
    """What came since the release before; null if there is none, or if that is not known."""


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


def collect(event: SignedTriggerEvent, context: CollectContext) -> Output:
    """Read the payload, the tags of the line, and the comparison with the release before."""
    ref = event.fields().text("ref")
    version = tagged_version(ref)
    if version is None:
        raise MalformedPayload("ref: expected a version")
    repository = repository_of(event)
    tag = read_release_tag(repository, version, context)
    if tag and event.collected_by == BACKFILL:
        tag = _without_later(tag, context)
    comparison = _compare(repository, tag, context) if tag and tag.previous else None
    return Output(
        parse(version.version),
        version.prefix,
        sha=tag.commit.sha if tag else None,
        committed_at=tag.commit.committed_at if tag else None,
        tagged_at=tag.commit.tagged_at if tag else None,
        previous=tag.previous if tag else None,
        comparison_status=comparison.status if comparison else None,
        changes=comparison.changes if comparison else None,
    )


def _without_later(tag: ReleaseTag, context: CollectContext) -> ReleaseTag:
    """Return the tag without a release before that is younger: a backfill reads the tags of today, also later ones of an older line.

    Which release came before then is unknown, with an anomaly.
    """
    at = tag.commit.committed_at if tag.commit.tagged_at is None else tag.commit.tagged_at
    before = tag.previous.committed_at if tag.previous else None
    if at is None or before is None or before <= at:
        return tag
    context.add_anomaly("previous_not_found")
    return tag._replace(previous=None)


def _compare(repository: Repository, tag: ReleaseTag, context: CollectContext) -> Comparison | None:
    """Compare a tag with the release before, with the requests that are left; None, with an anomaly, if GitHub cannot."""
    base, head = tag.previous.sha if tag.previous else None, tag.commit.sha
    if base is not None and head is not None and (tag.requests_left or base == head):
        pages = min(_MOST_PAGES, tag.requests_left)
        try:
            return compare_commits(repository, base, head, context, pages=pages)
        except PermanentError:  # a tag is a release, whatever GitHub says of its commits
            pass
    if not context.read_failed:
        context.add_anomaly("no_comparison")
    return None


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
