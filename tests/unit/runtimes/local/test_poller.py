"""Tests of the poller's batches with a queue that always has messages."""

from collections.abc import Iterable, Sequence

from core.batch import BatchResult
from core.log import Log
from core.ports import QueuedMessage
from runtimes.local.health import Health
from runtimes.local.poller import Pace, Poller

MOST = 1_000_000
"""Messages: far more than can be received in a third of the visibility timeout."""
DONE = BatchResult((), (), (), 0)


class FullQueue:
    """Returns ten messages a call, until MOST."""

    visibility = 1

    def __init__(self, body: str = "") -> None:
        self.body = body
        self.delivered = 0
        self.deleted: list[str] = []

    def receive(self, most: int, wait: float) -> list[QueuedMessage]:
        assert wait in (0, 1)
        count = min(10, most, MOST - self.delivered)
        numbers = range(self.delivered, self.delivered + count)
        self.delivered += count
        return [QueuedMessage(f"{n}", self.body, 1, f"{n}") for n in numbers]

    def delete(self, *messages: QueuedMessage) -> None:
        self.deleted += [message.id for message in messages]

    def renew(self, messages: Iterable[QueuedMessage]) -> None:
        raise AssertionError(f"there is no work that takes time: {messages}")


def test_a_large_batch_starts_before_its_first_messages_reappear() -> None:
    queue, worked = FullQueue(), list[int]()

    def work(messages: Sequence[QueuedMessage]) -> BatchResult:
        worked.append(len(messages))
        return DONE

    Poller(queue, work, Health(), Log("error"), Pace(batch_size=MOST * 2, window=0.0)).poll()

    assert worked == [queue.delivered] == [len(queue.deleted)]
    assert 0 < queue.delivered < MOST


def test_a_batch_has_no_more_messages_than_its_pace_allows() -> None:
    queue, worked = FullQueue(), list[int]()

    def work(messages: Sequence[QueuedMessage]) -> BatchResult:
        worked.append(len(messages))
        return DONE

    Poller(queue, work, Health(), Log("error"), Pace(batch_size=15, window=0.0)).poll()
    assert worked == [15]


def test_a_batch_gets_no_more_messages_than_its_bytes_allow() -> None:
    worked = list[int]()

    def work(messages: Sequence[QueuedMessage]) -> BatchResult:
        worked.append(len(messages))
        return DONE

    Poller(FullQueue("x" * 100), work, Health(), Log("error"), Pace(batch_bytes=2_500, window=0.0)).poll()
    assert worked == [30], "what the last call received is processed, too"


def test_failed_messages_stay_in_the_queue_and_the_others_are_counted() -> None:
    queue, health = FullQueue(), Health()
    result = BatchResult(failed=("1",), dead=("2",), again=(), records=1)
    Poller(queue, lambda _: result, health, Log("error"), Pace(batch_size=3, window=0.0)).poll()
    assert queue.deleted == ["0", "2"]
    counts = health.counts()
    assert [counts[name] for name in ("accepted", "queued", "processed", "failed")] == [3, 1, 1, 1]


def test_a_batch_has_the_worker_timeout_and_less_during_shutdown() -> None:
    seconds: list[float] = []

    def work(_: Sequence[QueuedMessage]) -> BatchResult:
        seconds.append(poller.seconds_left())
        poller.stop(10.0)
        seconds.append(poller.seconds_left())
        return DONE

    poller = Poller(FullQueue(), work, Health(), Log("error"), Pace(batch_size=10, window=0.0))
    poller.poll()
    assert 290 < seconds[0] <= 300
    assert 0 < seconds[1] <= 8
