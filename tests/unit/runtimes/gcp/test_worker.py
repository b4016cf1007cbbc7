import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from core import message
from core.errors import Unavailable
from core.ports import QueuedMessage
from core.stores.directory import DirectoryStore
from runtimes.gcp import worker
from runtimes.gcp.google_api import GoogleError
from runtimes.gcp.pubsub_queue import Delivered, PubSubQueue
from tests.builders import NOW, Clock, Lines, processing, signed, webhook
from tests.thread_states import TestThreads


class Subscription:
    """A subscription in memory, whose pulls return at most `handful` messages."""

    def __init__(self, *deliveries: Delivered, handful: int = 1000) -> None:
        self.waiting = list(deliveries)
        self.handful = handful
        self.acknowledged: list[str] = []
        self.hidden: list[tuple[str, int]] = []
        self.published: list[tuple[str, str, dict[str, str]]] = []
        self.refuses: dict[str, str] = {}
        self.waits: list[float] = []
        self.requests = 0

    def pull(self, most: int, patience: float) -> list[Delivered]:
        self._ask("pull")
        self.waits.append(patience)
        most = min(most, self.handful)
        pulled, self.waiting = self.waiting[:most], self.waiting[most:]
        return pulled

    def hide(self, handles: list[str], seconds: int) -> None:
        self._ask("hide")
        self.hidden += [(handle, seconds) for handle in handles]

    def acknowledge(self, handles: list[str]) -> None:
        self._ask("acknowledge")
        self.requests += 1
        assert len(handles) <= 500
        self.acknowledged += handles

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str]) -> str:
        self._ask("publish")
        self.published.append((topic, data.decode(), dict(attributes)))
        return str(len(self.published))

    def _ask(self, operation: str) -> None:
        if operation in self.refuses:
            raise GoogleError(self.refuses[operation])


def delivered(number: int, *, deliveries: int = 1, attempts: int = 0, not_before: int = 0, **changes: Any) -> Delivered:
    event = signed("github::check_suite", webhook("check_suite", check_suite__id=number, **changes))
    queued = QueuedMessage(str(number), message.encode(event), attempts + deliveries, f"{deliveries} ack{number}")
    return Delivered(queued, not_before, "")


def services(subscription: Any, tmp_path: Any, clock: Clock | None = None, lines: Lines | None = None) -> Any:
    clock = clock or Clock()
    worker_services = processing(DirectoryStore(str(tmp_path)), None, clock=clock, lines=lines)
    return worker_services._replace(queue=PubSubQueue(subscription, "events", "letters", subscription, clock))


def seconds(remaining: float = 50.0) -> Callable[[], float]:
    return lambda: remaining


def test_all_waiting_messages_are_stored_in_batches_then_acknowledged(tmp_path: Any) -> None:
    subscription = Subscription(*map(delivered, range(1, 1201)), handful=300)
    result = worker.drain(subscription, services(subscription, tmp_path), seconds())  # type: ignore[arg-type]
    assert result == (2, 1200, 0, 1200)
    assert len(set(subscription.acknowledged)) == 1200
    assert len(list(tmp_path.rglob("check-suite/**/*.json"))) == 1200
    assert len(list(tmp_path.rglob("receipts/**/*.jsonl"))) == 2


def test_a_message_that_is_delivered_twice_is_processed_once(tmp_path: Any) -> None:
    once = delivered(1)
    again = once._replace(message=once.message._replace(handle="2 newer"))
    subscription = Subscription(once, again)
    result = worker.drain(subscription, services(subscription, tmp_path), seconds())  # type: ignore[arg-type]
    assert (result.done, result.records) == (1, 1)
    assert subscription.acknowledged == ["2 newer"]


def test_a_message_before_its_time_is_hidden_until_then(tmp_path: Any) -> None:
    subscription = Subscription(delivered(1, not_before=NOW + 90_500), delivered(2, not_before=NOW + 3_600_000))
    result = worker.drain(subscription, services(subscription, tmp_path), seconds())  # type: ignore[arg-type]
    assert result == (0, 0, 0, 0)
    assert subscription.hidden == [("1 ack1", 91), ("1 ack2", 600)]
    assert subscription.acknowledged == []


