"""Queues are marked with the folder that uses them, so that no server receives the events of another folder."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from runtimes.local.emulator.queue_owner import TAG, ForeignQueue, check, claim


class Sqs:
    """The part of SQS that a claim uses.

    CreateQueue returns the URL of an existing queue and leaves its tags:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    """

    meta = SimpleNamespace(endpoint_url="http://127.0.0.1:4566")

    def __init__(self, missing: str = "AWS.SimpleQueueService.NonExistentQueue") -> None:
        self.tags: dict[str, dict[str, str]] = {}
        self.changes: list[str] = []
        self.missing = missing

    def get_queue_url(self, *, QueueName: str) -> Any:  # noqa: N803 (boto3's own)
        if QueueName not in self.tags:
            raise ClientError({"Error": {"Code": self.missing, "Message": ""}}, "GetQueueUrl")
        return {"QueueUrl": f"http://sqs/{QueueName}"}

    def create_queue(self, *, QueueName: str, tags: dict[str, str]) -> Any:  # noqa: N803 (boto3's own)
        self.changes.append(f"create {QueueName}")
        self.tags.setdefault(QueueName, dict(tags))
        return {"QueueUrl": f"http://sqs/{QueueName}"}

    def tag_queue(self, *, QueueUrl: str, Tags: dict[str, str]) -> None:  # noqa: N803 (boto3's own)
        self.changes.append(f"tag {QueueUrl}")
        self.tags[QueueUrl.rpartition("/")[2]] |= Tags

    def list_queue_tags(self, *, QueueUrl: str) -> Any:  # noqa: N803 (boto3's own)
        tags = self.tags[QueueUrl.rpartition("/")[2]]
        return {"Tags": tags} if tags else {}  # the member is absent if there are no tags


@pytest.mark.parametrize("missing", ["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"])
def test_new_queues_are_created_with_the_owner_s_tag(missing: str) -> None:
    sqs = Sqs(missing)
    assert claim(sqs, ["events", "dead"], "me") == ["http://sqs/events", "http://sqs/dead"]
    assert sqs.tags == {"events": {TAG: "me"}, "dead": {TAG: "me"}}


def test_a_second_claim_changes_no_tag() -> None:
    sqs = Sqs()
    claim(sqs, ["events"], "me")
    assert claim(sqs, ["events"], "me") == ["http://sqs/events"]
    assert [change for change in sqs.changes if change.startswith("tag")] == []


def test_a_queue_without_an_owner_is_tagged() -> None:
    sqs = Sqs()
    sqs.tags["events"] = {}
    claim(sqs, ["events"], "me")
    assert (sqs.tags["events"], sqs.changes) == ({TAG: "me"}, ["create events", "tag http://sqs/events"])


def test_another_folder_s_queue_is_refused_before_any_change() -> None:
    sqs = Sqs()
    sqs.tags["dead"] = {TAG: "other"}
    with pytest.raises(
        ForeignQueue, match=r"^the queue dead at http://127\.0\.0\.1:4566 belongs to the server of another"
    ):
        claim(sqs, ["events", "dead"], "me")
    assert sqs.changes == []


def test_a_queue_that_another_server_creates_meanwhile_is_refused() -> None:
    class Raced(Sqs):
        def create_queue(self, *, QueueName: str, tags: dict[str, str]) -> Any:  # noqa: N803 (boto3's own)
            return super().create_queue(QueueName=QueueName, tags=dict.fromkeys(tags, "other"))

    with pytest.raises(ForeignQueue):
        claim(Raced(), ["events"], "me")


def test_a_check_changes_nothing() -> None:
    sqs = Sqs()
    check(sqs, "events", "me")
    sqs.tags["events"] = {TAG: "me"}
    check(sqs, "events", "me")
    with pytest.raises(ForeignQueue):
        check(sqs, "events", "other")
    assert sqs.changes == []


def test_another_error_of_the_queue_is_not_a_missing_queue() -> None:
    with pytest.raises(ClientError):
        check(Sqs("AccessDenied"), "events", "me")
