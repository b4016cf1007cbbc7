"""Each metric's own work on one event, without network: what a worker does between the queue and the store."""

import itertools
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.payloads import webhook
from benchmarks.results import Result
from benchmarks.timing import measure
from core.add_signature import add_signature
from core.collect_metrics import collect
from core.errors import NotAvailable
from core.events import SignedTriggerEvent, TriggerEvent
from core.log import Log
from core.metric import Metric
from core.metrics import all_metrics
from core.payload import Json
from core.services import WorkerServices
from core.settings import Settings
from tests.memory_adapters import MemoryQueue

STEPS, MORE_STEPS = 12, 112
EVENTS = 200
"""In turns, each at its own time: nothing that one event left in a cache helps the next."""
SECONDS = 1.0
_PROMISES = {"check-suite": 50.0, "release-versions": 50.0, "workflow-job": 100.0}
"""Microseconds."""
_MORE = 8.0
"""Microseconds of each further step of a job."""
_LONG = "a long workflow-job"
_TAG_ALONE = "release-versions: the payload alone"
"""The promise of 50 µs is older than what a tag brings: the query for the release before and the comparison with it. They are most
of the work on a tag, and each object of their answers is checked, so the whole does not keep it."""
_PAYLOADS = {
    "github::check_suite": "check_suite",
    "github::create": "create_tag",
    "github::deployment": "deployment",
    "github::deployment_status": "deployment_status",
    "github::issues": "issues",
    "github::pull_request": "pull_request_merged",
    "github::pull_request_review": "pull_request_review",
    "github::workflow_job": "workflow_job",
    "github::workflow_run": "workflow_run",
    "deven::comparison": "comparison",
    "deven::tooling-usage": "tooling_usage",
}


def run() -> list[Result]:
    """Measure the medians of the quietest stretch, and the requests to GitHub per metric."""
    metrics = {metric.name: metric for metric in all_metrics()}
    reads = {name: _GitHub() for name in metrics}
    ways = {name: _collecting(metric, STEPS, reads[name]) for name, metric in metrics.items()}
    ways[_LONG] = _collecting(metrics["workflow-job"], MORE_STEPS, _GitHub())
    ways[_TAG_ALONE] = _collecting(metrics["release-versions"], STEPS, _Refusing())
    asked = {name: _count_requests(ways[name], github) for name, github in reads.items()}
    micros = {name: timing.quiet * 1e6 for name, timing in measure(ways, SECONDS).items()}
    results = [
        result
        for name in metrics
        for result in (Result(name, micros[name], "µs", _PROMISES.get(name)), Result(f"{name}: reads", asked[name], ""))
        if result.unit or result.value
    ]
    further = (micros[_LONG] - micros["workflow-job"]) / (MORE_STEPS - STEPS)
    alone = Result(_TAG_ALONE, micros[_TAG_ALONE], "µs", _PROMISES["release-versions"])
    return [*results, alone, Result("workflow-job: each further step", further, "µs", _MORE)]


def _count_requests(once: Callable[[], object], github: "_GitHub") -> int:
    once()
    return github.reads


class _GitHub:
    """Answers at once, with one item or file, and counts how often it is asked."""

    def __init__(self) -> None:
        self.reads = 0

    def pages(self, *_: object) -> Iterator[Json]:
        self.reads += 1
        person = {"date": "2026-11-20T10:00:00Z"}
        yield {"filename": "README.md", "commit": {"author": person, "committer": person}, "id": 1, **_DEPLOYED}

    def page(self, *_: object) -> tuple[list[Json], None]:
        return list(self.pages()), None

    def file(self, *_: object, ref: str | None = None) -> bytes:  # noqa: ARG002 (the port's own)
        self.reads += 1
        return b'{"version":"1.2.3"}'

    def graphql(self, *_: object) -> Json:
        self.reads += 1
        return {"repository": {"pullRequest": {}, "tag": _TAG, "adjacent": None, **dict.fromkeys(_SEARCHES, _FOUND)}}

    def object(self, _: str) -> Json:
        self.reads += 1
        return {"status": "ahead", "total_commits": 1, "commits": [{"sha": "0" * 40, "commit": {"message": "x"}}]}


class _Refusing(_GitHub):
    """Has no GraphQL."""

    def graphql(self, *_: object) -> Json:
        raise NotAvailable("no GraphQL")


_COMMIT = {"__typename": "Commit", "oid": "0" * 40, "committedDate": "2026-11-20T10:00:00Z"}
_TAG = {"name": "v1.2.3", "target": _COMMIT}
_FOUND = {
    "totalCount": 2,
    "pageInfo": {"hasNextPage": False},
    "nodes": [_TAG, {"name": "v1.2.2", "target": _COMMIT | {"oid": "1" * 40}}],
}
_SEARCHES = ("line", "major", "minor", "below_major", "below_minor", "padded_major", "padded_minor")
_MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
_DEPLOYED = {"created_at": "2020-01-01T00:00:00Z", "environment": "production", "sha": "1" * 40, "state": "success"}


def _event(metric: Metric, steps: int, number: int) -> SignedTriggerEvent:
    payload = webhook(_PAYLOADS[metric.trigger])
    if "workflow_job" in payload:
        payload["workflow_job"]["steps"] = [_step(number) for number in range(1, steps + 1)]
    source, _, name = metric.trigger.partition("::")
    _at_another_time(payload, number)
    event = add_signature(
        TriggerEvent(source, name, "72d3162e-cc78-11e3-81ab-4c9367dc0958", 1_795_500_000_000, payload)
    )
    if event is None or not metric.applies(event):
        raise RuntimeError(f"{metric.name} does not apply to its payload")
    return event


def _at_another_time(value: Any, number: int) -> None:
    """Move all times in a value by some minutes."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if isinstance(item, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", item):
            value[key] = (datetime.fromisoformat(item) + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        _at_another_time(item, number)


def _step(number: int) -> Json:
    """Return a step of a job, as GitHub reports it: it takes seven seconds and begins when the previous one ends."""
    begins, ends = (_MIDNIGHT + timedelta(seconds=7 * n) for n in (number, number + 1))
    times = {"started_at": f"{begins:%Y-%m-%dT%H:%M:%SZ}", "completed_at": f"{ends:%Y-%m-%dT%H:%M:%SZ}"}
    return {
        "name": f"Run unit tests {number}",
        "conclusion": "success",
        "number": number,
        "status": "completed",
        **times,
    }


def _collecting(metric: Metric, steps: int, github: _GitHub) -> Callable[[], object]:
    unused: Any = None
    queue = MemoryQueue(time.monotonic)
    services = WorkerServices(Settings.model_construct(), unused, github, queue, lambda: 0, Log("error"))
    events = itertools.cycle([_event(metric, steps, number) for number in range(EVENTS)])
    return lambda: collect(metric, next(events), services)
