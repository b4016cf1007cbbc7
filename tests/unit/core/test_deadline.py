"""Batches that there is too little time for, on a clock that only the work itself moves."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from typing import Any

import pytest

from core import collect_metrics, deadline, message
from core.batch import LONGEST_WAIT, work
from core.collect_metrics import EVENT_SHARE, SIDE_BY_SIDE, collect_all
from core.errors import NotAvailable, OutOfTime, TransientReadError, Unavailable
from core.events import SignedTriggerEvent
from core.github.write_budget import WriteBudget
from core.payload import Json
from core.receipts import EventResult
from core.services import WorkerServices
from tests.builders import NOW, Clock, Lines, processing, signed
from tests.memory_adapters import MemoryQueue
from tests.thread_states import TestThreads
from tests.unit.core.recording import RecordingStore, check_suite, pull_request, repository

TIMEOUT = 295.0
"""Seconds that an invocation has."""
LATENCY = 1.0


class Time:
    """A clock that each call to GitHub moves by its share, as calls are made side by side."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.threads = TestThreads()
        self._lock = threading.Lock()

    def move(self, seconds: float) -> None:
        with self._lock:
            self.clock.move(seconds)

    def hang(self, stopping: threading.Event) -> None:
        """Let the clock run until the test ends, but only while all other threads wait: none loses time while it is suspended."""
        while not stopping.wait(0.001):
            if self.threads.all_wait():
                self.move(0.04)

    def take_turns(self, calls: Callable[[], int], stopping: threading.Event) -> None:
        """Return once another thread has made a call, or all of them wait."""
        before = calls()
        while calls() == before and not self.threads.all_wait() and not stopping.wait(0.001):
            pass

    def countdown(self, seconds: float) -> Callable[[], float]:
        ends = self.clock.seconds() + seconds
        return lambda: ends - self.clock.seconds()


class SlowGitHub:
    """A GitHubReader: one second a page, on that clock; pull requests may hang, or have pages without end."""

    def __init__(self, time: Time, *, hangs: Sequence[int] = (), endless: Sequence[int] = ()) -> None:
        self.time = time
        self.hangs = {f"/pulls/{number}/" for number in hangs}
        self.endless = {f"/pulls/{number}/" for number in endless}
        self.stopping = threading.Event()
        self.calls = 0

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Json]:
        assert params is None
        if any(part in path for part in self.hangs):
            self.time.hang(self.stopping)
        yield from self._page(path)
        while any(part in path for part in self.endless):
            self.time.take_turns(lambda: self.calls, self.stopping)
            yield from self._page(path)

    def object(self, path: str) -> Json:
        raise NotImplementedError(path)

    def graphql(self, *_: object) -> Json:
        raise NotAvailable("this server has no GraphQL")

    def file(self, owner: str, repo: str, path: str, ref: str | None = None) -> bytes | None:
        raise NotImplementedError(owner, repo, path, ref)

    def _page(self, path: str) -> list[Json]:
        deadline.check(path)  # as the real client does
        self.calls += 1
        self.time.move(LATENCY / SIDE_BY_SIDE)
        deadline.check(path)
        return []


def merged(number: int) -> SignedTriggerEvent:
    fields = {**pull_request()["pull_request"], "id": number, "number": number}
    payload = {"action": "closed", "pull_request": fields, "repository": repository()}
    return signed("github::pull_request", payload, delivery_id=f"d-{number}")


