"""Asks GitHub for the fields that records get later, and remembers which of them it refuses to this token.

A refusal is no answer: the permission may be granted some day. So it is written to the cursor with an example of what was asked, and
each run asks again for one example. What GitHub answers that it does not have is not asked for again.
"""

from collections.abc import Callable, Mapping, Sequence

from core.backfill.context import BackfillContext
from core.backfill.later_fields import Gaps, Run, close_gaps, gaps
from core.backfill.number_cache import NumberCache
from core.backfill.stored_records import StoredRecord
from core.errors import MissingPermission, NotAvailable, RetryableError, TelemetryError, TransientReadError, Unavailable
from core.events import plain
from core.metric import CollectContext
from core.metrics._timeline import ask_timeline
from core.payload import Fields, Json

NUMBERS, TIMELINES = "numbers", "timelines"
RUNS = "workflow runs"
_LISTS = {
    "code-review-involvement": "pull requests",
    "commits-per-pr": "pull requests",
    "deployment": "deployments",
    "deployment-status": "deployments",
    "documentation-updated": "pull requests",
    "workflow-job": RUNS,
}
"""The list in which the backfill finds the facts of a metric."""

Refused = Mapping[str, int]
"""What GitHub refused: by kind, the number that it was asked for, 0 for a list."""


class LaterAnswers:
    """What GitHub says of the fields that records get later; each thing is asked for once in a run."""

    def __init__(self, context: BackfillContext) -> None:
        self._context = context
        self.kinds = NumberCache(context.github, context.repository)
        self._timelines = set[int]()
        """Pull requests that GitHub has said something of."""
        self._refused: dict[str, TelemetryError] = {}
        self._runs: Mapping[int, Run] | None = None
        self._may_list_runs = False
        """Whether the runs cannot be listed now, but perhaps in the next run."""
        self._asked: dict[str, bool] = {}

    def close(self, records: Sequence[StoredRecord]) -> dict[str, Json]:
        """Return, by path, the records of which a null field is known now."""
        needed = [gaps(record) for record in records]
        kinds = self.kinds.kinds(frozenset[int]().union(*(gap.numbers for gap in needed)))
        runs = self._run_list() if any(gap.run_id is not None for gap in needed) else {}
        closed = {record.path: close_gaps(record, kinds, runs.get, self._timeline) for record in records}
        return {path: record for path, record in closed.items() if record is not None}

    def is_open(self, gap: Gaps) -> bool:
        """Return whether the next run may find what this gap needs, without a change of permissions."""
        waits_for_run = gap.run_id is not None and self._may_list_runs
        waits_for_timeline = gap.timeline not in (None, *self._timelines) and TIMELINES not in self._refused
        return waits_for_run or waits_for_timeline or self.kinds.is_unknown(gap.numbers)

    def refused(self, gap: Gaps) -> Refused:
        """Return what this gap needs and GitHub refuses to this token."""
        numbers = {NUMBERS: min(gap.numbers)} if gap.numbers and self.kinds.failure is not None else {}
        timelines = {TIMELINES: gap.timeline} if gap.timeline is not None and TIMELINES in self._refused else {}
        return {**numbers, **timelines, **(self.refused_list("workflow-job") if gap.run_id is not None else {})}

    def refused_list(self, metric: str) -> Refused:
        """Return the list that has the facts of a metric, if GitHub refuses it or answers 404.

        A token without the permission gets a 404, too.
        """
        name = _LISTS.get(metric)
        return {} if name is None or self._has_list(name) else {name: 0}

    def is_granted(self, refused: Refused) -> bool:
        """Return whether GitHub now answers one of the things that it refused before; asks once in a run for each kind."""
        return any(self._is_granted(kind, example) for kind, example in refused.items())

    def failures(self) -> tuple[str, ...]:
        """Return a sentence for each thing that GitHub refuses."""
        numbers = self.kinds.failure
        timeline = self._refused.get(TIMELINES)
        return (
            *([f"what numbers stand for stays null: {numbers}"] if numbers else []),
            *([f"timelines of pull requests stay null: {timeline}"] if timeline else []),
        )

    def _is_granted(self, kind: str, example: int) -> bool:
        if kind not in self._asked:
            if kind == NUMBERS:
                self._asked[kind] = example in self.kinds.kinds([example])
            elif kind == TIMELINES:
                self._timeline(example, None)
                self._asked[kind] = example in self._timelines
            else:
                self._asked[kind] = self._has_list(kind)
        return self._asked[kind]

    def _has_list(self, name: str) -> bool:
        context = self._context
        lists: dict[str, Callable[[], list[Json]]] = {
            "deployments": lambda: context.deployments,
            "pull requests": lambda: context.pulls,
            RUNS: lambda: context.runs,
        }
        try:
            lists[name]()
        except TelemetryError:
            return False
        return name not in context.absent

    def _run_list(self) -> Mapping[int, Run]:
        """Return the repository's runs by id; empty if they cannot be listed, which the kind of runs reports."""
        if self._runs is None:
            try:
                listed = self._context.runs
            except TelemetryError as error:
                listed, self._may_list_runs = [], _may_pass(error)
            found = ((run.integer_or_none("id"), run) for run in map(Fields, listed))
            self._runs = {
                id: Run(run.text_or_none("event"), run.text_or_none("path")) for id, run in found if id is not None
            }
        return self._runs

    def _timeline(self, number: int, merged_at: int | None) -> tuple[Json, list[str]] | None:
        """Return the timeline of a pull request, and its anomalies; None if it is not known."""
        if TIMELINES in self._refused:
            return None
        context = CollectContext(self._context.github, self._context.settings)
        try:
            timeline = ask_timeline(self.kinds.repository, number, merged_at, context)
        except (MissingPermission, NotAvailable) as error:
            self._refused[TIMELINES] = error
        except RetryableError:
            return None
        except TelemetryError:  # GitHub no longer has the pull request
            self._timelines.add(number)
        else:
            self._timelines.add(number)
            return plain(timeline), context.anomalies
        return None


def _may_pass(error: TelemetryError) -> bool:
    """Return whether a later run may succeed without a change of the token's permissions."""
    return isinstance(error, TransientReadError) or (isinstance(error, Unavailable) and error.retry_after is not None)
