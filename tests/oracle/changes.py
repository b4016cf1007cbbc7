"""Section 7: which changes arrive with a deployment. "A change is a commit; merge commits are none."""

from collections.abc import Callable, Iterator

from tests.oracle.hidden import Hidden
from tests.oracle.history import History
from tests.oracle.items import INFERRED, KNOWN, UNKNOWN, worst
from tests.oracle.model import Attempt, Change, Commit, Pull, is_merge

MAX_DEPTH = 16
NO_PULL = "its pull request is not known"
NO_COMMITS = "the commits of its pull request are not known"


class Repository:
    """What is known of a repository's pull requests and commits."""

    def __init__(self, pulls: list[Pull], attempts: list[Attempt], fingerprints: dict[str, str]) -> None:
        self.pulls = pulls
        self.fingerprints = fingerprints
        self.by_number = {pull.number: pull for pull in pulls if pull.number is not None}
        self.by_merge = {pull.merge_sha: pull for pull in pulls if pull.merge_sha is not None}
        self.by_sha = {commit.sha: pull for pull in pulls for commit in pull.commits or [] if commit.sha}
        self.by_print: dict[tuple[int | None, str | None], Pull] = {
            (commit.authored, commit.fingerprint): pull
            for pull in pulls
            for commit in pull.commits or []
            if commit.fingerprint
        }
        listed = [commit for item in attempts for commit in [*(item.listed or []), *item.commits] if commit.sha]
        listed.sort(key=lambda commit: commit.depth is not None)
        self.unnamed = {
            commit.authored for pull in pulls for commit in pull.commits or [] if commit.sha is None and commit.authored
        }
        self.listed = {commit.sha: commit for commit in listed}
        """By name, of each commit what the record says that knows its first line; also one of a comparison."""

    def squashed(self, commit: Commit) -> tuple[Pull | None, str]:
        """Return the pull request that a commit is the squash of, and a reason if that is not known.

        A commit that names a pull request is its squash if it is its merge commit, or a cherry-pick of that: it then
        has its author date. "A number in a commit's first line that is an issue's is not a pull request's. A squash
        whose pull request has no record is unknown."
        """
        if commit.number is None or commit.number_kind in ("issue", "none"):
            return self._unnamed(commit), ""
        pull = self.by_number.get(commit.number)
        if pull is None:
            return None, NO_PULL
        if commit.sha is not None and pull.merge_sha == commit.sha:
            return pull, ""
        original = self.listed.get(pull.merge_sha or "")
        if original is not None:
            is_same = original.authored is not None and original.authored == commit.authored
            return (pull if is_same else self._unnamed(commit)), ""
        return None, "whether it is the squash of the pull request that it names is not known"

    def whole(self, commit: Commit) -> Pull | None:
        """Return the pull request of which a listed commit is the squash or the merge commit."""
        return self.squashed(commit)[0] or self.by_merge.get(commit.sha or "")

    def _unnamed(self, commit: Commit) -> Pull | None:
        """Return the pull request that a commit merged although it does not name it.

        Somebody may remove the number of a squash. A rebased commit has the author date of one of the pull request's.
        """
        pull = self.by_merge.get(commit.sha or "")
        is_own = pull is not None and any(own.authored == commit.authored for own in pull.commits or [])
        return None if is_own else pull

    def pull_of(self, commit: Commit) -> Pull | None:
        """Return the pull request that a commit belongs to, by its name, or by its author date and first line."""
        found = self.by_sha.get(commit.sha or "") or self.by_merge.get(commit.sha or "")
        return found or self.by_print.get((commit.authored, self.fingerprint(commit)))

    def fingerprint(self, commit: Commit) -> str | None:
        """Return the fingerprint of a listed commit, also if only another record knows it."""
        return commit.fingerprint or self.fingerprints.get(commit.sha or "")


def expand(attempt: Attempt, repository: Repository) -> Iterator[list[Change]]:
    """Yield the changes that a deployment brings, in lists: the commits of one list are different changes."""
    direct = []
    for commit in attempt.commits:
        if is_merge(commit):
            continue
        pull, reason = repository.squashed(commit)
        if pull is not None:
            yield _own(pull, repository, 0)
        elif reason:
            direct.append(Change(commit.sha or "", commit, None, UNKNOWN, reason, is_dated=False))
        else:
            direct.append(_direct(commit, repository))
    for pull in attempt.pulls:
        yield _own(pull, repository, 0)
    yield direct


def _direct(commit: Commit, repository: Repository) -> Change:
    change = Change(commit.sha or "", commit, repository.pull_of(commit), KNOWN)
    change.may_be_rebased = commit.authored in repository.unnamed
    change.fingerprint = repository.fingerprint(commit)
    return change


