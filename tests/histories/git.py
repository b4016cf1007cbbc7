"""A made-up repository: commits with their ancestors, and pull requests that are merged in every way."""

import random
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.histories.build import commit, pull
from tests.histories.extend import Record, fingerprint

MINUTE, HOUR = 60_000, 3_600_000
KINDS = ("person", "person", "person", "bot", "agent")


@dataclass
class Written:
    """A commit of the repository, as GitHub would list it."""

    sha: str
    entry: dict[str, Any]
    ancestors: frozenset[int]
    """Numbers of all commits that it contains, itself too."""
    number: int
    pull: int | None = None
    """The pull request that it is the merge of."""


class Request(NamedTuple):
    """A pull request that is merged."""

    number: int
    opened: int
    merged: int
    branch: list[Written]
    title: dict[str, Any]
    """What its first line says: `revert_depth` and what it reverts."""


@dataclass
class Git:
    """A repository with the branch main, and what its pull requests leave as records."""

    chance: random.Random
    name: str
    first_id: int
    old: float
    """The share of records of schema 1."""
    commits: list[Written] = field(default_factory=list)
    main: list[Written] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    last_number: int = 10

    def schema(self) -> int:
        """Return the schema of the next record."""
        return 1 if self.chance.random() < self.old else 2

    def next_number(self) -> int:
        """Return a number for an issue or a pull request."""
        self.last_number += 1
        return self.last_number

    def write(self, authored: int, *, parents: list[Written], **fields: Any) -> Written:
        """Add a commit."""
        sha = f"{self.chance.getrandbits(160):040x}"
        number = len(self.commits)
        ancestors = frozenset([number]).union(*(parent.ancestors for parent in parents))
        merges = {"parents": 2} if len(parents) > 1 else {}
        values = {
            "fingerprint": fingerprint(authored, fields.pop("text", sha)),
            "author_kind": self.chance.choice(KINDS),
            "assistants": self.chance.choice([[], [], ["claude"]]),
            "title_kind": "other",
        }
        entry = commit(sha, authored, **{**values, **merges, **fields})
        written = Written(sha, entry, ancestors, number)
        self.commits.append(written)
        return written

    def to_main(self, written: Written) -> Written:
        """Make a commit the head of main."""
        self.main.append(written)
        return written

    @property
    def head(self) -> Written:
        """The head of main."""
        return self.main[-1]

    def compare(self, base: Written, head: Written) -> tuple[str, list[dict[str, Any]]]:
        """Return the status of GitHub's comparison, and the commits that only the head has."""
        listed = [self.commits[number].entry for number in sorted(head.ancestors - base.ancestors)]
        if base.number == head.number:
            return "identical", []
        if base.ancestors < head.ancestors:
            return "ahead", listed
        return ("behind", []) if head.ancestors < base.ancestors else ("diverged", listed)

    def direct(self, now: int, **fields: Any) -> Written:
        """Push a commit to main, whose first line may end in the number of an issue or of nothing."""
        ages = [0] if fields.pop("young", False) else [0, 0, 5, 30, 240]
        if self.chance.random() < 0.15:
            kind = self.chance.choice(["issue", "none", None])
            fields |= {"pr_number": self.next_number(), "number_kind": kind}
        authored = now - self.chance.choice(ages) * MINUTE
        return self.to_main(self.write(authored, parents=[self.head], **fields))

    def pick(self, original: Written, now: int) -> Written:
        """Cherry-pick a commit to main."""
        kept = {key: value for key, value in original.entry.items() if key not in ("sha", "parents", "committed_at")}
        picked = self.to_main(self.write(now, parents=[self.head]))
        picked.entry.update(kept, committed_at=now)
        return picked

    def request(self, now: int, title: dict[str, Any] | None = None, **options: Any) -> Written:
        """Merge a pull request of one to three commits: as a squash, a merge or rebased. `title` is of its first line."""
        number = self.next_number()
        opened = now - (5 if options.get("young") else self.chance.randint(5, 600)) * MINUTE
        ages = [0] if options.get("young") else [0, 0, 1, 20, 90]
        branch: list[Written] = options.get("branch", [])
        base = self.head
        for _ in range(self.chance.randint(1, 3)):
            authored = opened - self.chance.choice(ages) * MINUTE
            base = self.write(authored, parents=[base])
            branch.append(base)
        if self.chance.random() < 0.15:
            branch.append(self.write(now - 4 * MINUTE, parents=[branch[-1], self.head]))
        request = Request(number, opened, now, [*options.get("on", []), *branch], title or {})
        return self._merge(request, options.get("way"), options.get("also", {}))

    def _merge(self, request: Request, way: str | None, also: dict[str, Any]) -> Written:
        way = way or self.chance.choice(["squash", "squash", "squash", "merge", "rebase"])
        named = {"pr_number": request.number, "number_kind": self.chance.choice(["pull_request", None])}
        listed = {key: value for key, value in request.title.items() if key != "reverts_sha"}
        if "reverts_sha" in request.title:
            listed["reverts"] = request.title["reverts_sha"]
        if request.title.get("revert_depth"):
            listed["is_revert"] = True
        if way == "squash":
            merged = self.write(request.merged, parents=[self.head], **named, **listed)
        elif way == "merge":
            merged = self.write(request.merged, parents=[self.head, request.branch[-1]])
        else:
            merged = self.head
            for written in request.branch:
                text = {key: written.entry[key] for key in ("authored_at", "fingerprint", "author_kind")}
                merged = self.write(written.entry["authored_at"], parents=[merged])
                merged.entry.update(text, committed_at=request.merged)
        merged.pull = request.number
        self.to_main(merged)
        self._record(request, merged, also)
        return merged

    def _record(self, request: Request, merged: Written, also: dict[str, Any]) -> None:
        if self.chance.random() < 0.04:
            return
        commits = [_own(written) for written in request.branch]
        also = {"closes": [], "labels": [], **request.title, **also}
        also["timeline"] = self._timeline(request.opened, request.merged)
        paths = self.chance.choice([["api/"], ["web/"], ["api/src/", "web/"], ["README.md"]])
        self.records += renumbered(
            self.first_id,
            pull(
                request.number,
                request.merged,
                merged.sha,
                *commits,
                opened=request.opened,
                revert=request.title.get("revert_depth", 0) > 0,
                unread=self.chance.random() < 0.03,
                amount=len(commits) + (self.chance.random() < 0.03),
                paths=paths if self.chance.random() < 0.8 else None,
                schema=self.schema(),
                repo=self.name,
                also=also,
            ),
        )

    def _timeline(self, opened: int, now: int) -> dict[str, Any] | None:
        if self.chance.random() < 0.1:
            return None
        times = [self.chance.choice([None, self.chance.randint(opened, now)]) for _ in range(3)]
        names = ("first_ready_at", "first_review_at", "last_approval_at")
        rest = {"last_ready_at": times[0], "drafted_at": None, "queued_at": None, "is_merged_by_queue": False}
        return {**dict(zip(names, times, strict=True)), **rest}


def _own(written: Written) -> dict[str, Any]:
    """Return a commit as a pull request lists it."""
    entry = written.entry
    names = ("sha", "parents", "fingerprint", "author_kind", "assistants", "title_kind")
    listed = {"number": entry["pr_number"], "number_kind": entry.get("number_kind")}
    return {"authored": entry["authored_at"], **{name: entry[name] for name in names}, **listed}


def renumbered(first_id: int, records: list[Record]) -> list[Record]:
    """Give pull requests ids that no other history has."""
    for record in records:
        output = record["output"]
        pr_id = first_id + output["pr_id"]
        record["id"] = record["id"].replace(f"/{output['pr_id']}-", f"/{pr_id}-")
        output["pr_id"] = pr_id
    return records
