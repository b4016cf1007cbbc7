"""Section 7: what merges, runs and releases bring are pull requests."""

from tests.oracle.history import FIRST, History
from tests.oracle.model import Attempt, Pull


def bring_merges(history: History, pulls: list[Pull]) -> None:
    """Section 7: what runs, releases and merges bring are pull requests."""
    for attempt in history.successes:
        if attempt.pull is not None:
            attempt.pulls = [attempt.pull]
        elif attempt.kind in ("workflow", "releases") and not attempt.is_rollback and not attempt.missing:
            is_same = attempt.sha is not None and attempt.replaced is not None and attempt.replaced.sha == attempt.sha
            if not is_same or attempt.kind == "releases":
                _bring_since(attempt, pulls)


def _bring_since(attempt: Attempt, pulls: list[Pull]) -> None:
    """ "The pull requests merged into its branch after the one before, up to the one whose merge commit is its commit
    (else merged by its beginning)."
    """
    if (
        attempt.kind == "releases"
        and attempt.listed is not None
        and not attempt.is_cut
        and attempt.previous is not None
    ):
        shas = {commit.sha for commit in attempt.listed}
        attempt.pulls = [pull for pull in pulls if pull.merge_sha in shas]
        return
    since = _previous(attempt)
    if since is None:
        attempt.missing = FIRST
        return
    own = next((pull for pull in pulls if pull.merge_sha is not None and pull.merge_sha == attempt.sha), None)
    branches = [name for name in attempt.rule.branches if any(pull.base == name for pull in pulls)]
    branch = own.base if own else attempt.rule.branch
    if branch is None and attempt.kind == "releases" and len(branches) == 1:
        branch = branches[0]
    if branch is None and attempt.kind == "workflow":
        is_branch = attempt.branch in attempt.rule.branches or any(pull.base == attempt.branch for pull in pulls)
        branch = attempt.branch if is_branch else None
    if branch is None:
        attempt.missing = "the branch of its releases is not configured"
        return
    sha, time = since
    merged = [pull for pull in pulls if pull.base == branch]
    first = next((index + 1 for index, pull in enumerate(merged) if sha is not None and pull.merge_sha == sha), None)
    start = first if first is not None else sum(pull.merged <= time for pull in merged)
    stop = merged.index(own) + 1 if own else sum(pull.merged <= attempt.begin for pull in merged)
    attempt.pulls = merged[start:stop]


def _previous(attempt: Attempt) -> tuple[str | None, int] | None:
    """Return the commit and the time of the deployment before: of a release that of its line, "also where it is older
    than the records".
    """
    if attempt.replaced is not None:
        return attempt.replaced.sha, attempt.replaced.begin
    if attempt.kind == "releases" and attempt.previous is not None:
        time = attempt.previous.get("committed_at")
        return None if time is None else (attempt.previous["sha"], time)
    return None
