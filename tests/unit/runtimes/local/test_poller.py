"""The poller's batches, by an SQS that never runs dry."""

from typing import Any

from core.log import Log
from runtimes.local.health import Health
from runtimes.local.poller import Pace, Poller

MOST = 1_000_000
"""Messages: far more than are handed out in a third of the shortest visibility."""


class FullQueue:
    """Hands out ten messages a call, until MOST."""

    def __init__(self) -> None:
        self.given = 0
        self.deleted = 0

    def receive_message(self, **asked: Any) -> dict[str, Any]:
        assert asked["VisibilityTimeout"] == 1
        if self.given >= MOST:
            return {}
        numbers = range(self.given, self.given + 10)
        self.given += 10
        return {
            "Messages": [{"MessageId": f"{n}", "ReceiptHandle": f"{n}", "Body": "", "Attributes": {}} for n in numbers]
        }

    def delete_message_batch(self, **asked: Any) -> None:
        self.deleted += len(asked["Entries"])

    def change_message_visibility_batch(self, **asked: Any) -> None:
        raise AssertionError(f"there is no work that takes time: {asked}")


def test_a_batch_is_worked_before_its_first_messages_come_back_however_many_there_are() -> None:
    queue, worked = FullQueue(), list[int]()

    def work(event: dict[str, Any], _told: object) -> dict[str, Any]:
        worked.append(len(event["Records"]))
        return {"batchItemFailures": []}

    pace = Pace(batch_size=MOST * 2, window=0.0, visibility=1)
    Poller(queue, "queue", work, Health(), Log("error"), pace).poll()

    assert worked == [queue.given] == [queue.deleted]
    assert 0 < queue.given < MOST


def test_a_batch_has_the_time_of_the_worker_function_and_less_when_the_server_stops() -> None:
    left: list[float] = []

    def work(_event: dict[str, Any], _told: object) -> dict[str, Any]:
        left.append(poller.seconds_left())
        poller.stop(10.0)
        left.append(poller.seconds_left())
        return {"batchItemFailures": []}

    poller = Poller(FullQueue(), "queue", work, Health(), Log("error"), Pace(batch_size=10, window=0.0, visibility=1))
    poller.poll()
    assert 290 < left[0] <= 300
    assert 0 < left[1] <= 8
