import time
from typing import Any

import pytest

from core.clock import now
from core.errors import SecretMissing, Unavailable
from core.secrets_cache import WEBHOOK_SECRET
from runtimes.aws.sqs_queue import SqsQueue
from runtimes.aws.ssm_secrets import SsmSecrets, error_code
from tests.unit.core.recording import queued


class AwsError(Exception):
    """An error like botocore's, with a message that quotes the request."""

    def __init__(self, code: str) -> None:
        super().__init__(f"zebra {code}")
        self.response = {"Error": {"Code": code, "Message": "zebra"}}


class Client:
    """Responds like a boto3 client and records every call."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, operation: str) -> Any:
        def call(**parameters: Any) -> Any:
            self.calls.append((operation, parameters))
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

        return call


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


def test_a_secret_is_read_decrypted_from_the_environment_s_folder() -> None:
    client = Client({"Parameter": {"Value": " secret\n"}})
    assert SsmSecrets(client, "prod").get(WEBHOOK_SECRET) == "secret"
    parameters = {"Name": "/telemetry/prod/github-webhook-secret-token", "WithDecryption": True}
    assert client.calls == [("get_parameter", parameters)]


@pytest.mark.parametrize(
    "answer",
    [AwsError("ParameterNotFound"), *({"Parameter": {"Value": value}} for value in ("", " ", "unset", None))],
)
def test_a_missing_parameter_or_placeholder_is_a_missing_secret(answer: Any) -> None:
    with pytest.raises(SecretMissing):
        SsmSecrets(Client(answer), "prod").get(WEBHOOK_SECRET)


@pytest.mark.parametrize("error", [AwsError("AccessDeniedException"), TimeoutError("zebra")])
def test_an_unreadable_parameter_is_unavailable_without_its_message(error: Exception) -> None:
    with pytest.raises(Unavailable) as refused:
        SsmSecrets(Client(error), "prod").get(WEBHOOK_SECRET)
    assert type(refused.value) is Unavailable
    assert "zebra" not in str(refused.value)


@pytest.mark.parametrize(
    ("error", "code"),
    [(AwsError("Throttling"), "Throttling"), (AwsError(""), "AwsError"), (ValueError("zebra"), "ValueError")],
)
def test_an_error_is_called_by_its_code_or_type(error: Exception, code: str) -> None:
    assert error_code(error) == code


def test_the_clock_returns_whole_milliseconds() -> None:
    before = time.time_ns()
    milliseconds = now()
    assert before // 1_000_000 <= milliseconds <= time.time_ns() // 1_000_000
