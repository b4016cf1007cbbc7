"""A thousand merged pull requests in one invocation of 300 s, where each call of GitHub takes a second.

Time runs ten times as fast: a call takes 0.1 s, and the function's remaining time shrinks by ten seconds a second. What our own code
and the fake GitHub in this process take counts tenfold, so the real worker stores rather more. Everything else is the real thing: the
Lambda handler, its collector threads, HTTP, and the commit to a data repository at the same latency.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest import mock

from benchmarks.results import Result
from core import message
from core.clock import now
from core.events import SignedTriggerEvent
from core.github.api import GitHubApi, pooled_session
from core.github.git_data import DataRepository, GitData
from core.github.reader import GitHubClient
from core.github.write_budget import WriteBudget
from core.log import Log
from core.secrets_cache import DATA_TOKEN, SOURCE_TOKEN, SecretsCache
from core.services import WorkerServices
from core.settings import load
from core.stores.github_repo import GitHubRepoStore
from fakes.github.server import FakeGitHub
from fakes.github.state import Commit, File, PullRequest
from fakes.github.transport import serve
from runtimes.aws import worker, worker_wiring
from tests.memory_adapters import MemoryQueue, MemorySecrets

EVENTS = 1000
INVOCATION = 300.0
"""Seconds: Terraform's `queue.worker_timeout`."""
LATENCY = 1.0
"""Seconds of every call."""
FASTER = 10.0
_OWNER, _SOURCE, _DATA, _TOKEN = "octo-org", "hello-world", "telemetry-data", "benchmark"
_NOW = 1_795_500_000_000
_MOST_INVOCATIONS = 5


class _Invocation(NamedTuple):
    stored: int
    back: int
    seconds: float
    """As the function sees them."""


class _Context:
    """Lambda's, in faster time."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        return (time.monotonic() - self._begun) * FASTER

    def get_remaining_time_in_millis(self) -> int:
        return round((INVOCATION - self.seconds) * 1000)


def run() -> list[Result]:
    """Measure the first invocation, and how many it takes to finish."""
    github = FakeGitHub(token=_TOKEN)
    source = github.state.repository(f"{_OWNER}/{_SOURCE}")
    for number in range(1, EVENTS + 1):
        source.pulls[number] = PullRequest([Commit(f"{number:040x}", _NOW, _NOW)], [File("README.md")])
    git = github.state.data_repository(f"{_OWNER}/{_DATA}").git
    with serve(github) as url, _services(url):
        github.delay = LATENCY / FASTER
        waiting = [message.encode(_merged_event(number)) for number in range(1, EVENTS + 1)]
        invocations: list[_Invocation] = []
        while waiting and len(invocations) < _MOST_INVOCATIONS:
            result, waiting = _invoke(waiting)
            invocations.append(result)
    if git is None:
        raise RuntimeError("a data repository without git")
    stored = sum("/code-review-involvement/" in path for path in git.files("main"))
    first = invocations[0]
    return [
        Result("events stored by the first invocation, of 1,000", first.stored, ""),
        # three requests of a second each, eight at a time
        Result("events that came back", first.back, "", EVENTS * 0.4),
        Result("its time, of 300 s", first.seconds, "s", INVOCATION - worker.MARGIN),
        Result("invocations until all are stored", len(invocations), "", 2),
        Result("events lost", EVENTS - stored, "", 0),
    ]


def _invoke(waiting: list[str]) -> tuple[_Invocation, list[str]]:
    records = [
        {"messageId": str(n), "receiptHandle": str(n), "body": body, "attributes": {"ApproximateReceiveCount": "1"}}
        for n, body in enumerate(waiting)
    ]
    context = _Context()
    answer = worker.handler({"Records": records}, context)
    seconds = context.seconds
    back = [waiting[int(failure["itemIdentifier"])] for failure in answer["batchItemFailures"]]
    return _Invocation(len(waiting) - len(back), len(back), seconds), back


class _Queue(MemoryQueue):
    """Deferred messages are those of the batch, which are not in it."""

    def hide(self, message: Any, delay: int) -> None:
        """Do nothing: the message is received again by the next invocation."""


@contextmanager
def _services(url: str) -> Iterator[None]:
    """Make the handler's composition root be of this benchmark."""
    settings, log = load(github_api_url=url), Log("error")
    secrets = SecretsCache(MemorySecrets({SOURCE_TOKEN: _TOKEN, DATA_TOKEN: _TOKEN}))
    session, budget = pooled_session(), WriteBudget()
    git = GitData(GitHubApi(session, secrets, DATA_TOKEN, url), DataRepository(_OWNER, _DATA), budget)
    store = GitHubRepoStore(git, budget, log)
    queue = _Queue(time.monotonic)
    services = WorkerServices(settings, store, GitHubClient(session, secrets, url), queue, now, log)
    with mock.patch.object(worker_wiring, "worker_services", return_value=services):
        yield


def _merged_event(number: int) -> SignedTriggerEvent:
    times = dict.fromkeys(("created_at", "updated_at", "closed_at", "merged_at"), "2026-11-24T06:00:00Z")
    pull = {"id": number, "number": number, "merged": True, "head": {"sha": f"{number:040x}"}, **times}
    repository = {"id": 1, "name": _SOURCE, "owner": {"login": _OWNER}}
    payload = {"action": "closed", "pull_request": pull, "repository": repository}
    return SignedTriggerEvent("github::pull_request", f"d-{number}", now(), payload)
