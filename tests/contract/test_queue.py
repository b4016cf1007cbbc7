"""What every Queue does, run over every implementation; a Harness also receives and deletes, as a runtime does."""

import time
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from core.errors import Unavailable
from core.persistent_connections import Timeouts
from core.ports import Queue, QueuedMessage
from fakes.google.server import FakeGoogle
from runtimes.aws.aws_api import SQS, AwsApi
from runtimes.aws.sqs_queue import SqsQueue
from runtimes.gcp import google_clients
from runtimes.gcp.google_api import GoogleApi, MetadataToken
from runtimes.gcp.pubsub_queue import Publisher, PubSub, PubSubQueue
from runtimes.gcp.worker import pull_batch
from runtimes.local import wiring
from runtimes.local.event_source_mapping import SqsConsumer
from runtimes.local.sqlite_file import SqliteFile
from runtimes.local.sqlite_queue import SqliteQueue
from tests.builders import Clock, processing, settings
from tests.environment import PATIENCE
from tests.memory_adapters import MemoryQueue


class Harness(NamedTuple):
    """A queue and what its runtime does with it."""

    queue: Queue
    receive: Callable[[], list[QueuedMessage]]
    dead: Callable[[], list[tuple[str, str]]]
    wait: Callable[[float], None]
    now: Callable[[], float]
    break_it: Callable[[], None]


def memory(_: pytest.FixtureRequest) -> Harness:
    clock = Clock()
    queue = MemoryQueue(clock.seconds)
    return Harness(
        queue,
        queue.receive,
        lambda: [(letter.body, letter.reason) for letter in queue.dead],
        clock.move,
        clock.seconds,
        lambda: setattr(queue, "out", True),
    )


def sqlite(request: pytest.FixtureRequest) -> Harness:
    clock = Clock()
    file = SqliteFile(request.getfixturevalue("tmp_path") / "queue.sqlite")
    request.addfinalizer(file.close)
    queue = SqliteQueue(file, clock=clock.seconds)
    return Harness(
        queue,
        queue.receive,
        lambda: [(letter.body, letter.reason) for letter in queue.dead_letters()],
        clock.move,
        clock.seconds,
        file.close,
    )


class FrontDoor:
    """Sends as the webhook function does, without boto3; the rest, which only the worker does, is boto3's."""

    def __init__(self, boto3: Any) -> None:
        self.change_message_visibility = boto3.change_message_visibility
        self.send_message = AwsApi(SQS, emulated(boto3)).send_message


def emulated(boto3: Any) -> dict[str, str]:
    """What Lambda's environment would say, were the emulator AWS: the same account as that of the clients."""
    keys = boto3._request_signer._credentials
    environment = {"AWS_ACCESS_KEY_ID": keys.access_key, "AWS_SECRET_ACCESS_KEY": keys.secret_key}
    return {**environment, "AWS_REGION": boto3.meta.region_name, "AWS_ENDPOINT_URL": boto3.meta.endpoint_url}


def sqs_without_boto3(request: pytest.FixtureRequest) -> Harness:
    return sqs(request, FrontDoor)


