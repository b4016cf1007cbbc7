"""What the definitions speak of: commits, pull requests, attempts, remediations and incidents."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.oracle.items import KNOWN
from tests.oracle.settings import Rule


class Commit(NamedTuple):
    """A commit, as a comparison or a pull request lists it."""

    sha: str | None
    authored: int | None
    committed: int | None
    parents: int | None
    """None: the record is older than this field."""
    number: int | None
    """The last `(#12)` of its first line."""
    number_kind: str | None
    fingerprint: str | None
    author_kind: str | None
    assistants: tuple[str, ...] | None
    """None: not known."""
    depth: int | None
    """How many `Revert "` are nested in its first line; None: the record is older than this field."""
    is_revert: bool
    """What records of schema 1 say: the message has `Revert "` or `This reverts commit`."""
    reverts_sha: str | None
    reverts_number: int | None


@dataclass(eq=False)
class Pull:
    """A merged pull request."""

    repository: str
    item: str
    """`ID-CLOSED`."""
    number: int | None
    opened: int | None
    merged: int
    merge_sha: str | None
    base: str | None
    output: dict[str, Any]
    labels: list[str] | None
    """None: the record is older than labels, head branch and title kind."""
    commits: list[Commit] | None = None
    """None: not read."""
    is_cut: bool = False
    """Whether it has more commits than GitHub lists."""
    paths: dict[str, Any] | None = None

    @property
    def oldest(self) -> int | None:
        """When its oldest commit was written."""
        dates = [commit.authored for commit in self.commits or [] if commit.authored and not is_merge(commit)]
        return min(dates, default=None)


def is_merge(commit: Commit) -> bool:
    """Return whether it has several parents."""
    return (commit.parents or 1) > 1


@dataclass(eq=False)
class Change:
    """A change that arrived with a deployment."""

    item: str
    commit: Commit
    pull: Pull | None
    certainty: str
    reason: str = ""
    is_dated: bool = True
    """Whether the author date is its own: that of a squash is not that of the commits that it stands for."""
    may_be_rebased: bool = False
    """Whether a pull request of schema 1 has a commit of its author time: that does not say which commit it is."""
    is_shown: bool = True
    """Whether it is an item: not for what arrived before, or belongs to another part of the repository."""
    fingerprint: str | None = None
    """Of a listed commit what any record knows."""


@dataclass(eq=False)
class Attempt:
    """An attempt at a deployment; a success is a deployment."""

    repository: str
    name: str
    environment: str
    item: str
    sha: str | None
    begin: int
    is_begin_known: bool
    end: int
    """When it succeeded or failed."""
    state: str
    """success, failed or cancelled."""
    rule: Rule
    kind: str
    failed: str = KNOWN
    """How certain it is that an attempt that did not succeed was not cancelled."""
    run: str | None = None
    is_scheduled: bool | None = None
    workflow: str | None = None
    tag: str | None = None
    branch: str | None = None
    pull: Pull | None = None
    listed: list[Commit] | None = None
    is_cut: bool = False
    created: int | None = None
    previous: dict[str, Any] | None = None
    is_behind: bool | None = False
    """Whether GitHub compares it `behind` what was there before."""
    traits: dict[str, str | None] | None = None
    """What `exclude` asks for; None: the record is older than these fields."""
    own: bool | None = True
    """Whether it counts for the service: not if excluded or another part's; None: not known."""
    service: str = ""
    # what the history finds
    counts: bool | None = True
    is_rollback: bool | None = False
    went_back_after: "list[tuple[Attempt, bool]]" = field(default_factory=list)
    """Failed attempts after which it went back, and whether that is certain."""
    replaced: "Attempt | None" = None
    commits: list[Commit] = field(default_factory=list)
    """What it brings, as listed."""
    pulls: list[Pull] = field(default_factory=list)
    missing: str = ""
    """Why what it brings is not known, or not all of it."""
    changes: list[Change] = field(default_factory=list)
    remediations: "list[Remediation]" = field(default_factory=list)

    @property
    def order(self) -> tuple[int, int, str]:
        """Sort by end, then by id."""
        return (self.end, int(self.item) if self.item.isdigit() else 0, self.item)

    @property
    def is_success(self) -> bool:
        """Whether it succeeded."""
        return self.state == "success"


@dataclass(eq=False)
class Remediation:
    """A rollback, a revert or a hotfix."""

    kind: str
    deployment: Attempt
    written: int | None
    """When its oldest own commit was written."""
    keys: frozenset[Any] = frozenset()
    """Its own commits and pull request."""
    names: list[tuple[str, Any]] = field(default_factory=list)
    """What it names, in the order of section 1: ("sha", …) and ("pull", (repository, number))."""
    certainty: str = KNOWN
    """Unknown: records of schema 1 do not say whether it is one."""
    target: Attempt | None = None


@dataclass(eq=False)
class Incident:
    """One outage, as an issue describes it."""

    item: str
    number: int | None
    repository: str
    name: str
    opened: int
    spans: list[tuple[int, int | None]]
    """When it was open; without an end it still is."""
    labels: list[str]
    names: list[tuple[str, Any]]
    is_known: bool
    """Whether the record knows of causes and all labels."""
    is_exempt: bool
    services: list[str] = field(default_factory=list)
    target: Attempt | None = None
    certainty: str = KNOWN
    maybe: list[Attempt] = field(default_factory=list)
    """What it may be about, if that is not known."""

    def is_open(self, time: int) -> bool:
        """Return whether it is open: "a deployment at the closing's second is within"."""
        return any(start <= time and (end is None or time <= end) for start, end in self.spans)

    @property
    def closed(self) -> int | None:
        """Its last closing; None while it is open."""
        return self.spans[-1][1]
