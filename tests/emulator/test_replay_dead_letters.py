"""Dead letters go back to where they came from, and none is ever nowhere."""

import uuid
from collections import Counter
from typing import Any

import pytest

from cli.deployment.clouds.aws.dead_letters import SqsLetters
from cli.deployment.dead_letters import replay
from runtimes.local.wiring import Clients

pytestmark = pytest.mark.emulator


def queues(emulator: Clients) -> tuple[str, str]:
    name = uuid.uuid4().hex[:8]
    urls = [emulator.sqs.create_queue(QueueName=f"{name}-{part}")["QueueUrl"] for part in ("events", "dead")]
    return urls[0], urls[1]


def bury(emulator: Clients, url: str, body: str, **attributes: str) -> None:
    message_attributes: dict[str, Any] = {
        name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
    }
    emulator.sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=message_attributes)


def bodies(emulator: Clients, url: str) -> list[str]:
    replayed: list[str] = []
    while messages := emulator.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        replayed += [message["Body"] for message in messages]
    return sorted(replayed)


def test_dead_letters_are_requeued_and_their_reasons_shown(emulator: Clients) -> None:
    events, dead = queues(emulator)
    for number in range(23):
        bury(
            emulator, dead, f"event {number:02}", reason="no such repository" if number % 2 else "no such pull request"
        )
    bury(emulator, dead, "moved by SQS")
    result = replay(SqsLetters(emulator.sqs, dead, events), dry_run=False)
    assert result == Counter({"no such pull request": 12, "no such repository": 11, "received too many times": 1})
    assert bodies(emulator, events) == [*(f"event {number:02}" for number in range(23)), "moved by SQS"]
    assert bodies(emulator, dead) == []


def test_what_the_scheduler_could_not_deliver_stays(emulator: Clients) -> None:
    events, dead = queues(emulator)
    bury(emulator, dead, '{"job":"survey_tooling"}', ERROR_CODE="x", ERROR_MESSAGE="throttled")
    assert replay(SqsLetters(emulator.sqs, dead, events), dry_run=False) == Counter({"throttled": 1})
    assert bodies(emulator, events) == []
    assert len(bodies(emulator, dead)) == 1


def test_a_dry_run_moves_nothing(emulator: Clients) -> None:
    events, dead = queues(emulator)
    bury(emulator, dead, "event", reason="gone")
    assert replay(SqsLetters(emulator.sqs, dead, events), dry_run=True) == Counter({"gone": 1})
    assert bodies(emulator, events) == []
    assert len(bodies(emulator, dead)) == 1


def test_a_letter_that_returns_at_once_is_not_replayed_in_a_loop(emulator: Clients) -> None:
    events, dead = queues(emulator)
    bury(emulator, dead, "poison", reason="no JSON")

    class Worked:
        """A queue whose worker buries what it gets before anybody looks again."""

        sent = 0

        def __getattr__(self, name: str) -> Any:
            return getattr(emulator.sqs, name)

        def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803 (boto3's own)
            assert QueueUrl == events
            self.sent += 1
            bury(emulator, dead, MessageBody, reason="no JSON")

    worked = Worked()
    assert replay(SqsLetters(worked, dead, events), dry_run=False) == Counter({"no JSON": 1})
    assert (worked.sent, bodies(emulator, dead)) == (1, ["poison"])