def test_a_message_hidden_often_is_published_again_with_its_count(tmp_path: Any) -> None:
    early = delivered(1, deliveries=50, attempts=7, not_before=NOW + 60_000)
    subscription = Subscription(early)
    worker.drain(subscription, services(subscription, tmp_path), seconds())  # type: ignore[arg-type]
    attributes = {"not_before": str(NOW + 60_000), "attempts": "57"}
    assert subscription.published == [("events", early.message.body, attributes)]
    assert subscription.acknowledged == ["50 ack1"]


def test_poison_is_dead_lettered_with_its_reason_and_acknowledged(tmp_path: Any) -> None:
    poison = delivered(1, check_suite__created_at=7)
    subscription = Subscription(poison, delivered(2))
    result = worker.drain(subscription, services(subscription, tmp_path), seconds())  # type: ignore[arg-type]
    assert (result.done, result.failed, result.records) == (2, 0, 1)
    [(topic, body, attributes)] = subscription.published
    assert (topic, body) == ("letters", poison.message.body)
    assert "created_at" in attributes["reason"]
    assert sorted(subscription.acknowledged) == ["1 ack1", "1 ack2"]


class OutStore(DirectoryStore):
    def write(self, files: Any, message: str) -> bool:
        raise Unavailable(f"the data repository is out: {len(files)} {message[:0]}")


def test_while_the_store_is_out_nothing_more_is_pulled_or_acknowledged(tmp_path: Any) -> None:
    subscription = Subscription(*map(delivered, range(1, 31)), handful=10)
    worker_services = services(subscription, tmp_path)._replace(store=OutStore(str(tmp_path)))
    result = worker.drain(subscription, worker_services, seconds())  # type: ignore[arg-type]
    assert (result.batches, result.done, result.failed) == (1, 0, 30)
    assert subscription.acknowledged == []
    assert {handle for handle, _ in subscription.hidden} == {f"1 ack{number}" for number in range(1, 31)}


def test_no_batch_starts_without_enough_time(tmp_path: Any) -> None:
    subscription = Subscription(delivered(1))
    result = worker.drain(subscription, services(subscription, tmp_path), seconds(19.9))  # type: ignore[arg-type]
    assert result == (0, 0, 0, 0)
    assert len(subscription.waiting) == 1


def test_a_batch_is_bounded_in_bytes(tmp_path: Any) -> None:
    filled = [delivered(number) for number in range(1, 41)]
    long = [
        delivery._replace(message=delivery.message._replace(body=delivery.message.body + " " * 400_000))
        for delivery in filled
    ]
    subscription = Subscription(*long, handful=5)
    batch = worker.pull_batch(subscription, services(subscription, tmp_path), seconds())  # type: ignore[arg-type]
    assert len(batch) == 15
    assert len(subscription.waiting) == 25


class WaitingStore(DirectoryStore):
    """A store whose write waits for a condition."""

    def __init__(self, root: str, happened: Callable[[], bool]) -> None:
        super().__init__(root)
        self._happened = happened

    def write(self, files: Any, message: str) -> bool:
        ends = time.monotonic() + 30
        while not self._happened() and time.monotonic() < ends:
            time.sleep(0.01)
        return super().write(files, message)


