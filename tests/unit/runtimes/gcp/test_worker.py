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


class Subscription:
    """A subscription in memory: pulls hand out what was put, in handfuls."""

    def __init__(self, *told: Delivered, handful: int = 1000) -> None:
        self.waiting = list(told)
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
        told, self.waiting = self.waiting[:most], self.waiting[most:]
        return told

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
    made = processing(DirectoryStore(str(tmp_path)), None, clock=clock, lines=lines)
    return made._replace(queue=PubSubQueue(subscription, "events", "letters", subscription, clock))


def seconds(left: float = 50.0) -> Callable[[], float]:
    return lambda: left


def test_everything_that_waits_is_stored_in_one_batch_and_then_acknowledged(tmp_path: Any) -> None:
    subscription = Subscription(*map(delivered, range(1, 1201)), handful=300)
    told = worker.drain(subscription, services(subscription, tmp_path), seconds())  # type: ignore[arg-type]
    assert told == (2, 1200, 0, 1200)
    assert len(set(subscription.acknowledged)) == 1200
    assert len(list(tmp_path.rglob("check-suite/**/*.json"))) == 1200
    assert len(list(tmp_path.rglob("receipts/**/*.jsonl"))) == 2


def test_a_message_that_is_delivered_twice_is_worked_once(tmp_path: Any) -> None:
    once = delivered(1)
    again = once._replace(message=once.message._replace(handle="2 newer"))
    subscription = Subscription(once, again)
    told = worker.drain(subscription, services(subscription, tmp_path), seconds())  # type: ignore[arg-type]
    assert (told.done, told.records) == (1, 1)
    assert subscription.acknowledged == ["2 newer"]


def test_what_is_before_its_time_is_hidden_until_then_and_not_worked(tmp_path: Any) -> None:
    subscription = Subscription(delivered(1, not_before=NOW + 90_500), delivered(2, not_before=NOW + 3_600_000))
    told = worker.drain(subscription, services(subscription, tmp_path), seconds())  # type: ignore[arg-type]
    assert told == (0, 0, 0, 0)
    assert subscription.hidden == [("1 ack1", 91), ("1 ack2", 600)]
    assert subscription.acknowledged == []


def test_what_was_hidden_often_is_put_anew_with_its_count(tmp_path: Any) -> None:
    early = delivered(1, deliveries=50, attempts=7, not_before=NOW + 60_000)
    subscription = Subscription(early)
    worker.drain(subscription, services(subscription, tmp_path), seconds())  # type: ignore[arg-type]
    told = {"not_before": str(NOW + 60_000), "attempts": "57"}
    assert subscription.published == [("events", early.message.body, told)]
    assert subscription.acknowledged == ["50 ack1"]


def test_poison_is_buried_with_its_reason_and_acknowledged(tmp_path: Any) -> None:
    poison = delivered(1, check_suite__created_at="never")
    subscription = Subscription(poison, delivered(2))
    told = worker.drain(subscription, services(subscription, tmp_path), seconds())  # type: ignore[arg-type]
    assert (told.done, told.failed, told.records) == (2, 0, 1)
    [(topic, body, attributes)] = subscription.published
    assert (topic, body) == ("letters", poison.message.body)
    assert "created_at" in attributes["reason"]
    assert sorted(subscription.acknowledged) == ["1 ack1", "1 ack2"]


class OutStore(DirectoryStore):
    def write(self, files: Any, message: str) -> bool:
        raise Unavailable(f"the data repository is out: {len(files)} {message[:0]}")


def test_while_the_store_is_out_nothing_is_acknowledged_and_the_rest_keeps_its_deliveries(tmp_path: Any) -> None:
    subscription = Subscription(*map(delivered, range(1, 31)), handful=10)
    made = services(subscription, tmp_path)._replace(store=OutStore(str(tmp_path)))
    told = worker.drain(subscription, made, seconds())  # type: ignore[arg-type]
    assert (told.batches, told.done, told.failed) == (1, 0, 30)
    assert subscription.acknowledged == []
    assert {handle for handle, _ in subscription.hidden} == {f"1 ack{number}" for number in range(1, 31)}


def test_no_batch_is_begun_that_could_not_end_in_time(tmp_path: Any) -> None:
    subscription = Subscription(delivered(1))
    told = worker.drain(subscription, services(subscription, tmp_path), seconds(19.9))  # type: ignore[arg-type]
    assert told == (0, 0, 0, 0)
    assert len(subscription.waiting) == 1


def test_a_batch_is_bounded_in_bytes(tmp_path: Any) -> None:
    filled = [delivered(number) for number in range(1, 41)]
    long = [each._replace(message=each.message._replace(body=each.message.body + " " * 400_000)) for each in filled]
    subscription = Subscription(*long, handful=5)
    batch = worker.pull_batch(subscription, services(subscription, tmp_path), seconds())  # type: ignore[arg-type]
    assert len(batch) == 15
    assert len(subscription.waiting) == 25


