"""Records become facts: of each fact the best record, with the repository that it is of."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

Record = dict[str, Any]
Output = dict[str, Any]

IDENTITY = {
    "check-suite": ("id",),
    "code-review-involvement": ("pr_id", "closed_at"),
    "commits-per-pr": ("key",),
    "comparison": ("base", "head"),
    "deployment": ("id",),
    "deployment-status": ("deployment_id", "id"),
    "documentation-updated": ("key",),
    "incident": ("key",),
    "release-versions": ("key",),
    "review": ("id",),
    "workflow-job": ("id",),
    "workflow-run": ("id",),
}
"""What identifies a fact; `key` is the last part of the record's id."""
OF_REPOSITORY = ("comparison", "release-versions")
"""Facts that are identified only within their repository."""
VERSIONS = {"check-suite": "updated_at"}
"""The field that orders the versions of one fact. Each attempt at a job or a run stays a fact here: both are read."""


class Fact(NamedTuple):
    """One fact: what a record says, and of which repository."""

    host: str
    repository: str
    """GitHub's id of the repository, else its name in lower case."""
    name: str
    """`owner/repo` as the newest record of the repository spells it."""
    output: Output
    record: Record


def knows(fact: Fact, *fields: str) -> bool:
    """Return whether the record is of a time when these fields were collected: of schema 2, or one of them has a value."""
    return fact.record["schema"] >= 2 or any(fact.output.get(field) is not None for field in fields)


def facts(records: Iterable[Record]) -> dict[str, list[Fact]]:
    """Return the facts of each metric: success beats networkError, then later versions, newer schemas, newer records."""
    listed = list(records)
    ids = _ids_by_name(listed)
    names: dict[str, tuple[int, str]] = {}
    for record in listed:
        key = _repository(record, ids)
        names[key] = max(names.get(key, (0, "")), (record["created_at"], f"{record['owner']}/{record['repo']}"))
    chosen: dict[tuple[Any, ...], Record] = {}
    for record in listed:
        identity = _identity(record, ids)
        if identity not in chosen or _rank(record) > _rank(chosen[identity]):
            chosen[identity] = record
    result: dict[str, list[Fact]] = defaultdict(list)
    for record in chosen.values():
        key = _repository(record, ids)
        fact = Fact(record["github_host"], key, names[key][1], record["output"], record)
        result[record["metric_signature"]].append(fact)
    return result


def _name(record: Record) -> str:
    return f"{record['github_host']} {record['owner']}/{record['repo']}".lower()


def _ids_by_name(records: list[Record]) -> dict[str, str]:
    known = sorted((record for record in records if record.get("repository_id")), key=lambda item: item["created_at"])
    return {_name(record): f"{record['github_host']} {record['repository_id']}" for record in known}


def _repository(record: Record, ids: dict[str, str]) -> str:
    if record.get("repository_id"):
        return f"{record['github_host']} {record['repository_id']}"
    return ids.get(_name(record), _name(record))


def _identity(record: Record, ids: dict[str, str]) -> tuple[Any, ...]:
    metric, output = record["metric_signature"], record["output"]
    key = record["id"].split("/", 3)[-1]
    parts = [key if field == "key" else output.get(field) for field in IDENTITY.get(metric, ("key",))]
    if metric in ("workflow-job", "workflow-run"):
        parts.append(output.get("run_attempt"))
    place = _repository(record, ids) if metric in OF_REPOSITORY else record["github_host"]
    return (place, metric, *parts)


def _rank(record: Record) -> tuple[Any, ...]:
    version = record["output"].get(VERSIONS.get(record["metric_signature"], ""), 0) or 0
    return (record["status"] == "success", version, record["schema"], record["created_at"])
