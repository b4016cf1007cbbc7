"""Section 7: the clock of a change, and the stages of a pull request."""

from typing import Any

from tests.oracle.history import History
from tests.oracle.items import UNKNOWN, Item, item, unknown
from tests.oracle.model import Attempt, Change, Pull

STAGES = ("coding", "waiting_for_review", "in_review", "waiting_for_merge", "waiting_for_deployment")


def lead_times(history: History) -> dict[str, Item]:
    """Return the lead time of each change: "It stops at the creation of the first `success`, at the merge, at the
    release's publication, or at the end of the last matching job."
    """
    result = {}
    for attempt in history.successes:
        if attempt.missing and not attempt.is_rollback:
            result[f"of {attempt.item}"] = unknown(attempt.missing)
        for change in attempt.changes:
            if change.is_shown:
                result[change.item] = lead_time(change, attempt)
    return result


def lead_time(change: Change, attempt: Attempt) -> Item:
    """Return the time from the start of the setting `lead_time_from` to the deployment."""
    if change.certainty == UNKNOWN:
        return unknown(change.reason)
    start = _start(change, attempt.rule.lead_time_from)
    if start is None:
        return unknown("its start is not known")
    if start > attempt.end:
        return unknown("written after it was deployed")
    return item(attempt.end - start, change.certainty)


def _start(change: Change, setting: str) -> int | None:
    """ "The clock starts at the author date; … `committed` is the pull request's own commit's date; `opened` and `merged`
    are unknown without a pull request."
    """
    if setting == "opened":
        return change.pull.opened if change.pull else None
    if setting == "merged":
        return change.pull.merged if change.pull else None
    if setting == "committed":
        return _committed(change)
    return change.commit.authored


def _committed(change: Change) -> int | None:
    """Return when the pull request's own commit was committed; None: records of schema 1 do not say which that is.

    A listed commit may have been rebased, which keeps its author date only.
    """
    commit = change.commit
    fingerprint = change.fingerprint or commit.fingerprint
    own = (change.pull.commits if change.pull else None) or []
    same = [
        other
        for other in own
        if (other.sha and other.sha == commit.sha)
        or (other.fingerprint and (other.authored, other.fingerprint) == (commit.authored, fingerprint))
    ]
    if same:
        return same[0].committed
    is_own = (fingerprint is not None and not change.may_be_rebased) or change.item != commit.sha
    return commit.committed if is_own or commit.committed == commit.authored else None


def arrived_pulls(history: History) -> dict[str, tuple[Pull, Attempt]]:
    """Return each pull request with the first success that brought it."""
    result: dict[str, tuple[Pull, Attempt]] = {}
    for attempt in history.successes:
        merges = {commit.sha for commit in attempt.commits}
        found = [*attempt.pulls, *(change.pull for change in attempt.changes if change.pull)]
        for pull in found:
            is_whole = pull in attempt.pulls or pull.merge_sha in merges
            if pull.item not in result and is_whole:
                result[pull.item] = (pull, attempt)
    return result


def stages(history: History) -> dict[str, dict[str, Item]]:
    """Return `pull_request_lead_time` and its stages: "A missing or earlier bound makes a stage of zero and the next stage
    takes the time; the stages add up to the whole."
    """
    result: dict[str, dict[str, Item]] = {name: {} for name in ("", *STAGES)}
    for pull, attempt in arrived_pulls(history).values():
        start = pull.oldest
        if start is None or pull.is_cut or attempt.counts is None or start > attempt.end:
            for stage in result.values():
                stage[pull.item] = unknown("its start is not known")
            continue
        certainty = "known" if all(commit.parents is not None for commit in pull.commits or []) else "inferred"
        result[""][pull.item] = item(attempt.end - start, certainty)
        timeline: dict[str, Any] | None = pull.output.get("timeline")
        bounds: list[int | None] = [None, None, None]
        if timeline is not None:
            bounds = [
                timeline["first_ready_at"] or pull.opened,
                timeline["first_review_at"],
                timeline["last_approval_at"],
            ]
        at = start
        for name, bound in zip(STAGES, [*bounds, pull.merged, attempt.end], strict=True):
            if timeline is None and name != "waiting_for_deployment":
                result[name][pull.item] = unknown("the pull request's timeline is not known")
                at = max(at, bound or at) if name == "waiting_for_merge" else at
                continue
            end = max(at, min(bound, attempt.end)) if bound is not None else at
            result[name][pull.item] = item(end - at, certainty)
            at = end
    return result
