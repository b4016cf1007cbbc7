"""Tests of the batches that the worker function gets from SQS, with a fake of the boto3 client."""

from collections.abc import Callable
from typing import Any

from core.batch import BatchResult
from core.log import Log
from runtimes.local import event_source_mapping
from runtimes.local.health import Health
from runtimes.local.poller import Pace


class Sqs:
    """A queue of 25 messages that returns, hides and deletes ten a call, as SQS does."""

    def __init__(self) -> None:
        self.waiting = list(range(25))
        self.waits: list[int] = []
        self.deleted: list[str] = []

    def receive_message(self, **parameters: Any) -> dict[str, Any]:
        assert (parameters["QueueUrl"], parameters["VisibilityTimeout"]) == ("url", 7)
        self.waits.append(parameters["WaitTimeSeconds"])
        count = parameters["MaxNumberOfMessages"]
        assert 1 <= count <= 10
        numbers, self.waiting = self.waiting[:count], self.waiting[count:]
        attributes = {"ApproximateReceiveCount": "2"}
        messages = [
            {"MessageId": f"m{n}", "ReceiptHandle": f"r{n}", "Body": f"b{n}", "Attributes": attributes} for n in numbers
        ]
        return {"Messages": messages} if messages else {}

    def delete_message_batch(self, **parameters: Any) -> None:
        entries = parameters["Entries"]
        assert len(entries) <= 10
        assert len({entry["Id"] for entry in entries}) == len(entries)
        self.deleted += [entry["ReceiptHandle"] for entry in entries]


def test_the_function_gets_records_and_its_response_decides_what_stays() -> None:
    sqs, events, health = Sqs(), list[dict[str, Any]](), Health()

    def function(event: dict[str, Any], observe: Callable[[BatchResult], object]) -> dict[str, Any]:
        events.append(event)
        observe(BatchResult(("m0", "m24"), ("m1",), (), 3))
        return {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m24"}]}

    pace = Pace(window=0.0, visibility=7)
    event_source_mapping.poller(sqs, "url", function, health, Log("error"), pace).poll()

    [event] = events
    assert [record["messageId"] for record in event["Records"]] == [f"m{n}" for n in range(25)]
    assert event["Records"][3] == {
        "messageId": "m3",
        "receiptHandle": "r3",
        "body": "b3",
        "attributes": {"ApproximateReceiveCount": "2"},
        "eventSource": "aws:sqs",
    }
    assert sqs.deleted == [f"r{n}" for n in range(1, 24)]
    assert sqs.waits[:2] == [1, 0]
    counts = health.counts()
    assert [counts[name] for name in ("queued", "processed", "failed", "records")] == [2, 22, 1, 3]