class WaitingStore(DirectoryStore):
    """A store whose write takes until something happened meanwhile."""

    def __init__(self, root: str, happened: Callable[[], bool]) -> None:
        super().__init__(root)
        self._happened = happened

    def write(self, files: Any, message: str) -> bool:
        ends = time.monotonic() + 30
        while not self._happened() and time.monotonic() < ends:
            time.sleep(0.01)
        return super().write(files, message)


def test_what_is_in_hand_stays_hidden_while_it_is_worked(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_RENEWAL", 0.05)
    subscription = Subscription(delivered(1))
    renewed = ("1 ack1", 60)
    store = WaitingStore(str(tmp_path), lambda: renewed in subscription.hidden)
    made = services(subscription, tmp_path)._replace(store=store)
    before = threading.active_count()
    worker.drain(subscription, made, seconds())  # type: ignore[arg-type]
    assert renewed in subscription.hidden
    assert threading.active_count() == before


def test_a_lease_that_cannot_be_renewed_is_said_and_ends_nothing(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_RENEWAL", 0.05)
    lines, subscription = Lines(), Subscription(delivered(1))
    subscription.refuses["hide"] = "UNAVAILABLE"
    store = WaitingStore(str(tmp_path), lambda: any(each["outcome"] == "lease-lost" for each in [*lines.lines]))
    made = services(subscription, tmp_path, lines=lines)._replace(store=store)
    assert worker.drain(subscription, made, seconds()).done == 1  # type: ignore[arg-type]
    assert "UNAVAILABLE" in {each["reason"] for each in lines.lines if each["outcome"] == "lease-lost"}


@pytest.mark.parametrize("operation", ["pull", "acknowledge"])
def test_a_subscription_that_refuses_is_a_500_that_says_so(tmp_path: Any, operation: str) -> None:
    lines, subscription = Lines(), Subscription(delivered(1))
    subscription.refuses[operation] = "PERMISSION_DENIED"
    body, status, headers = worker.respond(subscription, services(subscription, tmp_path, lines=lines))  # type: ignore[arg-type]
    assert (json.loads(body), status) == ({"status": "error", "reason": "Pub/Sub refused: PERMISSION_DENIED"}, 500)
    assert headers == {"Content-Type": "application/json"}
    assert lines.lines[-1]["outcome"] == "unavailable"


def test_a_tick_with_nothing_to_do_says_so_in_no_log(tmp_path: Any) -> None:
    lines, subscription = Lines(), Subscription()
    body, status, _ = worker.respond(subscription, services(subscription, tmp_path, lines=lines))  # type: ignore[arg-type]
    assert json.loads(body) == {"status": "drained", "batches": 0, "done": 0, "failed": 0, "records": 0}
    assert status == 200
    assert [each["severity"] for each in lines.lines] == ["DEBUG"]
    assert subscription.waits == [4.0]


def test_a_message_that_cannot_be_hidden_is_left_to_its_lease(tmp_path: Any) -> None:
    lines, subscription = Lines(), Subscription(delivered(1, not_before=NOW + 1000))
    subscription.refuses["hide"] = "UNAVAILABLE"
    told = worker.drain(subscription, services(subscription, tmp_path, lines=lines), seconds())  # type: ignore[arg-type]
    assert told.done == 0
    assert lines.lines[-1]["outcome"] == "queue-out"


class Ticking:
    """A monotonic clock that moves a bit at each look."""

    def __init__(self, step: float = 0.02) -> None:
        self.now = 0.0
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("core.deadline._POLL", 0.001)
    event = threading.Event()
    yield event
    event.set()


def test_a_drain_ends_within_the_functions_time_whatever_hangs(stopping: threading.Event, tmp_path: Any) -> None:
    class HangingStore(DirectoryStore):
        def write(self, files: Any, message: str) -> bool:
            stopping.wait()
            return super().write(files, message)

    subscription, clock = Subscription(*map(delivered, range(1, 31))), Ticking()
    made = services(subscription, tmp_path)._replace(store=HangingStore(str(tmp_path)))
    _, status, _ = worker.respond(subscription, made, clock)  # type: ignore[arg-type]
    assert status == 200
    assert clock.now < worker.TIME + 1
    assert subscription.acknowledged == []
    assert len(subscription.hidden) >= 30


def test_an_acknowledgement_that_hangs_is_abandoned_before_the_functions_end(
    stopping: threading.Event, tmp_path: Any
) -> None:
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


def test_messages_before_their_time_are_hidden_side_by_side_and_no_longer_than_there_is_time(
    stopping: threading.Event, tmp_path: Any
) -> None:
    class Hanging(Subscription):
        def hide(self, handles: list[str], seconds: int) -> None:
            stopping.wait()
            super().hide(handles, seconds)

    subscription, clock = Hanging(*(delivered(n, not_before=NOW + 90_000) for n in range(1, 31))), Ticking()
    _, status, _ = worker.respond(subscription, services(subscription, tmp_path), clock)  # type: ignore[arg-type]
    assert status == 200
    assert clock.now < worker.TIME + 1
