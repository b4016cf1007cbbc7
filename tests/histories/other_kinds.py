"""Deployments that are releases or runs of a workflow, in random histories. A merge needs no record of its own."""

from typing import Any

from tests.histories.build import job, release
from tests.histories.extend import Record
from tests.histories.git import MINUTE, Git, Written


def other_kind(kind: str, git: Git, written: Written, now: int) -> list[Record]:
    """Return the records of a deployment of this commit, if it is deployed at all."""
    if kind == "workflow":
        return _jobs(git, written, now)
    if kind == "releases" and git.chance.random() < 0.6:
        return _release(git, written, now)
    return []


def _jobs(git: Git, written: Written, now: int) -> list[Record]:
    """Return the jobs of one or two attempts at a run."""
    chance = git.chance
    run = git.first_id + written.number
    commit = written if chance.random() < 0.9 else chance.choice(git.main)
    result: list[Record] = []
    for attempt in (1, 2) if chance.random() < 0.15 else (1,):
        for place, name in enumerate(("test", "deploy")):
            start = now + (attempt * 40 + place * 10) * MINUTE
            conclusion = chance.choice(["success"] * 6 + ["failure", "cancelled", "skipped"])
            also: dict[str, Any] = {"run_event": chance.choice(["push", "schedule", None])}
            if name == "deploy" and chance.random() < 0.3:
                also |= {"environment": "production", "approval_wait": chance.choice([0, 3 * MINUTE])}
            result.append(
                job(
                    git.first_id + 10_000 + written.number * 10 + attempt * 2 + place,
                    start,
                    start + chance.randint(1, 9) * MINUTE,
                    conclusion,
                    created=start - chance.choice([0, 1, 5]) * MINUTE,
                    run=run,
                    attempt=attempt,
                    name=name,
                    sha=commit.sha,
                    branch=chance.choice(["main"] * 9 + ["topic"]),
                    schema=git.schema(),
                    repo=git.name,
                    also=also,
                )
            )
    return result


def _release(git: Git, written: Written, now: int) -> list[Record]:
    """Return a release of one of two lines, or of an old one."""
    chance = git.chance
    released: list[tuple[str, tuple[int, int, int], Written]] = git.__dict__.setdefault("released", [])
    prefix = chance.choice(["", "", "", "web-v"])
    of_line = [(version, commit) for line, version, commit in released if line == prefix]
    major, minor, patch = max((version for version, _ in of_line), default=(1, 0, 0))
    version = (major, minor + 1, 0) if chance.random() < 0.8 else (major, max(0, minor - 1), patch + 1 + len(released))
    if version in [known for known, _ in of_line]:
        return []
    lower = [(known, commit) for known, commit in of_line if known < version]
    previous: dict[str, Any] | None = None
    options: dict[str, Any] = {}
    if lower and chance.random() < 0.95:
        known, commit = max(lower, key=lambda entry: entry[0])
        state, commits = git.compare(commit, written)
        previous = {"tag": _tag(prefix, known), "sha": commit.sha, "committed_at": commit.entry["committed_at"]}
        options = {"behind": state == "behind"}
        if chance.random() < 0.8:
            options["commits"] = commits
    released.append((prefix, version, written))
    tag = _tag(prefix, version)
    schema = git.schema()
    return [
        release(
            tag,
            now + 3 * MINUTE,
            written.sha,
            prefix=prefix,
            previous=previous,
            schema=schema,
            repo=git.name,
            **options,
        )
    ]


def _tag(prefix: str, version: tuple[int, int, int]) -> str:
    return (prefix or "v") + ".".join(map(str, version))
