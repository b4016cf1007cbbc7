import pytest

from core.errors import Unavailable
from runtimes.aws.sqs_queue import SqsQueue
from runtimes.aws.ssm_secrets import error_code
from tests.unit.core.recording import queued
from tests.unit.runtimes.aws.scripted_client import AwsError, Client


def test_a_message_is_sent_with_its_delay() -> None:
    client = Client({"MessageId": "m-1"})
    assert SqsQueue(client, "url").send("body", 7) == "m-1"
    assert client.calls == [("send_message", {"QueueUrl": "url", "MessageBody": "body", "DelaySeconds": 7})]


def test_a_deferred_message_is_hidden_by_its_receipt() -> None:
    client = Client({})
    SqsQueue(client, "url").hide(queued("body", "m", 2), 60)
    parameters = {"QueueUrl": "url", "ReceiptHandle": "m-2", "VisibilityTimeout": 60}
    assert client.calls == [("change_message_visibility", parameters)]


@pytest.mark.parametrize(
    ("reason", "text"), [("bad", "bad"), ("", "unknown"), ("é\ud800", "\\xe9\\ud800"), ("x" * 2000, "x" * 1000)]
)
def test_a_dead_letter_has_its_reason_in_ascii_that_sqs_accepts(reason: str, text: str) -> None:
    client = Client({})
    SqsQueue(client, "url", "dead").dead_letter(queued("body"), reason)
    attributes = {"reason": {"DataType": "String", "StringValue": text}}
    parameters = {"QueueUrl": "dead", "MessageBody": "body", "MessageAttributes": attributes}
    assert client.calls == [("send_message", parameters)]


def test_the_longest_message_and_its_reason_fit_sqs_together() -> None:
    assert SqsQueue.limit + len("reason") + len("String") + 1000 <= 256 * 1024


@pytest.mark.parametrize("error", [AwsError("ThrottlingException"), TimeoutError("zebra")])
def test_an_sqs_error_is_unavailable_and_its_message_is_not_repeated(error: Exception) -> None:
    queue = SqsQueue(Client(error), "url", "dead")
    for call in (
        lambda: queue.send("b"),
        lambda: queue.hide(queued("b"), 1),
        lambda: queue.dead_letter(queued("b"), "r"),
    ):
        with pytest.raises(Unavailable) as refused:
            call()
        assert "zebra" not in str(refused.value)
        assert str(refused.value).endswith(error_code(error))
