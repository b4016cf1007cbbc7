"""Merged pull requests, with their commits and the folders that they change."""

from typing import Any

from tests.oracle.facts import Fact, knows
from tests.oracle.model import Commit, Pull

Facts = dict[str, list[Fact]]


def listed_commit(entry: dict[str, Any]) -> Commit:
    """Return a commit of a comparison."""
    names = ("authored_at", "committed_at", "pr_number", "reverts")
    return _commit(entry, *(entry.get(name) for name in names), is_revert=bool(entry.get("is_revert")))


def own_commit(entry: dict[str, Any]) -> Commit:
    """Return a commit of a pull request's branch."""
    return _commit(
        entry, *(entry.get(name) for name in ("authored", "committed", "number", "reverts_sha")), is_revert=False
    )


def _commit(
    entry: dict[str, Any],
    authored: int | None,
    committed: int | None,
    number: int | None,
    reverts_sha: str | None,
    *,
    is_revert: bool,
) -> Commit:
    return Commit(
        sha=entry.get("sha"),
        authored=authored,
        committed=committed,
        parents=entry.get("parents"),
        number=number,
        number_kind=entry.get("number_kind"),
        fingerprint=entry.get("fingerprint"),
        author_kind=entry.get("author_kind"),
        assistants=None if entry.get("assistants") is None else tuple(entry["assistants"]),
        depth=entry.get("revert_depth"),
        is_revert=is_revert,
        reverts_sha=reverts_sha,
        reverts_number=entry.get("reverts_number"),
    )


def pulls(facts: Facts) -> dict[str, list[Pull]]:
    """Return the merged pull requests of each repository, in the order of their merges."""
    sizes = {_key(fact): fact for fact in facts.get("commits-per-pr", [])}
    files = {_key(fact): fact for fact in facts.get("documentation-updated", [])}
    result: dict[str, list[Pull]] = {}
    for fact in facts.get("code-review-involvement", []):
        output = fact.output
        if not output["merged"] or output["merged_at"] is None:
            continue
        pull = Pull(
            repository=fact.repository,
            item=f"{output['pr_id']}-{output['closed_at']}",
            number=output.get("number"),
            opened=output["created_at"],
            merged=output["merged_at"],
            merge_sha=output.get("merge_commit_sha"),
            base=output.get("base_ref"),
            output=output,
            labels=(output.get("labels") or []) if knows(fact, "labels") else None,
        )
        _add_commits(pull, sizes.get(_key(fact)))
        if _key(fact) in files:
            pull.paths = files[_key(fact)].output.get("paths")
        result.setdefault(fact.repository, []).append(pull)
    for listed in result.values():
        listed.sort(key=lambda pull: (pull.merged, pull.item))
    return result


def _key(fact: Fact) -> tuple[str, str]:
    return (fact.host, fact.record["id"].rsplit("/", 1)[-1])


def _add_commits(pull: Pull, size: Fact | None) -> None:
    listed = size.output.get("commits") if size else None
    if listed is not None:
        pull.commits = [own_commit(entry) for entry in listed["commit_timestamps"]]
        pull.is_cut = listed["amount"] > len(pull.commits)
