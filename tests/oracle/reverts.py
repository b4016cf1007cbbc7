"""Sections 1 and 5: reverts and hotfixes among what a deployment brings."""

from collections.abc import Iterator
from typing import Any

from tests.oracle.brought import Brought, keys_of
from tests.oracle.history import History
from tests.oracle.items import INFERRED, KNOWN, UNKNOWN
from tests.oracle.model import Attempt, Commit, Pull, Remediation
from tests.oracle.settings import has_word

Answer = tuple[str, list[tuple[str, Any]]] | None
"""How certain it is that it is a revert, and what it names; None: it is none."""


def remediations(history: History, brought: Brought) -> Iterator[Remediation]:
    """Yield the reverts and hotfixes that each success brings for the first time."""
    for attempt in history.successes:
        seen: set[str] = set()
        for commit in attempt.commits:
            if commit.sha and brought.first.get(("sha", commit.sha)) is not attempt:
                continue
            pull = brought.repository.whole(commit)
            found = _of_commit(attempt, commit, pull, brought)
            if found is not None:
                yield found
            elif pull is not None and pull.item not in seen:
                yield from _of_pull(attempt, pull, brought)
            if pull is not None:
                seen.add(pull.item)
        for pull in attempt.pulls:
            if all(brought.first.get(key) is attempt for key in keys_of(pull)[:1]):
                yield from _of_pull(attempt, pull, brought)


def _of_commit(attempt: Attempt, commit: Commit, pull: Pull | None, brought: Brought) -> Remediation | None:
    answer = _judge_commit(commit, brought)
    if answer is None:
        return None
    certainty, names = answer
    keys: set[Any] = {("sha", commit.sha)}
    written = commit.authored
    if pull is not None:
        if certainty != KNOWN:
            certainty, names = _with_title(pull, names)
        else:
            names = _ordered(names + _names_of(pull))
        keys |= set(keys_of(pull))
        written = pull.oldest if pull.oldest is not None else pull.opened
    return Remediation("revert", attempt, written, frozenset(keys), names, certainty)


def _judge_commit(commit: Commit, brought: Brought) -> Answer:
    """Judge a commit of the deployed branch.

    "A commit or pull request is a revert if its **first line** begins with an odd number of nested `Revert "`, or with
    `revert:` / `revert(scope):`. … `Reapply "…` and even numbers are planned work." Of records of schema 1: "a revert that
    names a commit which is itself a revert is planned work; one that names nothing leaves its candidates and its own
    deployment's rework unknown".
    """
    if commit.depth is None:
        commit = brought.repository.listed.get(commit.sha or "", commit)
    named = _names(brought.name, commit.reverts_sha, commit.reverts_number)
    if commit.depth is not None:
        return (KNOWN, named) if commit.depth % 2 == 1 else None
    if not commit.is_revert or (commit.reverts_sha and brought.is_revert(commit.reverts_sha)):
        return None
    return (INFERRED, named) if named else (UNKNOWN, [])


def _with_title(pull: Pull, names: list[tuple[str, Any]]) -> tuple[str, list[tuple[str, Any]]]:
    """Judge a squash of schema 1: its message is all of the branch's, so its pull request's title decides."""
    depth = pull.output.get("revert_depth")
    if depth is not None and depth % 2 == 1:
        return KNOWN, _ordered(names + _names_of(pull))
    if depth is None and pull.output.get("is_revert") and names:
        return INFERRED, names
    return UNKNOWN, names


def _of_pull(attempt: Attempt, pull: Pull, brought: Brought) -> Iterator[Remediation]:
    """Yield what a pull request's title, labels and branch say; each cherry-picked squash of it is its own, too."""
    answer = _judge_pull(pull)
    written = pull.oldest if pull.oldest is not None else pull.opened
    squashes = [commit.sha for commit in attempt.commits if brought.repository.whole(commit) is pull]
    keys = frozenset([*keys_of(pull), *(("sha", sha) for sha in squashes)])
    if answer is not None:
        yield Remediation("revert", attempt, written, keys, answer[1], answer[0])
    elif pull.labels is None:
        yield Remediation("hotfix", attempt, written, keys, [], UNKNOWN)
    elif is_hotfix(pull, attempt.rule.words):
        yield Remediation("hotfix", attempt, written, keys)


def _judge_pull(pull: Pull) -> Answer:
    depth = pull.output.get("revert_depth")
    if depth is not None:
        return (KNOWN, _ordered(_names_of(pull))) if depth % 2 == 1 else None
    return (UNKNOWN, []) if pull.output.get("is_revert") else None


def is_hotfix(pull: Pull, words: tuple[str, ...]) -> bool:
    """Section 5: "whose label, head branch or title kind contains `hotfix` as a whole word (configurable)"."""
    texts = [*(pull.labels or []), pull.output.get("head_ref"), pull.output.get("title_kind")]
    return any(has_word(text, words) for text in texts)


def _names_of(pull: Pull) -> list[tuple[str, Any]]:
    return _names(pull.repository, pull.output.get("reverts_sha"), pull.output.get("reverts_number"))


def _names(repository: str, sha: str | None, number: int | None) -> list[tuple[str, Any]]:
    """Return what is named; a number is one of the repository that names it."""
    names: list[tuple[str, Any]] = [("sha", sha)] if sha is not None else []
    return names + ([("pull", (repository, number))] if number is not None else [])


def _ordered(names: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """ "What it reverts, in this order: the commit in `This reverts commit`, the pull request …" """
    return sorted(dict.fromkeys(names), key=lambda name: name[0] != "sha")
