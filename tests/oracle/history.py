"""Sections 3, 4, 7 and 8: what each success replaces, whether it counts, whether it went back, and what it brings."""

from typing import Any

from tests.oracle.items import UNKNOWN
from tests.oracle.model import Attempt, Commit
from tests.oracle.pulls import Facts, listed_commit

FIRST = "first deployment: there is nothing to compare with"
LINE_NOT_KNOWN = "which release came before it in the repository is not known"
Comparisons = dict[tuple[str, str, str], dict[str, Any]]


def comparisons(facts: Facts) -> Comparisons:
    """Return the recorded comparisons by repository, base and head."""
    return {(fact.repository, fact.output["base"], fact.output["head"]): fact.output for fact in facts["comparison"]}


class History:
    """One service's attempts in one environment of one repository, oldest first."""

    def __init__(self, attempts: list[Attempt], compared: Comparisons) -> None:
        self.everything = attempts
        self.compared = compared
        self.own: list[Attempt] = []
        self._there: Attempt | None = None
        self._last: Attempt | None = None
        self._runs: dict[str, set[str | None]] = {}
        self._stay: list[Attempt] = []
        self._failed: list[Attempt] = []
        self._between: list[Attempt] = []
        self._pending: list[Commit] = []
        self._taken: list[Attempt] = []
        self._came: dict[str, int] = {}
        for attempt in attempts:
            if attempt.own is False:
                self._between += [attempt] if attempt.is_success else []
            elif attempt.is_success:
                self._succeed(attempt)
            else:
                self.own.append(attempt)
                self._failed.append(attempt)

    def comparisons_of(self, repository: str) -> list[dict[str, Any]]:
        """Return the recorded comparisons of a repository."""
        return [output for (name, _, _), output in self.compared.items() if name == repository]

    @property
    def successes(self) -> list[Attempt]:
        """The successes that count, or may."""
        return [attempt for attempt in self.own if attempt.is_success]

    def _succeed(self, attempt: Attempt) -> None:
        if self._is_late(attempt):
            attempt.counts = False
            return
        before = self._before(attempt)
        attempt.replaced = before
        is_same = (
            attempt.kind in ("statuses", "workflow")
            and before is not None
            and attempt.sha is not None
            and attempt.sha == before.sha
        )
        if is_same:
            self._again(attempt)
        else:
            self._arrive(attempt, before)
        if attempt.counts is not False:
            self.own.append(attempt)
        self._failed = []

    def _is_late(self, attempt: Attempt) -> bool:
        """Return whether it is a late job of a run whose commit was there for GitHub, and which another commit replaced.

        Its jobs are deployments by themselves, and those of two runs may end side by side. Of a run that is not known, it
        is late if the other one was created after it: else GitHub would have compared it with that, unless that was
        created before what GitHub compared it with.
        """
        last, self._last = self._last, attempt
        of_commit = self._runs.setdefault(attempt.sha or "", set())
        is_of_run = attempt.run in of_commit
        of_commit.add(attempt.run)
        is_same_for_github = attempt.sha is not None and (attempt.previous or {}).get("sha") == attempt.sha
        if attempt.kind != "statuses" or last is None or last.sha == attempt.sha or not is_same_for_github:
            return False
        previous = attempt.previous or {}
        item = str(previous.get("id"))
        if any(other.item == item and other.own is False for other in self.everything):
            return False
        if attempt.run is not None:
            return is_of_run
        return last.created is not None and last.created >= previous["created_at"]

    def _before(self, attempt: Attempt) -> Attempt | None:
        """Return the deployment before; of a release that of its line, as the collector found it."""
        if attempt.kind != "releases":
            return self._there
        tag = (attempt.previous or {}).get("tag")
        return next((other for other in self.own if other.item == tag), None)

    def _again(self, attempt: Attempt) -> None:
        """Judge the commit that is there already.

        "The commit that is there already counts again if it is of another run and not by schedule, unless 4 makes it a
        rollback; unknown run: once." Here what may count again is unknown.
        """
        attempt.went_back_after = self._went_back_after(attempt)
        if attempt.went_back_after:
            attempt.is_rollback = True if any(is_certain for _, is_certain in attempt.went_back_after) else None
        counts = self._counts_again(attempt)
        if attempt.is_rollback is not True and counts is not True:
            attempt.counts = False if counts is False and attempt.is_rollback is False else None
        self._stay.append(attempt)
        if attempt.counts:
            self._there = attempt

    def _counts_again(self, attempt: Attempt) -> bool | None:
        runs = [other.run for other in self._stay]
        if attempt.is_scheduled is True or (attempt.run is not None and attempt.run in runs):
            return False
        if attempt.run is None or None in runs or attempt.is_scheduled is None:
            return None
        return True

    def _went_back_after(self, attempt: Attempt) -> list[tuple[Attempt, bool]]:
        """Return the failed attempts after which it went back, and whether that is certain.

        Section 3: "A failed attempt becomes a failed change … if the next success within `hotfix_hours`, not by
        schedule, is of the commit that was there before". An attempt at the same commit was a try of it, not a change.
        """
        found = []
        for failed in self._failed:
            is_soon = attempt.end - failed.end <= attempt.rule.hotfix
            if failed.state == "failed" and is_soon and failed.sha != attempt.sha and attempt.is_scheduled is not True:
                is_certain = failed.failed != UNKNOWN and attempt.is_scheduled is False
                found.append((failed, is_certain and failed.own is True and attempt.own is True))
        return found

    def _arrive(self, attempt: Attempt, before: Attempt | None) -> None:
        """Judge a commit that was not there: is it a rollback, and what does it bring?"""
        pool = _unique(self._pending + [commit for other in self._between for commit in other.listed or []])
        place = next((index for index, commit in enumerate(pool) if commit.sha == attempt.sha), None)
        attempt.is_rollback = self._is_rollback(attempt, before, place)
        if before is not None and before.counts is None and attempt.is_rollback:
            attempt.is_rollback = None
        self._bring(attempt, before, pool, place)
        if attempt.sha is not None:
            self._came.setdefault(attempt.sha, len(self._came))
        self._there, self._stay, self._between = attempt, [attempt], []

    def _is_rollback(self, attempt: Attempt, before: Attempt | None, place: int | None) -> bool | None:
        """Section 4: "GitHub compares it `behind` the service's own deployment before; or its commit is another one, which
        first came to this environment before the commit it replaces first came (also when GitHub says `diverged`)".
        """
        if attempt.kind == "merges" or place is not None:
            return False
        came = [self._came.get(other.sha or "") for other in (attempt, before) if other]
        if len(came) == 2 and came[0] is not None and came[1] is not None and came[0] < came[1]:
            return True
        return self._is_behind(attempt, before)

    def _is_behind(self, attempt: Attempt, before: Attempt | None) -> bool | None:
        compared = before and self.compared.get((attempt.repository, before.sha or "", attempt.sha or ""))
        if compared and compared["status"] is not None:
            return bool(compared["status"] == "behind")
        if attempt.kind != "statuses" or (before is None and not self._between):
            return attempt.is_behind
        if before is None:
            return False
        if not self._between:
            return None if self._is_of_another(attempt, before) else attempt.is_behind
        if any(other.is_behind is not False for other in self._between) or None in (
            attempt.previous,
            attempt.is_behind,
        ):
            return None
        is_complete = all(other.listed is not None and not other.is_cut for other in self._between)
        return attempt.is_behind if is_complete or not attempt.is_behind else None

    def _is_of_another(self, attempt: Attempt, before: Attempt) -> bool:
        """Return whether GitHub compared with another success of the records than the one before, or with nothing, as after
        a rename.
        """
        if attempt.previous is None:
            return True
        previous = attempt.previous
        others = [other for other in self.everything if other.is_success and other.item == str(previous.get("id"))]
        return any(other is not before and other.sha != before.sha for other in others)

    def _bring(self, attempt: Attempt, before: Attempt | None, pool: list[Commit], place: int | None) -> None:
        """Section 7: "What an excluded deployment brought is brought by the next success that counts; where that one's
        commit is among those listed, up to it …, and what is listed after it waits for the one after." What is not known of
        an excluded one may wait, too, up to the one that takes the rest.
        """
        compared = before and self.compared.get((attempt.repository, before.sha or "", attempt.sha or ""))
        lists = [*self._taken, *(other for other in self._between if not other.is_behind)]
        self._pending, self._taken = [], lists if place is not None else []
        if attempt.kind != "statuses" or attempt.is_rollback:
            return
        if before is None and (self._between or attempt.previous is None or attempt.listed is None):
            attempt.missing = FIRST
            self._pending = pool[place + 1 :] if place is not None else []
            return
        if compared and compared.get("changes"):
            attempt.commits = [listed_commit(entry) for entry in compared["changes"]["commits"]]
            attempt.missing = "more changes than GitHub lists" if compared["changes"]["truncated"] else ""
            self._pending = pool[place + 1 :] if place is not None else []
            return
        if any(other.listed is None for other in lists) or (place is None and attempt.listed is None):
            attempt.missing = "its changes are not known"
        elif any(other.is_cut for other in lists) or (place is None and attempt.is_cut):
            attempt.missing = "more changes than GitHub lists"
        if place is not None:
            attempt.commits, self._pending = pool[: place + 1], pool[place + 1 :]
        else:
            attempt.commits = _unique(pool + (attempt.listed or []))


def _unique(commits: list[Commit]) -> list[Commit]:
    return list({commit.sha: commit for commit in commits}.values())