class Harness:
    """A queue, a store and invocations of so many seconds."""

    def __init__(self, github: SlowGitHub, store: Any = None) -> None:
        self.time, self.github = github.time, github
        self.store = store or RecordingStore()
        self.lines = Lines()
        self.services: WorkerServices = processing(self.store, github, clock=self.time.clock, lines=self.lines)
        self.queue = MemoryQueue(self.time.clock.seconds)
        self.services = self.services._replace(queue=self.queue)

    def invoke(self, seconds: float = TIMEOUT) -> Any:
        received = self.queue.receive()
        result = work(received, self.services._replace(seconds_left=self.time.countdown(seconds)))
        for entry in received:
            if entry.id not in result.failed:
                self.queue.delete(entry)
        return result

    def stored(self) -> set[int]:
        return {json["output"]["pr_id"] for json in self.store.records().values()}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of these tests moves quicker than the time between two looks at it."""
    monkeypatch.setattr(deadline, "_POLL", 0.01)


@pytest.fixture
def slow() -> Iterator[Callable[..., SlowGitHub]]:
    sources: list[SlowGitHub] = []

    def make(**faults: Any) -> SlowGitHub:
        sources.append(SlowGitHub(Time(), **faults))
        return sources[-1]

    yield make
    for github in sources:
        github.stopping.set()


def test_events_completed_in_time_are_stored_and_the_rest_retried_soon(
    slow: Callable[..., SlowGitHub],
) -> None:
    harness = Harness(slow())
    for number in range(1, 2001):
        harness.queue.send(message.encode(merged(number)))
    begun = harness.time.clock.seconds()
    result = harness.invoke()
    took = harness.time.clock.seconds() - begun
    assert TIMEOUT * 0.7 < took < TIMEOUT
    assert 0 < len(result.failed) < 1000  # of a batch of a thousand
    assert len(harness.stored()) >= 1000 - len(result.failed)  # of some one metric was read, and is stored
    harness.time.move(2)
    waiting = [message.decode(entry.body) for entry in harness.queue.entries().values()]
    assert {event.failed_reads for event in waiting} == {0}
    assert len(harness.queue.receive(5000)) == len(waiting)


def test_a_slow_batch_makes_progress_in_every_invocation(
    slow: Callable[..., SlowGitHub],
) -> None:
    harness = Harness(slow(hangs=[7], endless=[8]))
    for number in range(1, 1001):
        harness.queue.send(message.encode(merged(number)))
    others = set(range(1, 1001)) - {7, 8}
    rounds = 0
    while harness.stored() & others != others:
        before = len(harness.stored())
        harness.invoke(100.0)
        rounds += 1
        assert len(harness.stored()) > before
        harness.time.move(2)
    assert rounds < 12


def test_an_event_that_always_hangs_is_a_dead_letter_by_its_age(slow: Callable[..., SlowGitHub]) -> None:
    harness = Harness(slow(hangs=[7]))
    harness.queue.send(message.encode(merged(7)))
    harness.queue.send(message.encode(merged(9)))
    assert len(harness.invoke(30.0).failed) == 1
    assert harness.stored() == {9}
    harness.time.move(LONGEST_WAIT / 1000)
    assert len(harness.invoke(30.0).dead) == 1
    assert "time" in harness.queue.dead[0].reason


def test_an_event_that_exceeds_the_deadline_alone_is_a_failed_read(
    slow: Callable[..., SlowGitHub],
) -> None:
    github = slow(endless=[8])
    services = processing(RecordingStore(), github, clock=github.time.clock)
    [collected] = collect_all([merged(8)], services._replace(seconds_left=github.time.countdown(90)))
    assert isinstance(collected.failure, TransientReadError)
    last = merged(8)._replace(failed_reads=4)
    [collected] = collect_all([last], services._replace(seconds_left=github.time.countdown(90)))
    assert collected.failure is None
    assert {record.event.status for record in collected.records} == {"networkError", "success"}
    assert 0.5 < EVENT_SHARE < 1


def test_what_was_received_most_often_is_collected_first(
    slow: Callable[..., SlowGitHub], monkeypatch: pytest.MonkeyPatch
) -> None:
    # of several threads any one may be suspended while the others use up the time
    monkeypatch.setattr(collect_metrics, "SIDE_BY_SIDE", 1)
    harness = Harness(slow())
    for number in range(1, 101):
        harness.queue.send(message.encode(merged(number)))
    received = harness.queue.receive()
    old = [entry._replace(receive_count=9) for entry in received if entry.id.endswith("0")]
    messages = [entry for entry in received if not entry.id.endswith("0")] + old
    assert (len(old), len(messages)) == (10, 100)
    work(messages, harness.services._replace(seconds_left=harness.time.countdown(14)))
    assert set(range(10, 101, 10)) <= harness.stored()
    assert len(harness.stored()) < 50


class HangingStore(RecordingStore):
    """A store whose write has no end."""

    def __init__(self, time: Time, stopping: threading.Event) -> None:
        super().__init__()
        self.time, self.stopping = time, stopping

    def write(self, files: Any, message: str) -> bool:
        self.time.hang(self.stopping)
        raise Unavailable(f"{len(files)} {message}")


def test_a_store_that_hangs_makes_the_batch_wait_within_its_time(slow: Callable[..., SlowGitHub]) -> None:
    github = slow()
    harness = Harness(github, HangingStore(github.time, github.stopping))
    for number in range(1, 11):
        harness.queue.send(message.encode(signed("github::check_suite", check_suite(id=number))))
    begun = harness.time.clock.seconds()
    result = harness.invoke(30.0)
    assert harness.time.clock.seconds() - begun < 30
    assert len(result.failed) == 10
    assert "the store: the deadline has passed" in str(harness.lines)
    hidden = [entry.visible_at - harness.time.clock.seconds() for entry in harness.queue.entries().values()]
    assert all(seconds > 10 for seconds in hidden)


class HangingQueue(MemoryQueue):
    """A queue that answers nothing to a deferral."""

    time: Time
    stopping: threading.Event

    def hide(self, message: Any, delay: int) -> None:
        self.time.hang(self.stopping)
        raise Unavailable(f"{message.id} {delay}")


def test_a_queue_that_hangs_leaves_messages_unsettled_within_the_time(slow: Callable[..., SlowGitHub]) -> None:
    github = slow(hangs=[7])
    harness = Harness(github)
    harness.queue = HangingQueue(github.time.clock.seconds)
    harness.queue.time, harness.queue.stopping = github.time, github.stopping
    harness.services = harness.services._replace(queue=harness.queue)
    for number in (7, 8, 9):
        harness.queue.send(message.encode(merged(number)))
    begun = harness.time.clock.seconds()
    result = harness.invoke(60.0)
    assert harness.time.clock.seconds() - begun < 61
    assert (len(result.failed), harness.stored()) == (1, {8, 9})


def test_no_time_at_all_leaves_everything_in_the_queue(slow: Callable[..., SlowGitHub]) -> None:
    harness = Harness(slow())
    harness.queue.send(message.encode(merged(1)))
    harness.queue.send("poison")
    result = harness.invoke(0.0)
    assert len(result.failed) + len(result.dead) == 2
    assert harness.stored() == set()


def test_a_pause_of_the_write_budget_never_passes_the_end() -> None:
    slept: list[float] = []
    budget = WriteBudget(monotonic=lambda: 0.0, sleep=slept.append)
    for _ in range(80):
        budget.acquire()
    with deadline.within(lambda: 30.0), pytest.raises(OutOfTime):
        budget.wait()
    assert slept == []
    with deadline.within(lambda: 90.0):
        budget.wait()
    assert slept == [60.0]


def test_nested_limits_all_hold_and_end_with_their_block() -> None:
    with deadline.within(lambda: 20.0), deadline.within(lambda: 0.0, TransientReadError):
        assert deadline.seconds_left() == 0
        with pytest.raises(TransientReadError):
            deadline.check("GET /")
    assert deadline.seconds_left() == inf
    deadline.check("GET /")


def test_tasks_inherit_limits_and_pass_on_exceptions() -> None:
    with deadline.within(lambda: 5.0):
        assert deadline.run_all([deadline.seconds_left] * 3, 2) == [5.0] * 3
        assert deadline.run_until(deadline.seconds_left, lambda: 7.0, "x") == 5.0

    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        deadline.run_all([fail], 1)
    with pytest.raises(KeyError):
        deadline.run_until(fail, lambda: 7.0, "x")


def test_a_task_without_end_is_abandoned_in_real_time_too() -> None:
    stopping, start = threading.Event(), time.monotonic()
    try:
        with pytest.raises(OutOfTime, match="x: the deadline has passed"):
            deadline.run_until(stopping.wait, lambda: 0.3 - (time.monotonic() - start), "x")
        assert 0.3 <= time.monotonic() - start < 20
    finally:
        stopping.set()


@pytest.mark.parametrize(("seconds", "reserve"), [(295, 45), (895, 45), (45, 15), (25, 10), (5, 10), (inf, 0)])
def test_part_of_the_time_is_reserved_for_the_write(seconds: float, reserve: float) -> None:
    assert deadline.reserve(seconds) == reserve


def test_a_job_gives_its_time_to_what_it_processes(slow: Callable[..., SlowGitHub]) -> None:
    from core import jobs
    from core.handler import process
    from core.job import Job, Report
    from core.services import JobServices

    github = slow(hangs=[7])
    seen: list[Any] = []

    def run(services: JobServices) -> Report:
        seen.extend(process([merged(7), merged(8)], services.worker))
        return Report(1, 0)

    job = Job("a_job", run)
    services = JobServices(Harness(github).services, github, github.time.countdown(60))  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "all_jobs", lambda: {"a_job": job})
        jobs.run("a_job", services)
    assert [outcome.result for outcome in seen] == [EventResult.WAITING, EventResult.STORED]
    assert seen[0].out_of_time
    assert NOW
