"""Records that land in batches: corrected, renamed and repeated ones, of both schemas, and lines that are no records."""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from core.backfill.new_fields import NEW_FIELDS
from tests.builders import NOW
from tests.engines.landed_records import line_of
from tests.integration.warehouse.answers import file
from tests.integration.warehouse.ingest.test_merge_rejects import CASES
from tests.integration.warehouse.random_batches import batches
from tests.unit.core.backfill.older_records import remove
from tests.unit.warehouse.record_factory import METRICS, content, record, text
from warehouse.ingest.value_checks import IN_THE_FUTURE

Batch = dict[str, bytes]
LATER = NOW + 60_000
RANDOM = 150
"""Records of each random batch."""


def batch_list() -> list[Batch]:
    """Return the files of each batch."""
    collected = [record(metric) for metric in METRICS]
    first = {item.path: content(item) for item in collected}
    older = {path: made for path, entry in first.items() if (made := _older(entry, created_at=NOW + 5))}
    again = [record(metric, received_at=LATER) for metric in METRICS]
    changed = [
        record("commits-per-pr", status="networkError", received_at=LATER),
        record("deployment", status="networkError", deployment__id=7),
        record("check-suite", check_suite__updated_at="2026-11-20T10:00:00Z"),
        record("check-suite", check_suite__updated_at="2026-11-21T00:00:00Z", received_at=NOW - 1),
        record("workflow-job", workflow_job__run_attempt=3),
        record("workflow-job", workflow_job__run_attempt=None, workflow_job__id=7),
        record("review", received_at=LATER, repository__name="renamed"),
        record("release-versions", repository__id=7, repository__name="other"),
        record("release-versions", repository__id=None, repository__name="Other"),
        record("tooling-usage", repo="renamed"),
        record("tooling-usage", repository_id=186853002, status="networkError"),
    ]
    others = {item.path: content(item) for item in changed}
    job, suite = record("workflow-job", workflow_job__id=8), record("check-suite", check_suite__id=9)
    odd = {
        job.path: text(
            job, output__duration=-1, output__started_at=-5, output__steps=_steps(), anomalies=["missing_time"]
        ),
        suite.path: text(suite, output__pull_requests=None, output__head_branch="é\u2028\\'\"😀", x={"new": [1]}),
        f"spaces/{suite.path}": json.dumps(json.loads(text(suite, output__id=10, id=_id(suite, "10-1")))).encode(),
    }
    return [first | odd, others, older | _schema_1(), {item.path: content(item) for item in again}, *_random()]


def lines(order: list[Batch] | None = None) -> list[tuple[str, str, str]]:
    """Return the rows of `landed`: each batch within an hour of its own, every second one twice."""
    rows: list[tuple[str, str, str]] = []
    for number, batch in enumerate(order or batch_list()):
        for hour in ("00", "07") if number % 2 else ("06",):
            rows += [(line_of(path, entry), f"2026-11-{10 + number}", hour) for path, entry in batch.items()]
    return rows


@cache
def hostile() -> tuple[tuple[str, str], ...]:
    """Return lines that are no records, with the reasons of `telemetry merge`.

    Not among them: what is not UTF-8, as no engine has it as text, and what only a merge rejects: a key that is there twice, and
    an unknown number of 5,000 digits.
    """
    left_out = ("not UTF-8", "a key is there twice", "a number is too long")
    listed = []
    for number, (entry, reason) in enumerate(CASES):
        if reason not in left_out:  # a line has no end of a line within it
            listed.append((line_of(f"{number}.json", entry).replace("\n", " "), reason))
    return (*listed, ('{"path":"x","output":{}', "not JSON"), ("a\u0000b\tc\u0001", "not JSON"))


def future() -> Batch:
    """Return the records among the hostile lines whose time passes."""
    return {f"{n}.json": entry for n, (entry, reason) in enumerate(CASES) if reason.endswith(IN_THE_FUTURE)}


def shallow() -> tuple[tuple[str, str], ...]:
    """Return the hostile lines without one of 100,000 lists in each other, for which WebAssembly has no stack."""
    return tuple((line, reason) for line, reason in hostile() if reason != "nested too deeply")


def rejects(words: dict[str, str], lines: Iterable[tuple[str, str]] | None = None) -> list[tuple[str, str]]:
    """Return the rejects of the hostile lines, in order, with the words of an engine for a reason.

    A record of the future is there as its id, because it becomes a fact later.
    """
    found = []
    for line, reason in hostile() if lines is None else lines:
        name = json.loads(line)["id"] if reason.endswith(IN_THE_FUTURE) else line
        found.append((name, words.get(reason, reason.removesuffix(", with fields"))))
    return sorted(found)


def _older(entry: bytes, **changes: Any) -> bytes | None:
    """Return a record as schema 1 had it; None if its metric had no schema 1 of its own."""
    older = json.loads(entry)
    later = NEW_FIELDS.get(older["metric_signature"])
    if later is None:
        return None
    for name in later.names():
        remove(older["output"], name)
    return (json.dumps({**older, "schema": 1, **changes}, separators=(",", ":")) + "\n").encode()


def _schema_1() -> Batch:
    """Return records that exist in schema 1 only."""
    items = [record("workflow-job", workflow_job__id=11), record("deployment", deployment__id=11)]
    return {item.path: older for item in items if (older := _older(content(item)))}


def _steps() -> list[dict[str, Any]]:
    step = {"name": "test", "conclusion": None, "number": 1, "started_at": -62_135_596_800_000, "duration": -5}
    return [step, {"name": None, "number": 2, "started_at": 1_795_500_000_123, "completed_at": 0}]


def _id(item: Any, key: str) -> str:
    return f"{item.event.owner}/{item.event.repo}/{item.event.metric_signature}/{key}"


def _random() -> Iterator[Batch]:
    _, parts = batches(1, 3)
    for part in parts:
        yield dict(map(file, part[:RANDOM]))