def test_messages_in_flight_stay_hidden_while_processed(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_RENEWAL", 0.05)
    subscription = Subscription(delivered(1))
    renewed = ("1 ack1", 60)
    store = WaitingStore(str(tmp_path), lambda: renewed in subscription.hidden)
    worker_services = services(subscription, tmp_path)._replace(store=store)
    before = threading.active_count()
    worker.drain(subscription, worker_services, seconds())  # type: ignore[arg-type]
    assert renewed in subscription.hidden
    assert threading.active_count() == before


def test_a_failed_lease_renewal_is_logged_and_ends_nothing(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_RENEWAL", 0.05)
    lines, subscription = Lines(), Subscription(delivered(1))
    subscription.refuses["hide"] = "UNAVAILABLE"
    store = WaitingStore(str(tmp_path), lambda: any(line["outcome"] == "lease-lost" for line in [*lines.lines]))
    worker_services = services(subscription, tmp_path, lines=lines)._replace(store=store)
    assert worker.drain(subscription, worker_services, seconds()).done == 1  # type: ignore[arg-type]
    assert "UNAVAILABLE" in {line["reason"] for line in lines.lines if line["outcome"] == "lease-lost"}


@pytest.mark.parametrize("operation", ["pull", "acknowledge"])
def test_a_subscription_that_refuses_is_a_500_that_says_so(tmp_path: Any, operation: str) -> None:
    lines, subscription = Lines(), Subscription(delivered(1))
    subscription.refuses[operation] = "PERMISSION_DENIED"
    body, status, headers = worker.respond(subscription, services(subscription, tmp_path, lines=lines))  # type: ignore[arg-type]
    assert (json.loads(body), status) == ({"status": "error", "reason": "Pub/Sub refused: PERMISSION_DENIED"}, 500)
    assert headers == {"Content-Type": "application/json"}
    assert lines.lines[-1]["outcome"] == "unavailable"


def test_an_empty_drain_logs_at_debug_only(tmp_path: Any) -> None:
    lines, subscription = Lines(), Subscription()
    body, status, _ = worker.respond(subscription, services(subscription, tmp_path, lines=lines))  # type: ignore[arg-type]
    assert json.loads(body) == {"status": "drained", "batches": 0, "done": 0, "failed": 0, "records": 0}
    assert status == 200
    assert [line["severity"] for line in lines.lines] == ["DEBUG"]
    assert subscription.waits == [4.0]


def test_a_message_that_cannot_be_hidden_returns_after_its_lease(tmp_path: Any) -> None:
    lines, subscription = Lines(), Subscription(delivered(1, not_before=NOW + 1000))
    subscription.refuses["hide"] = "UNAVAILABLE"
    result = worker.drain(subscription, services(subscription, tmp_path, lines=lines), seconds())  # type: ignore[arg-type]
    assert result.done == 0
    assert lines.lines[-1]["outcome"] == "queue-out"


class Ticking:
    """A monotonic clock that advances at each call while all other threads wait."""

    def __init__(self, step: float = 0.1) -> None:
        self.now = 0.0
        self.step = step
        self._threads = TestThreads()

    def __call__(self) -> float:
        if self._threads.all_wait():
            self.now += self.step
        return self.now


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("core.deadline._POLL", 0.001)
    event = threading.Event()
    yield event
    event.set()


def test_a_drain_ends_in_time_if_the_store_hangs(stopping: threading.Event, tmp_path: Any) -> None:
    class HangingStore(DirectoryStore):
        def write(self, files: Any, message: str) -> bool:
            stopping.wait()
            return super().write(files, message)

    subscription, clock = Subscription(*map(delivered, range(1, 31))), Ticking()
    worker_services = services(subscription, tmp_path)._replace(store=HangingStore(str(tmp_path)))
    _, status, _ = worker.respond(subscription, worker_services, clock)  # type: ignore[arg-type]
    assert status == 200
    assert clock.now < worker.TIME + 1
    assert subscription.acknowledged == []
    assert len(subscription.hidden) >= 30


def test_a_hanging_acknowledgement_is_abandoned_before_the_timeout(stopping: threading.Event, tmp_path: Any) -> None:
    class Hanging(Subscription):
        def acknowledge(self, handles: list[str]) -> None:
            stopping.wait()
            super().acknowledge(handles)

    subscription, clock, lines = Hanging(*map(delivered, range(1, 31))), Ticking(), Lines()
    _, status, _ = worker.respond(subscription, services(subscription, tmp_path, lines=lines), clock)  # type: ignore[arg-type]
    assert status == 200
    assert clock.now < 58
    assert "not-acknowledged" in str(lines)
    assert len(list(tmp_path.rglob("check-suite/**/*.json"))) == 30


def test_early_messages_are_hidden_in_parallel_within_the_time_limit(stopping: threading.Event, tmp_path: Any) -> None:
    class Hanging(Subscription):
        def hide(self, handles: list[str], seconds: int) -> None:
            stopping.wait()
            super().hide(handles, seconds)

    subscription, clock = Hanging(*(delivered(n, not_before=NOW + 90_000) for n in range(1, 31))), Ticking()
    _, status, _ = worker.respond(subscription, services(subscription, tmp_path), clock)  # type: ignore[arg-type]
    assert status == 200
    assert clock.now < worker.TIME + 1
