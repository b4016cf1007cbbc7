"""Files as the product stores them, as many as wanted: what the collectors make of four webhooks, on other days.

40 % jobs of 12 steps, 30 % check suites, 20 % merged pull requests, 10 % deployments; in 40 repositories, and a folder
for each day of half a year.
"""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.payloads import webhook
from core.add_signature import add_signature
from core.collect_metrics import collect
from core.events import Record, TriggerEvent, plain
from core.log import Log
from core.metrics import listening_to
from core.payload import Json
from core.services import WorkerServices
from core.settings import Settings
from core.store_data import to_json
from tests.memory_adapters import MemoryQueue

REPOSITORIES, DAYS = 40, 180
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
_FIRST = 3_000_000_000
"""The smallest id: of as many digits as GitHub's are."""
_MIX = ("workflow_job", "check_suite", "workflow_job", "pull_request_merged", "check_suite") * 2
_EVENTS = (*_MIX[:-2], "deployment", "workflow_job")
_NAMES = {"pull_request_merged": "pull_request"}
_VARIABLE = re.compile(r"(\b\d{13}\b|@ID@|@REPO@|@REPO_ID@|\d{4}-\d\d-\d\d)")


class Template(NamedTuple):
    """A record in pieces; every second one is a time, a day, the fact's id, or its repository."""

    path: list[str]
    text: list[str]

    def at(self, number: int, days: int) -> tuple[str, bytes]:
        """Return path and content of another fact of this kind, some days earlier."""
        repo = number // len(_EVENTS) % REPOSITORIES
        values = {"@ID@": str(_FIRST + number), "@REPO@": f"service-{repo}", "@REPO_ID@": str(186_853_002 + repo)}
        return _fill(self.path, values, days), _fill(self.text, values, days).encode()


def write(folder: Path, amount: int, first: int = 0, days: int = DAYS) -> list[str]:
    """Write `amount` records, beginning with the fact of a number, and return their paths."""
    paths = []
    folders: set[Path] = set()
    for path, content in islice(_records(first, days), amount):
        target = folder / path
        if target.parent not in folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            folders.add(target.parent)
        target.write_bytes(content)
        paths.append(str(target))
    return paths


def _records(first: int, days: int) -> Iterator[tuple[str, bytes]]:
    templates = {name: _templates(name) for name in set(_EVENTS)}
    for number in count(first):
        for template in templates[_EVENTS[number % len(_EVENTS)]]:
            yield template.at(number, number // len(_EVENTS) // REPOSITORIES % days)


def _templates(name: str) -> list[Template]:
    payload = webhook(name)
    if "workflow_job" in payload:
        payload["workflow_job"]["steps"] = [_step(number) for number in range(len(_STEPS))]
    event = add_signature(
        TriggerEvent("github", _NAMES.get(name, name), "72d3162e-cc78-11e3-81ab-4c9367dc0958", _NOW, payload)
    )
    if event is None:
        raise RuntimeError(f"{name} is no event of ours")
    unused: Any = None
    services = WorkerServices(
        Settings.model_construct(), unused, _GitHub(), MemoryQueue(time.monotonic), lambda: _NOW, Log("error")
    )
    return [_template(collect(metric, event, services)) for metric in listening_to(event) if metric.applies(event)]


def _template(record: Record) -> Template:
    event = record.event
    own = event.output.get("id") or event.output["pr_id"]
    placeholders = {str(own): "@ID@", event.repo: "@REPO@", str(event.repository_id): "@REPO_ID@"}
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
    """Answers at once, with one commit, file or deployment."""

    def pages(self, *_: object) -> Iterator[Json]:
        person = {"date": "2026-11-20T10:00:00Z"}
        yield {"filename": "README.md", "commit": {"author": person, "committer": person}, "id": 1, "created_at": None}

    def page(self, *_: object) -> tuple[list[Json], None]:
        return list(self.pages()), None

    def file(self, *_: object, ref: str | None = None) -> bytes:  # noqa: ARG002 (the port's own)
        return b'{"version":"1.2.3"}'

    def graphql(self, *_: object) -> Json:
        return {"repository": {"pullRequest": {}}}

    def object(self, path: str) -> Json:
        raise RuntimeError(path)
