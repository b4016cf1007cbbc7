"""Tests of the poller's batches with an SQS that always has messages."""

from typing import Any

from core.log import Log
from runtimes.local.health import Health
from runtimes.local.poller import Pace, Poller

MOST = 1_000_000
"""Messages: far more than can be received in a third of the shortest visibility timeout."""


class FullQueue:
    """Returns ten messages a call, until MOST."""

    def __init__(self) -> None:
        self.delivered = 0
        self.deleted = 0

    def receive_message(self, **parameters: Any) -> dict[str, Any]:
        assert parameters["VisibilityTimeout"] == 1
        if self.delivered >= MOST:
            return {}
        numbers = range(self.delivered, self.delivered + 10)
        self.delivered += 10
        return {
            "Messages": [{"MessageId": f"{n}", "ReceiptHandle": f"{n}", "Body": "", "Attributes": {}} for n in numbers]
        }

    def delete_message_batch(self, **parameters: Any) -> None:
        self.deleted += len(parameters["Entries"])

    def change_message_visibility_batch(self, **parameters: Any) -> None:
        raise AssertionError(f"there is no work that takes time: {parameters}")


def test_a_large_batch_starts_before_its_first_messages_reappear() -> None:
    queue, worked = FullQueue(), list[int]()

    def work(event: dict[str, Any], _observe: object) -> dict[str, Any]:
        worked.append(len(event["Records"]))
        return {"batchItemFailures": []}

    pace = Pace(batch_size=MOST * 2, window=0.0, visibility=1)
    Poller(queue, "queue", work, Health(), Log("error"), pace).poll()

    assert worked == [queue.delivered] == [queue.deleted]
    assert 0 < queue.delivered < MOST


def test_a_batch_has_the_worker_timeout_and_less_during_shutdown() -> None:
    seconds: list[float] = []

    def work(_event: dict[str, Any], _observe: object) -> dict[str, Any]:
        seconds.append(poller.seconds_left())
        poller.stop(10.0)
        seconds.append(poller.seconds_left())
        return {"batchItemFailures": []}

    poller = Poller(FullQueue(), "queue", work, Health(), Log("error"), Pace(batch_size=10, window=0.0, visibility=1))
    poller.poll()
    assert 290 < seconds[0] <= 300
    assert 0 < seconds[1] <= 8
