"""Two hundred events at once into a data repository of 30 ms a call, beside a writer of one commit for each event.

The naive writer does what the TypeScript original does: read the head, write a tree, a commit and the branch, and try
twice more where the branch has moved meanwhile.
"""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from pydantic import SecretStr

from benchmarks import emulated
from benchmarks.payloads import SECRET
from benchmarks.results import Result
from cli.demo import burst, sender
from cli.demo.scenario import Story
from core.errors import Conflict
from core.github.api import GitHubApi, TransportError, pooled_session
from core.github.git_data import DataRepository, GitData
from core.github.write_budget import WriteBudget
from core.log import Log
from core.secrets_cache import DATA_TOKEN, SecretsCache
from core.settings import load
from fakes.github.server import FakeGitHub
from fakes.github.transport import serve
from runtimes.local import server
from runtimes.local.health import Health
from runtimes.local.pipeline import Pipeline
from tests.memory_adapters import MemorySecrets

EVENTS = 200
DELAY = 0.03
"""Seconds of every call."""
RETRIES = 2
_OWNER, _OURS, _NAIVE, _TOKEN = "octo-org", "telemetry-data", "naive-data", "benchmark"
_LIMIT = 120.0


class _Written(NamedTuple):
    files: dict[str, bytes]
    commits: int
    requests: int
    writes: int


def run() -> list[Result]:
    """Send a burst through the server and its poller, then write the same records naively."""
    scenario = burst.burst(count=EVENTS)
    github = FakeGitHub(scenario.state, token=_TOKEN)
    with serve(github) as url:
        github.delay = DELAY
        ours = _ours(scenario, github, url)
        naive = {side_by_side: _naive(ours.files, github, url, side_by_side) for side_by_side in (10, 50)}
    facts = sum(scenario.expected.values())
    return [
        Result(f"events at once, {facts} records", EVENTS, ""),
        Result("records lost", facts - len(ours.files), "", 0),
        Result("commits", ours.commits, "", 3),
        Result("write requests per event", ours.writes / EVENTS, "", 0.05),
        Result("requests per event, reads of the sources included", ours.requests / EVENTS, ""),
        *(Result(f"naive, {n} side by side: records lost", lost, "%") for n, (lost, _) in naive.items()),
        *(Result(f"naive, {n} side by side: write requests per event", writes, "") for n, (_, writes) in naive.items()),
    ]


def _ours(scenario: Story, github: FakeGitHub, url: str) -> _Written:
    repository = github.state.data_repository(f"{_OWNER}/{_OURS}")
    git = repository.git
    if git is None:
        raise RuntimeError("a data repository without git")
    before = Counter(github.methods)
    with _serve(url) as (health, address):
        sender.send_all(scenario.deliveries, address, SECRET, lambda: None)
        _wait(health)
    methods = github.methods - before
    files = {path: text for path, text in git.files("main").items() if "_system" not in PurePosixPath(path).parts}
    return _Written(
        files, len(git.log("main")) - 1, methods.total(), methods.total() - methods["GET"] - methods["QUERY"]
    )


@contextmanager
def _serve(url: str) -> Iterator[tuple[Health, str]]:
    """Run a server of our own with STORE=github; yield its health and its URL."""
    with emulated.emulated() as aws:
        secrets: dict[str, Any] = {
            "github_webhook_secret": SecretStr(SECRET),
            "repo_write_access_token": SecretStr(_TOKEN),
        }
        options: dict[str, Any] = {"repo_owner": _OWNER, "repo_name": _OURS, "github_access_token": SecretStr(_TOKEN)}
        endpoint = aws.environment["AWS_ENDPOINT_URL"]
        settings = load(store="github", github_api_url=url, port=0, aws_endpoint_url=endpoint, **options, **secrets)
        health = Health()
        front = server.App(health)
        pipeline = Pipeline(settings, health, Log("error"))
        listening = server.listen(front, settings)
        thread = threading.Thread(target=listening.run, daemon=True)
        try:
            front.open(pipeline.start())
            pipeline.work()
            thread.start()
            yield health, f"http://127.0.0.1:{listening.effective_port}{server.PATH}"
        finally:
            listening.close()
            pipeline.stop()


def _wait(health: Health) -> None:
    ends = time.monotonic() + _LIMIT
    while health.counts()["queued"]:
        if time.monotonic() > ends:
            raise RuntimeError(f"not worked off in {_LIMIT:.0f} s: {health.counts()}")
        time.sleep(0.05)


def _naive(files: dict[str, bytes], github: FakeGitHub, url: str, side_by_side: int) -> tuple[float, float]:
    """Return the share of records that are lost, in percent, and the write requests per event."""
    name = f"{_NAIVE}-{side_by_side}"
    git = github.state.data_repository(f"{_OWNER}/{name}").git
    secrets = SecretsCache(MemorySecrets({DATA_TOKEN: _TOKEN}))
    unbound = WriteBudget(monotonic=itertools.count(step=3600).__next__)  # an hour passes with every look
    api = GitHubApi(pooled_session(), secrets, DATA_TOKEN, url)
    data = GitData(api, DataRepository(_OWNER, name), unbound)
    before = Counter(github.methods)
    with ThreadPoolExecutor(side_by_side) as writers:
        list(writers.map(lambda item: _commit(data, *item), files.items()))
    if git is None:
        raise RuntimeError("a data repository without git")
    methods = github.methods - before
    return 100 * (1 - len(git.files("main")) / len(files)), (methods.total() - methods["GET"]) / EVENTS


def _commit(data: GitData, path: str, content: bytes) -> bool:
    for _ in range(RETRIES + 1):
        head = data.head()
        base = data.tree_of(head) if head is not None else None
        if head is None or base is None:
            return False
        commit = data.make_commit(data.make_tree(base, {path: content}), head, f"Add {path}")
        try:
            data.move(commit)
        except (Conflict, TransportError):
            continue
        return True
    return False
