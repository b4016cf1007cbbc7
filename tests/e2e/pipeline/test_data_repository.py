"""STORE=github: bursts, outages, two writers and everything that a data repository can refuse."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from core.batch import work
from core.message import encode
from core.services import WorkerServices
from fakes.github.response import Response
from fakes.github.server import FakeGitHub
from fakes.github.state import Repository
from fakes.github.transport import serve
from runtimes.local.wiring import Clients
from tests.builders import SECRET, Clock, Lines, processing, signed, webhook
from tests.e2e.server import Server, wait_for, without_volatile
from tests.git_branch import API, NAME, OWNER, TOKEN, DataBranch
from tests.github_emulator import SOURCE, GitHubEmulator
from tests.github_emulator import TOKEN as EMULATED_TOKEN
from tests.memory_adapters import MemoryQueue

BURST = 200


def job(number: int) -> dict[str, Any]:
    """A completed job, which two metrics measure."""
    return webhook("workflow_job", workflow_job__id=number)


def suite(number: int) -> dict[str, Any]:
    return webhook("check_suite", check_suite__id=number)


def drain(queue: MemoryQueue, services: WorkerServices, clock: Clock, *, until: int | None = None) -> None:
    """Work as the poller does, and let time pass while nothing is visible; `until` a time in ms, else until it is empty."""
    while len(queue) if until is None else clock() < until:
        messages = queue.receive(100)
        failed = set(work(messages, services).failed) if messages else set()
        for message in messages:
            if message.id not in failed:
                queue.delete(message)
        clock.move(10)


# outages and competition, in simulated time


def test_a_data_repository_that_is_down_for_two_hours_loses_no_event() -> None:
    data_branch = DataBranch()
    queue, lines = MemoryQueue(data_branch.clock.seconds), Lines()
    services = processing(data_branch.store(), None, queue=queue, clock=data_branch.clock, lines=lines)
    for number in range(500):
        queue.send(encode(signed("github::check_suite", suite(number), received_at=data_branch.clock())))
    drain(queue, services, data_branch.clock, until=data_branch.clock() + 20_000)
    assert 0 < len(data_branch.files()) < 500
    data_branch.fake.down = Response(503)
    for number in range(500, 1000):
        queue.send(encode(signed("github::check_suite", suite(number), received_at=data_branch.clock())))
    drain(queue, services, data_branch.clock, until=data_branch.clock() + 2 * 3_600_000)
    data_branch.fake.down = None
    drain(queue, services, data_branch.clock)
    stored = {json.loads(text)["output"]["id"] for path, text in data_branch.files().items() if "_system" not in path}
    assert stored == set(range(1000))
    assert queue.dead == []
    assert any("503" in line.get("reason", "") for line in lines.lines if line["step"] == "store")
    assert len(data_branch.log()) <= 60


def test_two_writers_of_500_events_store_all_in_a_linear_history() -> None:
    data_branch = DataBranch()

    def write(first: int) -> None:
        clock = Clock()
        queue = MemoryQueue(clock.seconds)
        services = processing(data_branch.store(), None, queue=queue, clock=clock, conflict_retries=10)
        for number in range(first, first + 500):
            queue.send(encode(signed("github::check_suite", suite(number), received_at=clock())))
        drain(queue, services, clock)
        assert queue.dead == []

    writers = [threading.Thread(target=write, args=(first,)) for first in (1000, 2000)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stored = {json.loads(text)["output"]["id"] for path, text in data_branch.files().items() if "_system" not in path}
    assert stored == {*range(1000, 1500), *range(2000, 2500)}
    trees = [commit.tree for commit in data_branch.repository.git.log("main")]
    assert len(set(trees)) == len(trees)
    assert all(len(commit.parents) == 1 for commit in data_branch.log())
    assert len(data_branch.log()) == 10


# the server


def server(folder: Path, emulator: Clients, api: str, token: str = TOKEN, **more: str) -> Server:
    environment = {
        "STORE": "github",
        "REPO_OWNER": OWNER,
        "REPO_NAME": NAME,
        "REPO_PATH": "/data/",
        "GITHUB_API_URL": api,
    }
    environment |= {"REPO_WRITE_ACCESS_TOKEN": token, "ENVIRONMENT_ID": f"g{abs(hash(folder)) % 16**6:06x}", **more}
    return Server(folder, emulator.sqs.meta.endpoint_url, environment)


def committed(repository: Repository) -> dict[str, dict[str, Any]]:
    assert repository.git is not None
    files = repository.git.files("main")
    return {path: json.loads(text) for path, text in files.items() if "_system" not in path}


@pytest.fixture
def fake() -> Iterator[tuple[FakeGitHub, Repository, str]]:
    github = FakeGitHub(token=TOKEN)
    repository = github.state.data_repository(f"{OWNER}/{NAME}")
    with serve(github) as url:
        yield github, repository, url


@pytest.mark.emulator
@pytest.mark.npm
def test_a_burst_is_at_most_three_commits_and_a_repetition_adds_no_file(
    github: GitHubEmulator, emulator: Clients, tmp_path: Path
) -> None:
    name = "burst"
    github.make(name)
    sent = [("workflow_job", job(n)) for n in range(BURST // 2)] + [
        ("check_suite", suite(n)) for n in range(BURST // 2)
    ]
    running = server(tmp_path, emulator, github.url, EMULATED_TOKEN, REPO_NAME=name).start()
    try:
        with ThreadPoolExecutor(50) as senders:
            first = list(senders.map(lambda request: running.post(*request).status_code, sent))
        running.settled()
        log, records = github.log(name)[:-2], github.records(name)
        with ThreadPoolExecutor(50) as senders:
            again = list(senders.map(lambda request: running.post(*request).status_code, sent))
        health = running.settled()
    finally:
        running.stop()
    assert (set(first), set(again)) == ({202}, {202})
    assert (health["accepted"], health["processed"], health["failed"]) == (2 * BURST, 2 * BURST, 0)
    assert 1 <= len(log) <= 3
    ids = sorted((record["metric_signature"], record["output"]["id"]) for record in records.values())
    assert ids == sorted(
        (metric, n) for metric in ("check-suite", "test-coverage", "workflow-job") for n in range(BURST // 2)
    )
    assert all(
        path == f"data/{record['id']}.json" or path.startswith("data/octo-org/") for path, record in records.items()
    )
    assert without_volatile(github.records(name)) == without_volatile(records)


@pytest.mark.emulator
@pytest.mark.npm
def test_a_merged_pull_request_is_read_back_from_the_data_repository(
    github: GitHubEmulator, emulator: Clients, tmp_path: Path
) -> None:
    name = "merged"
    github.make(name, empty=True)
    environment = {"REPO_NAME": name, "GITHUB_ACCESS_TOKEN": EMULATED_TOKEN}
    running = server(tmp_path, emulator, github.url, EMULATED_TOKEN, **environment).start()
    try:
        github.hook(SOURCE, f"{running.url}/telemetry", SECRET, ["pull_request"])
        pull = github.merge_a_pull_request(SOURCE, {"docs/NEW.md": b"# New\n", "src/new.py": b"pass\n"}, "merged-topic")
        wait_for(lambda: running.health()["accepted"] >= 1, "the webhook")
        running.settled()
        records = {record["metric_signature"]: record for record in github.records(name).values()}
    finally:
        running.stop()
    assert set(records) == {"code-review-involvement", "commits-per-pr", "documentation-updated"}
    assert {record["status"] for record in records.values()} == {"success"}
    assert {(record["owner"], record["repo"]) for record in records.values()} == {(OWNER, SOURCE)}
    assert records["documentation-updated"]["output"]["pr_files"] is not None  # it does not tell a merged one's files
    assert records["commits-per-pr"]["output"]["pr_id"] == pull["id"]
    assert records["commits-per-pr"]["output"]["commits"]["amount"] == pull["commits"]


REASONS = {
    "archived": "is archived",
    "protected": "is protected",
    "missing": "does not exist",
    "read-only": "contents=write",
    "renamed": "was renamed",
    "expired": "has expired",
    "rate-limited": "rate limit",
}
"""What the log must say when the data repository refuses."""
EXHAUSTED = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"}


def refuse(kind: str, fake: FakeGitHub, repository: Repository) -> None:
    repository.archived = kind == "archived"
    if kind == "protected":
        repository.protected.add("main")
    if kind == "missing":
        fake.state.delete(repository.full_name)
    if kind == "renamed":
        fake.state.rename(repository.full_name, f"{OWNER}/moved")
    if kind in ("read-only", "expired"):
        fake.token = "another"
    if kind == "read-only":
        fake.readers.add(TOKEN)
    if kind == "rate-limited":
        fake.down = Response(403, EXHAUSTED, b'{"message":"API rate limit exceeded"}')


def mend(kind: str, fake: FakeGitHub, repository: Repository) -> None:
    if kind == "renamed":
        fake.state.rename(f"{OWNER}/moved", f"{OWNER}/{NAME}")
    fake.state.restore(repository)
    repository.archived = False
    repository.protected.clear()
    fake.readers.clear()
    fake.token = TOKEN
    fake.down = None


@pytest.mark.emulator
@pytest.mark.parametrize("kind", REASONS)
def test_events_wait_while_the_data_repository_refuses_with_a_log_line(
    kind: str, fake: tuple[FakeGitHub, Repository, str], emulator: Clients, tmp_path: Path
) -> None:
    github, repository, url = fake
    reason = REASONS[kind]
    refuse(kind, github, repository)
    running = server(tmp_path, emulator, url, RETRY_SECONDS="0.5", BATCH_SECONDS="0.5").start()
    try:
        assert [running.post("check_suite", suite(n)).status_code for n in range(5)] == [202] * 5
        wait_for(lambda: reason in running.output.read_text(), f"a line that says {reason!r}")
        before = running.health()
        mend(kind, github, repository)
        after = running.settled()
    finally:
        running.stop()
    assert (before["queued"], before["failed"]) == (5, 0)
    assert (after["processed"], after["failed"], after["records"]) == (5, 0, 5)
    assert {record["output"]["id"] for record in committed(repository).values()} == set(range(5))
    waiting = [line for line in running.output.read_text().splitlines() if '"step":"store"' in line and reason in line]
    assert waiting
    assert all(TOKEN not in line for line in running.output.read_text().splitlines())
    assert f"{API}/git" not in waiting[0] or kind == "renamed"


@pytest.mark.emulator
def test_two_servers_write_to_one_branch(
    fake: tuple[FakeGitHub, Repository, str], emulator: Clients, tmp_path: Path
) -> None:
    _, repository, url = fake
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    servers = [server(folder, emulator, url).start() for folder in folders]
    try:
        with ThreadPoolExecutor(20) as senders:
            list(senders.map(lambda n: servers[n % 2].post("check_suite", suite(n)), range(100)))
        health = [member.settled() for member in servers]
    finally:
        for member in servers:
            member.stop()
    assert [counts["failed"] for counts in health] == [0, 0]
    assert {record["output"]["id"] for record in committed(repository).values()} == set(range(100))
    assert repository.git is not None
    assert all(len(commit.parents) <= 1 for commit in repository.git.log("main"))
