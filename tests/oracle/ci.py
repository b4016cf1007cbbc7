"""Section 12: CI duration, queue time and percentiles."""

from collections import defaultdict
from itertools import pairwise
from typing import Any, NamedTuple

from tests.oracle.facts import Fact, knows
from tests.oracle.items import Item, Key, known, unknown
from tests.oracle.pulls import Facts
from tests.oracle.settings import Settings

ENOUGH = {0.9: 10, 0.95: 20}
ENDED = ("success", "failure", "timed_out")
WAIT_NOT_KNOWN = "whether it waited for an approval is not known"


def percentile(values: list[float], share: float) -> float | None:
    """ "Percentiles interpolate linearly; p90 needs 10 items, p95 20." """
    if not values or len(values) < ENOUGH.get(share, 1):
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


class Job(NamedTuple):
    """A job that ran: when it was queued, and how long it waited for an approval."""

    created: int | None
    started: int
    completed: int
    wait: int | None
    """None: not known."""


def _wait(fact: Fact) -> int | None:
    """Return how long it waited: 0 without an environment; None if the record does not say."""
    output = fact.output
    if output.get("approval_wait") is not None:
        wait: int = output["approval_wait"]
        return wait
    return 0 if knows(fact, "labels", "environment") and output.get("environment") is None else None


def _service(settings: Settings, fact: Fact) -> str:
    return settings.of_repository(fact.name)[0].name


def queue_times(facts: Facts, settings: Settings) -> dict[Key, Item]:
    """Return the time from a job's queueing to its start, without its wait for an approval."""
    result: dict[Key, Item] = {}
    for fact in facts["workflow-job"]:
        output: dict[str, Any] = fact.output
        if output.get("is_copy") or output["conclusion"] == "skipped" or output["started_at"] is None:
            continue
        key = (_service(settings, fact), "", str(output["id"]))
        wait = _wait(fact)
        if output["created_at"] is None or output["started_at"] < output["created_at"]:
            result[key] = unknown("its times are not known")
        elif wait is None and output["started_at"] != output["created_at"]:
            result[key] = unknown(WAIT_NOT_KNOWN)
        else:
            result[key] = known(max(0, output["started_at"] - output["created_at"] - (wait or 0)))
    return result


def ci_durations(facts: Facts, settings: Settings) -> dict[Key, Item]:
    """Return the time from the start of the first to the end of the last job of each attempt at a run.

    Where no job succeeded or failed, the attempt was cancelled: its time is not that of its work.
    """
    runs: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in facts["workflow-job"]:
        output = fact.output
        is_run = output.get("run_id") is not None and not output.get("is_copy")
        if is_run and output["conclusion"] != "skipped" and output["started_at"] is not None:
            name = f"{output['workflow_name'] or ''} {output['run_id']}#{output['run_attempt'] or 1}"
            runs[_service(settings, fact), name].append(fact)
    return {
        (service, "", name): _duration(jobs)
        for (service, name), jobs in runs.items()
        if any(job.output["conclusion"] in ENDED for job in jobs)
    }


def _duration(records: list[Fact]) -> Item:
    if any(fact.output["completed_at"] is None for fact in records):
        return unknown("its end is not known")
    jobs = [
        Job(fact.output["created_at"], fact.output["started_at"], fact.output["completed_at"], _wait(fact))
        for fact in records
    ]
    start, end = min(job.started for job in jobs), max(job.completed for job in jobs)
    if end < start:
        return unknown("its times are out of order")
    least, most = (end - start - _waiting(jobs, start, end, unknown_waits=flag) for flag in (True, False))
    return known(most) if least == most else unknown(WAIT_NOT_KNOWN)


def _waiting(jobs: list[Job], start: int, end: int, *, unknown_waits: bool) -> int:
    """Return the time "in which no job was queued or running and one waited for an approval".

    A job waits first, then it is queued, then it runs. With `unknown_waits` all of a queue that may be a wait is one.
    """
    waits, busy = [], []
    for job in jobs:
        created = job.created if job.created is not None else job.started
        longest = max(0, job.started - created)
        wait = (longest if unknown_waits else 0) if job.wait is None else min(job.wait, longest)
        waits.append((created, created + wait))
        busy.append((created + wait, job.completed))
    points = sorted({start, end, *(point for span in waits + busy for point in span if start < point < end)})
    total = 0
    for left, right in pairwise(points):
        is_busy = any(first <= left and right <= last for first, last in busy)
        is_waiting = any(first <= left and right <= last for first, last in waits)
        total += right - left if is_waiting and not is_busy else 0
    return total