def sqs(request: pytest.FixtureRequest, front: Callable[[Any], Any] = lambda client: client) -> Harness:
    client = request.getfixturevalue("emulator").sqs
    urls = wiring.make_queues(client, settings(environment_id=f"q{uuid.uuid4().hex[:12]}"))
    queue = SqsQueue(front(client), urls.queue, urls.dead_letters)

    def receive() -> list[QueuedMessage]:
        return SqsConsumer(client, urls.queue, visibility=20).receive(10, 0.0)

    def dead() -> list[tuple[str, str]]:
        answer = client.receive_message(
            QueueUrl=urls.dead_letters, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        return [(m["Body"], m["MessageAttributes"]["reason"]["StringValue"]) for m in answer.get("Messages", [])]

    return Harness(queue, receive, dead, time.sleep, time.monotonic, lambda: client.delete_queue(QueueUrl=urls.queue))


def pubsub_without_google_s_client(request: pytest.FixtureRequest) -> Harness:
    def light(google: FakeGoogle, _: PubSub) -> Publisher:
        # The longest message is 10 MB: a busy machine takes longer than the 1.1 seconds of a function.
        patient = Timeouts(connect=PATIENCE, answer=PATIENCE)
        api = GoogleApi("pubsub", MetadataToken(google.environment), google.environment, timeouts=patient)
        request.addfinalizer(api.close)
        return api

    return pubsub(request, light)


def pubsub(
    request: pytest.FixtureRequest, front: Callable[[FakeGoogle, PubSub], Publisher] = lambda _, worked: worked
) -> Harness:
    clock = Clock()
    google = FakeGoogle("demo-project", clock=clock.seconds)
    google.__enter__()
    request.addfinalizer(lambda: google.__exit__(None, None, None))
    google.pubsub.patience = 0.05
    names = {kind: f"projects/demo-project/{kind}" for kind in ("topics", "subscriptions")}
    for name in ("letters", "events"):
        google.pubsub.add_topic(f"{names['topics']}/{name}")
        policy = {"dead_letter_topic": f"{names['topics']}/letters", "max_delivery_attempts": 100}
        options = {"ack_deadline_seconds": 60, "dead_letter_policy": policy if name == "events" else None}
        google.pubsub.add_subscription(f"{names['subscriptions']}/{name}", f"{names['topics']}/{name}", **options)
    worked = google_clients.pubsub(google.environment, f"{names['subscriptions']}/events")
    events, letters = f"{names['topics']}/events", f"{names['topics']}/letters"
    queue = PubSubQueue(front(google, worked), events, letters, worked, clock)
    services = processing(None, None, clock=clock)._replace(queue=queue)
    return Harness(
        queue,
        lambda: [message.message for message in pull_batch(worked, services, lambda: 100.0)],
        lambda: [
            (message.data.decode(), message.attributes["reason"])
            for message in google.pubsub.backlog(f"{names['subscriptions']}/letters")
        ],
        clock.move,
        clock.seconds,
        lambda: setattr(google.pubsub, "down", "UNAVAILABLE"),
    )


EMULATED = [pytest.param(backend, marks=pytest.mark.emulator) for backend in (sqs, sqs_without_boto3)]
GOOGLE = [pubsub, pubsub_without_google_s_client]


@pytest.fixture(params=[memory, sqlite, *EMULATED, *GOOGLE], ids=lambda backend: backend.__name__)
def harness(request: pytest.FixtureRequest) -> Harness:
    harness: Harness = request.param(request)
    return harness


def test_a_sent_message_is_received_once_while_hidden(harness: Harness) -> None:
    id = harness.queue.send('{"a":1}')
    received = harness.receive()
    assert [(message.id, message.body, message.receive_count) for message in received] == [(id, '{"a":1}', 1)]
    assert harness.receive() == []


def received(harness: Harness, due: float) -> list[QueuedMessage]:
    """Receive until a message comes. However slow the machine is, it comes, and never before it is due."""
    for _ in range(600):
        messages = harness.receive()
        if messages:
            assert harness.now() > due - 0.1  # the emulator's clock is another one
            return messages
        harness.wait(0.1)
    raise AssertionError("no message came")


def test_a_delayed_message_is_received_after_its_delay(harness: Harness) -> None:
    due = harness.now() + 1
    harness.queue.send("later", delay=1)
    assert [message.body for message in received(harness, due)] == ["later"]


def test_a_deferred_message_reappears_and_counts_its_attempts(harness: Harness) -> None:
    harness.queue.send("again")
    [first] = harness.receive()
    due = harness.now() + 1
    harness.queue.hide(first, 1)
    [second] = received(harness, due)
    assert (second.id, second.body, second.receive_count) == (first.id, "again", 2)


def test_a_dead_lettered_message_has_its_reason(harness: Harness) -> None:
    harness.queue.send("poison")
    [message] = harness.receive()
    harness.queue.dead_letter(message, "check_suite.id: expected a whole number, got null")
    assert harness.dead() == [("poison", "check_suite.id: expected a whole number, got null")]


@pytest.mark.parametrize("reason", ["", "ü\uffff\n\t\x00", "x" * 5000])
def test_any_reason_can_be_dead_lettered(harness: Harness, reason: str) -> None:
    harness.queue.send("poison")
    [message] = harness.receive()
    harness.queue.dead_letter(message, reason)
    assert [body for body, _ in harness.dead()] == ["poison"]


def test_the_longest_message_can_be_sent_and_dead_lettered(harness: Harness) -> None:
    longest = "x" * harness.queue.limit
    harness.queue.send(longest)
    [message] = harness.receive()
    assert message.body == longest
    harness.queue.dead_letter(message, "x" * 5000)
    assert [body for body, _ in harness.dead()] == [longest]


def test_a_queue_that_is_out_is_unavailable(harness: Harness) -> None:
    harness.queue.send("first")
    [message] = harness.receive()
    harness.break_it()
    with pytest.raises(Unavailable):
        harness.queue.send("second")
    with pytest.raises(Unavailable):
        harness.queue.hide(message, 1)
