"""Write record files as the product stores them: the activity of 40 repositories in half a year, in a realistic mix.

A cycle of a repository is a change that is reviewed, checked, merged and deployed (`benchmarks/cycles.py`). Most of its
records are jobs of 12 steps and check suites. They are copies of what the collectors make of a webhook, with other ids,
commits and days.
"""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.cycles import Cycle, linked_records
from benchmarks.payloads import webhook
from core.add_signature import add_signature
from core.collect_metrics import collect
from core.events import Record, TriggerEvent, plain
from core.log import Log
from core.metrics import listening_to
from core.payload import Json
from core.record_file import to_json
from core.services import WorkerServices
from core.settings import Settings
from tests.memory_adapters import MemoryQueue

REPOSITORIES, DAYS = 40, 180
RECORDS_PER_CYCLE = 18
"""The mean, rounded down, which spreads the cycles over the days: none is in the future."""
_DAY = 86_400_000
_STEPS = (
    "Set up job",
    "Run actions/checkout@v4",
    "Run actions/setup-node@v4",
    "Run npm ci",
    "Run npm run build",
    "Run npm run lint",
    "Run unit tests",
    "Run end-to-end tests",
    "Run actions/upload-artifact@v4",
    "Post Run actions/setup-node@v4",
    "Post Run actions/checkout@v4",
    "Complete job",
)
_NOW = 1_795_500_000_000
_SUITES, _JOBS = 3, 4
_FAILING_JOB = 9
"""Every ninth cycle has a job that fails."""
_VARIABLE = re.compile(r"(\b\d{13}\b|@ID@|@REPO@|@REPO_ID@|@SHA@|@RUN@|\d{4}-\d\d-\d\d)")


class Template(NamedTuple):
    """A record in pieces; every second one is a time, a day, an id, a commit or the repository."""

    path: list[str]
    text: list[str]

    def at(self, cycle: Cycle, number: int) -> tuple[str, bytes]:
        """Return path and content of another fact of this kind, in a cycle; `number` distinguishes those of one cycle."""
        values = {
            "@ID@": str(cycle.first_id + number),
            "@REPO@": cycle.repo,
            "@REPO_ID@": str(cycle.repository_id),
            "@SHA@": cycle.sha,
            "@RUN@": str(cycle.first_id),
        }
        days = (_NOW - cycle.merged_at) // _DAY
        return _fill(self.path, values, days), _fill(self.text, values, days).encode()


def write(folder: Path, amount: int, first: int = 0, repositories: int = REPOSITORIES) -> list[str]:
    """Write `amount` records, beginning with the cycle of a number, and return their paths.

    The cycles from 0 on end a day before the newest ones; those from another number on are of the last day. They may be of
    the first repositories only.
    """
    paths = []
    folders: set[Path] = set()
    for path, content in islice(_records(first, amount, repositories), amount):
        target = folder / path
        if target.parent not in folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            folders.add(target.parent)
        target.write_bytes(content)
        paths.append(str(target))
    return paths


def _records(first: int, amount: int, repositories: int) -> Iterator[tuple[str, bytes]]:
    jobs, failed_jobs = _templates("workflow_job"), _templates("workflow_job", "failure")
    suites = _templates("check_suite")
    rounds = max(1, amount // RECORDS_PER_CYCLE // repositories)
    for number in count(first):
        if number % REPOSITORIES >= repositories:
            continue
        passed = (number - first) // REPOSITORIES / rounds
        begins = _NOW - _DAY if first else _NOW - DAYS * _DAY
        span = _DAY // 2 if first else (DAYS - 1) * _DAY
        cycle = Cycle(number, REPOSITORIES, begins + round(passed * span))
        yield from linked_records(cycle)
        for job in range(_JOBS):
            fails = job == 0 and number % _FAILING_JOB == 0
            yield from (template.at(cycle, job) for template in (failed_jobs if fails else jobs))
        for suite in range(_SUITES):
            yield from (template.at(cycle, suite) for template in suites)


def _templates(name: str, conclusion: str = "success") -> list[Template]:
    payload = webhook(name)
    payload[name]["conclusion"] = conclusion
    if name == "workflow_job":
        payload[name]["steps"] = [_step(number) for number in range(len(_STEPS))]
    event = add_signature(TriggerEvent("github", name, "72d3162e-cc78-11e3-81ab-4c9367dc0958", _NOW, payload))
    if event is None:
        raise RuntimeError(f"{name} is no event of ours")
    unused: Any = None
    services = WorkerServices(
        Settings.model_construct(), unused, _GitHub(), MemoryQueue(time.monotonic), lambda: _NOW, Log("error")
    )
    return [_template(collect(metric, event, services)) for metric in listening_to(event) if metric.applies(event)]


def _template(record: Record) -> Template:
    event = record.event
    placeholders = {str(event.output["id"]): "@ID@", event.repo: "@REPO@", str(event.repository_id): "@REPO_ID@"}
    placeholders |= {
        str(event.output[field]): place
        for field, place in {"head_sha": "@SHA@", "run_id": "@RUN@"}.items()
        if event.output.get(field)
    }
    path, text = record.path, to_json(plain(event)) + "\n"
    for value, name in placeholders.items():
        path, text = path.replace(value, name), text.replace(value, name)
    return Template(_VARIABLE.split(path), _VARIABLE.split(text))


def _fill(pieces: list[str], values: dict[str, str], days: int) -> str:
    filled = list(pieces)
    filled[1::2] = [values.get(piece) or _earlier(piece, days) for piece in pieces[1::2]]
    return "".join(filled)


def _earlier(piece: str, days: int) -> str:
    if piece.isdigit():
        return str(int(piece) - days * _DAY)
    return (datetime.fromisoformat(piece) - timedelta(days=days)).date().isoformat()


def _step(number: int) -> Json:
    begins, ends = (datetime(2026, 11, 20, 10, tzinfo=UTC) + timedelta(seconds=7 * n) for n in (number, number + 1))
    times = {"started_at": f"{begins:%Y-%m-%dT%H:%M:%SZ}", "completed_at": f"{ends:%Y-%m-%dT%H:%M:%SZ}"}
    return {"name": _STEPS[number % len(_STEPS)], "conclusion": "success", "number": number + 1, **times}


class _GitHub:
    """Answers every request at once, with one item."""

    def pages(self, *_: object) -> Iterator[Json]:
        yield {"id": 1, "created_at": None}

    def page(self, *_: object) -> tuple[list[Json], None]:
        return list(self.pages()), None

    def file(self, *_: object, ref: str | None = None) -> bytes | None:
        raise RuntimeError(str(ref))

    def graphql(self, *_: object) -> Json:
        return {"repository": {"pullRequest": {}}}

    def object(self, path: str) -> Json:
        raise RuntimeError(path)