def _own(pull: Pull, repository: Repository, depth: int) -> list[Change]:
    """ "A squash stands for its pull request's commits, and a commit that is itself a squash for its own, as deep as it
    goes." Records of schema 1 do not say which of them are merges or squashes: inferred.
    """
    whole = Commit(pull.merge_sha, None, None, 1, None, None, None, None, None, None, False, None, None)
    if pull.commits is None:
        return [Change(pull.merge_sha or pull.item, whole, pull, UNKNOWN, NO_COMMITS)]
    changes = []
    for index, commit in enumerate(pull.commits):
        if is_merge(commit):
            continue
        inner, reason = repository.squashed(commit)
        if inner is not None and inner is not pull and depth < MAX_DEPTH:
            changes += _own(inner, repository, depth + 1)
            continue
        certainty = UNKNOWN if reason else (INFERRED if commit.parents is None else KNOWN)
        changes.append(Change(f"{pull.item}#{index + 1}", commit, pull, certainty, reason, is_dated=not reason))
    if pull.is_cut:
        changes.append(Change(pull.merge_sha or pull.item, whole, pull, UNKNOWN, "more commits than GitHub lists"))
    return changes


class Arrivals:
    """What arrived in one environment: "a change counts once in an environment, when it first arrived"."""

    def __init__(self) -> None:
        self._there: dict[int, list[Change]] = {}
        """By author date: what arrived."""
        self._names: set[str] = set()

    def add(self, lists: list[list[Change]]) -> list[Change]:
        """Return the changes that did not arrive before.

        "Within one deployment commits of the same author time are numbered side by side, those of equal `fingerprint`
        paired first; the k-th is the same change as the k-th of that time elsewhere in the repository".
        """
        distinct = _distinct(lists)
        new = [change for change in distinct if change.commit.authored is None and change.item not in self._names]
        for authored in dict.fromkeys(change.commit.authored for change in distinct):
            if authored is not None:
                group = [change for change in distinct if change.commit.authored == authored]
                new += self._unpaired(authored, group, is_several=_sources(lists, group) > 1)
        self._names |= {change.item for change in distinct}
        return new

    def _unpaired(self, authored: int, changes: list[Change], *, is_several: bool) -> list[Change]:
        """Return those of one author time that are new.

        Commits of several lists may be the same one: where a fingerprint is missing, that they are not is inferred.
        """
        there = self._there.setdefault(authored, [])
        rest, free = changes, list(there)
        for name in (_item, _name):
            rest, free = _unpaired(rest, free, name)
        new = rest[len(free) :]
        there += new
        if is_several and any(change.commit.fingerprint is None for change in changes):
            for change in new:
                change.certainty = worst([change.certainty, INFERRED])
        return new


def _sources(lists: list[list[Change]], group: list[Change]) -> int:
    return sum(any(change in group for change in changes) for changes in lists)


def _distinct(lists: list[list[Change]]) -> list[Change]:
    """Return the changes of one deployment, each once: two lists may hold the same commit, as stacked branches do."""
    result: list[Change] = []
    for changes in lists:
        known = {_name(change) for change in result} | {change.commit.sha for change in result}
        result += [
            change
            for change in changes
            if _name(change) not in known and (change.commit.sha is None or change.commit.sha not in known)
        ]
    return result


def _unpaired(
    changes: list[Change], there: list[Change], name: Callable[[Change], object]
) -> tuple[list[Change], list[Change]]:
    """Return those of both that have no partner of their name."""
    free, rest = list(there), []
    for change in changes:
        partner = next((other for other in free if name(other) == name(change)), None)
        if partner is None:
            rest.append(change)
        else:
            free.remove(partner)
    return rest, free


def _item(change: Change) -> object:
    return change.item


def _name(change: Change) -> object:
    commit = change.commit
    return (commit.authored, commit.fingerprint) if commit.fingerprint else change.item


def arrive(history: History, repository: Repository) -> None:
    """Set the changes of each success."""
    arrivals = Arrivals()
    hidden = Hidden()
    for attempt in history.successes:
        attempt.changes = arrivals.add(list(expand(attempt, repository)))
        hidden.add(attempt)
        for change in attempt.changes:
            if attempt.counts is None:
                change.certainty, change.reason = UNKNOWN, "whether the deployment counts is not known"
            elif change.commit.authored is None and change.certainty != UNKNOWN:
                change.certainty, change.reason = UNKNOWN, "its time is not known"
            elif hidden.may_have(change):
                change.certainty, change.reason = UNKNOWN, "it may have arrived before"
            elif hidden.may_be_again(change):
                change.certainty = worst([change.certainty, INFERRED])


def certainty_of(changes: list[Change]) -> str:
    """Return how certain the changes are together."""
    return worst(change.certainty for change in changes)
