"""Fills the fields that are null when an event arrives: what a number of a first line is, and which run a job belongs to.

Numbers are asked for 100 at a time across all records of a repository; runs are listed anyway. A timeline that GitHub refused
when the pull request was merged takes a request of its own.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from core.backfill.new_fields import FILLED_LATER
from core.backfill.stored_records import StoredRecord, schema_of
from core.events import SCHEMA
from core.metrics._timeline import TIMELINE_NOT_AVAILABLE
from core.payload import Json

_REVIEWS = "code-review-involvement"
_COMMITS = {"commits-per-pr": ("commits", "commit_timestamps", "number")}
_CHANGES = ("changes", "commits", "pr_number")
_OF_RUN = ("run_event", "workflow_path")
_ABSENT = "absent"


TimelineOf = Callable[[int, int | None], tuple[Json, list[str]] | None]
"""Returns the timeline of a pull request until it was merged, and the anomalies of that; None if it is not known."""


class Run(NamedTuple):
    """What a job's record needs of its workflow run."""

    event: str | None
    path: str | None


class Gaps(NamedTuple):
    """What a record still needs."""

    numbers: frozenset[int] = frozenset()
    run_id: int | None = None
    timeline: int | None = None
    """The number of the pull request whose timeline could not be read when it was merged."""

    def __bool__(self) -> bool:
        """Return whether it needs anything."""
        return bool(self.numbers) or self.run_id is not None or self.timeline is not None


def gaps(stored: StoredRecord) -> Gaps:
    """Return what a record of the present schema still needs."""
    if schema_of(stored.record) != SCHEMA or stored.metric not in FILLED_LATER:
        return Gaps()
    output = stored.record["output"]
    if stored.metric == "workflow-job":
        run_id = output.get("run_id")
        needs_run = any(name in output and output[name] is None for name in _OF_RUN)
        return Gaps(run_id=run_id if needs_run and type(run_id) is int else None)
    if stored.metric == _REVIEWS:
        return Gaps(timeline=_pull_without_timeline(stored.record))
    return Gaps(frozenset(item[key] for item, key in _numbered(stored.metric, output)))


def numbers_of(stored: StoredRecord) -> frozenset[int]:
    """Return the numbers that a record of any schema will need, as far as it has them, for the estimate."""
    if stored.metric not in FILLED_LATER or stored.metric == _REVIEWS:
        return frozenset()
    is_older = schema_of(stored.record) < SCHEMA
    return frozenset(item[key] for item, key in _numbered(stored.metric, stored.record["output"], is_older=is_older))


def close_gaps(
    stored: StoredRecord, kinds: Mapping[int, str], run_of: Callable[[int], Run | None], timeline_of: TimelineOf
) -> Json | None:
    """Return the record with what is known now; None if nothing changes."""
    output, changed = stored.record["output"], False
    if stored.metric == _REVIEWS:
        return _with_timeline(stored, timeline_of)
    if stored.metric == "workflow-job":
        needed = gaps(stored)
        run = run_of(needed.run_id) if needed.run_id is not None else None
        known = dict(zip(_OF_RUN, run or (), strict=False))
        filled = {name: known[name] for name in known if output.get(name) is None and known[name] is not None}
        return {**stored.record, "output": {**output, **filled}} if filled else None
    for item, key in _numbered(stored.metric, output):
        if item[key] in kinds:
            item["number_kind"] = kinds[item[key]]
            changed = True
    return stored.record if changed else None


def _pull_without_timeline(record: Json) -> int | None:
    output = record["output"]
    number, anomalies = output.get("number"), record.get("anomalies")
    if type(number) is not int or type(anomalies) is not list or TIMELINE_NOT_AVAILABLE not in anomalies:
        return None
    return number if output.get("merged") is True and output.get("timeline") is None else None


def _with_timeline(stored: StoredRecord, timeline_of: TimelineOf) -> Json | None:
    number, output = gaps(stored).timeline, stored.record["output"]
    merged_at = output.get("merged_at")
    known = timeline_of(number, merged_at if type(merged_at) is int else None) if number is not None else None
    if known is None:
        return None
    timeline, added = known
    others = [anomaly for anomaly in stored.record["anomalies"] if anomaly != TIMELINE_NOT_AVAILABLE]
    anomalies = list(dict.fromkeys([*others, *added]))
    return {**stored.record, "output": {**output, "timeline": timeline}, "anomalies": anomalies}


def _numbered(metric: str, output: Json, *, is_older: bool = False) -> Iterator[tuple[Json, str]]:
    """Yield each commit of a record whose number is of an unknown kind, and the name of its number.

    A record of an older schema does not have the field yet.
    """
    outer, inner, key = _COMMITS.get(metric, _CHANGES)
    commits = output.get(outer)
    items = commits.get(inner) if type(commits) is dict else None
    for item in items if type(items) is list else ():
        if (
            type(item) is dict
            and type(item.get(key)) is int
            and item.get("number_kind", _ABSENT) == (_ABSENT if is_older else None)
        ):
            yield item, key
