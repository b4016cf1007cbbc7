"""Section 1: the first deployment that brought a commit or a pull request."""

from typing import Any

from tests.oracle.changes import MAX_DEPTH, Repository
from tests.oracle.history import History
from tests.oracle.model import Attempt, Commit, Pull


class Brought:
    """What each success of a history brought first."""

    def __init__(self, history: History, repository: Repository) -> None:
        self.first: dict[tuple[str, Any], Attempt] = {}
        self.repository = repository
        self.name = history.everything[0].repository
        self.shas = {commit.sha for attempt in history.everything for commit in attempt.listed or [] if commit.sha}
        self.shas |= {attempt.sha for attempt in history.everything if attempt.sha}
        for output in history.comparisons_of(self.name):
            self.shas |= {output["base"], output["head"]}
            self.shas |= {entry["sha"] for entry in (output.get("changes") or {"commits": []})["commits"]}
        for pull in repository.pulls:
            self.shas |= {key[1] for key in keys_of(pull) if key[0] == "sha"}
        for attempt in history.successes:
            for commit in attempt.commits:
                for key in self.keys_of_commit(commit):
                    self.first.setdefault(key, attempt)
            for pull in attempt.pulls:
                for key in keys_of(pull):
                    self.first.setdefault(key, attempt)

    def keys_of_commit(self, commit: Commit) -> list[tuple[str, Any]]:
        """Return a listed commit and, if it brings a whole pull request, that: "a pull request stands for its own commits
        and its merge commit".
        """
        pull = self.repository.whole(commit)
        keys: list[tuple[str, Any]] = [("sha", commit.sha)] if commit.sha else []
        if pull is None and commit.number is not None and commit.number_kind not in ("issue", "none"):
            is_recorded = commit.number in self.repository.by_number
            keys += [] if is_recorded else [("pull", (self.name, commit.number))]
        return keys + (keys_of(pull) if pull else [])

    def find(self, names: list[tuple[str, Any]]) -> Attempt | None:
        """Return the first deployment that brought what is named: the first name that some deployment brought."""
        for kind, value in names:
            key = ("sha", self._whole(value)) if kind == "sha" else (kind, value)
            if key in self.first:
                return self.first[key]
        return None

    def _whole(self, sha: str) -> str | None:
        """ "An equal sha matches first; else at least seven hex digits that begin exactly one known commit." """
        if sha in self.shas:
            return sha
        begun = [known for known in self.shas if known and known.startswith(sha)]
        return begun[0] if len(sha) >= 7 and len(begun) == 1 else None

    def is_revert(self, sha: str, depth: int = 0) -> bool:
        """Return whether a known commit is itself a revert; of schema 1 one that names a revert is planned work."""
        commit = self.repository.listed.get(self._whole(sha) or "")
        if commit is None or depth == MAX_DEPTH:
            return False
        if commit.depth is not None:
            return commit.depth % 2 == 1
        return commit.is_revert and not (commit.reverts_sha and self.is_revert(commit.reverts_sha, depth + 1))


def keys_of(pull: Pull) -> list[tuple[str, Any]]:
    """Return what a pull request stands for; its number is one of its repository."""
    keys: list[tuple[str, Any]] = [("pull", (pull.repository, pull.number))] if pull.number is not None else []
    keys += [("sha", pull.merge_sha)] if pull.merge_sha else []
    return keys + [("sha", commit.sha) for commit in pull.commits or [] if commit.sha]
