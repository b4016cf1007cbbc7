import threading
from typing import Any

import pytest

from core import message
from core.batch import BatchResult
from core.errors import Unavailable
from runtimes.aws import worker_wiring
from runtimes.aws.worker import MARGIN, handler, respond
from tests.builders import processing, signed
from tests.thread_states import TestThreads
from tests.unit.core.recording import RecordingStore, ScriptedGitHub, check_suite, pull_request


def record(id: str, body: str, received: str = "1") -> dict[str, Any]:
    return {
        "messageId": id,
        "receiptHandle": f"handle-{id}",
        "body": body,
        "attributes": {"ApproximateReceiveCount": received},
        "eventSource": "aws:sqs",
    }


def event(id: int) -> str:
    return message.encode(signed("github::check_suite", check_suite(id=id)))


def test_a_batch_that_is_done_names_no_failures() -> None:
    store = RecordingStore()
    observed: list[BatchResult] = []
    services = processing(store, ScriptedGitHub())
    answer = respond({"Records": [record("a", event(1)), record("b", event(2))]}, services, observed.append)
    assert answer == {"batchItemFailures": []}
    assert observed == [BatchResult((), (), (), 2)]
    assert len(store.records()) == 2


def test_the_messages_that_must_stay_are_named() -> None:
    services = processing(RecordingStore(), ScriptedGitHub())
    services.queue.out = True  # type: ignore[attr-defined]  # it is the memory queue
    answer = respond({"Records": [record("a", event(1)), record("b", "poison")]}, services)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "b"}]}


def test_a_message_s_attempt_is_its_receive_count() -> None:
    store = RecordingStore()
    store.out = Unavailable("out")
    deferred: list[tuple[str, str, int, bool]] = []

    class Deferring:
        limit = 1

        def send(self, body: str, delay: int = 0) -> str:
            raise AssertionError((body, delay))

        def hide(self, message: Any, delay: int) -> None:
            deferred.append((message.id, message.handle, message.receive_count, 96 <= delay <= 120))

        def dead_letter(self, message: Any, reason: str) -> None:
            raise AssertionError((message, reason))

    services = processing(store, ScriptedGitHub())._replace(queue=Deferring())
    respond({"Records": [record("a", event(1), "3")]}, services)
    assert deferred == [("a", "handle-a", 3, True)]


class Context:
    """Lambda's context, whose remaining time decreases at each call while all other threads wait."""

    def __init__(self, seconds: float) -> None:
        self.milliseconds = seconds * 1000
        self._threads = TestThreads()

    def get_remaining_time_in_millis(self) -> int:
        if self._threads.all_wait():
            self.milliseconds -= 200
        return round(self.milliseconds)


def test_the_function_ends_in_time_if_a_read_hangs_and_stores_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging(ScriptedGitHub):
        def pages(self, path: str, params: Any = None) -> Any:
            stopping.wait()
            return super().pages(path, params)

    stopping, store = threading.Event(), RecordingStore()
    services = processing(store, Hanging())
    monkeypatch.setattr(worker_wiring, "worker_services", lambda: services)
    monkeypatch.setattr("core.deadline._POLL", 0.001)
    context = Context(300)
    hanging = services.queue.send(message.encode(signed("github::pull_request", pull_request())))
    stored = services.queue.send(event(1))
    received = services.queue.receive()  # type: ignore[attr-defined]  # it is the memory queue
    answer = handler(
        {"Records": [record(message_received.id, message_received.body) for message_received in received]}, context
    )
    assert {message_received.id for message_received in received} == {hanging, stored}
    assert answer == {"batchItemFailures": [{"itemIdentifier": hanging}]}
    assert any("/check-suite/" in path for path in store.records())
    assert context.milliseconds / 1000 > MARGIN
    stopping.set()
