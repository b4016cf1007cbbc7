"""The fake Pub/Sub, asked by Google's own unchanged clients and by plain HTTP."""

import base64
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
import requests
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import pubsub_v1
from google.pubsub_v1 import SubscriberClient

from fakes.google import LOST, FakeGoogle, UnknownRequest
from tests.builders import Clock
from tests.e2e.server import wait_for
from tests.environment import PATIENCE

TOPIC = "projects/demo-project/topics/events"
EVENTS = "projects/demo-project/subscriptions/events"
DEAD = "projects/demo-project/topics/dead-letters"
GRAVES = "projects/demo-project/subscriptions/dead-letters"
"""Seconds that any call may take."""


class Harness(NamedTuple):
    """A fake, its clock, and the clients of Google's that ask it."""

    google: FakeGoogle
    clock: Clock
    publisher: Any
    subscriber: Any

    def publish(self, data: bytes, topic: str = TOPIC, **attributes: str) -> str:
        id: str = self.publisher.publish(topic, data, retry=None, timeout=PATIENCE, **attributes).result(PATIENCE)
        return id

    def pull(self, subscription: str = EVENTS, most: int = 100) -> list[Any]:
        request = {"subscription": subscription, "max_messages": most}
        return list(self.subscriber.pull(request=request, retry=None, timeout=PATIENCE).received_messages)

    def acknowledge(self, *received: Any) -> None:
        ids = [received_message.ack_id for received_message in received]
        self.subscriber.acknowledge(request={"subscription": EVENTS, "ack_ids": ids}, retry=None, timeout=PATIENCE)

    def hide(self, seconds: int, *received: Any) -> None:
        ids = [received_message.ack_id for received_message in received]
        request = {"subscription": EVENTS, "ack_ids": ids, "ack_deadline_seconds": seconds}
        self.subscriber.modify_ack_deadline(request=request, retry=None, timeout=PATIENCE)

    def subscribe(self, name: str = EVENTS, topic: str = TOPIC, **settings: Any) -> Any:
        request = {"name": name, "topic": topic, **settings}
        return self.subscriber.create_subscription(request=request, retry=None, timeout=PATIENCE)

    def rest(self, method: str, path: str, body: Any = None, *, token: str | None = "") -> requests.Response:
        """`token` is one of the metadata server's, unless it is given; None for no header."""
        headers = {} if token is None else {"Authorization": f"Bearer {token or self.token()}"}
        base = self.google.environment["CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB"]
        return requests.request(method, f"{base}v1/{path}", json=body, headers=headers, timeout=PATIENCE)

    def token(self) -> str:
        host = self.google.environment["GCE_METADATA_HOST"]
        url = f"http://{host}/computeMetadata/v1/instance/service-accounts/default/token"
        return str(requests.get(url, headers={"Metadata-Flavor": "Google"}, timeout=PATIENCE).json()["access_token"])


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    clock = Clock()
    with FakeGoogle(clock=clock.seconds) as google:
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", google.environment["PUBSUB_EMULATOR_HOST"])
        google.pubsub.patience = 0.0
        publisher, subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
        with subscriber:
            for topic in (TOPIC, DEAD):
                publisher.create_topic(name=topic)
            yield Harness(google, clock, publisher, subscriber)
            publisher.stop()
            publisher.transport.close()


def data(received: list[Any]) -> list[bytes]:
    return [received_message.message.data for received_message in received]


def test_what_is_published_is_pulled_once_with_all_that_belongs_to_it(harness: Harness) -> None:
    harness.subscribe()
    id = harness.publish(b"caf\xc3\xa9", kind="drink", empty="")
    [received] = harness.pull()
    message = received.message
    assert (message.message_id, message.data) == (id, b"caf\xc3\xa9")
    assert dict(message.attributes) == {"kind": "drink", "empty": ""}
    assert message.publish_time.timestamp() == harness.clock.seconds()
    assert received.delivery_attempt == 0  # Google tells it only where there is a dead-letter policy
    assert harness.pull() == []


def test_every_subscription_gets_messages_published_after_it(harness: Harness) -> None:
    harness.publish(b"nobody was there")
    harness.subscribe()
    harness.subscribe(GRAVES)
    harness.publish(b"both")
    assert data(harness.pull()) == data(harness.pull(GRAVES)) == [b"both"]


def test_messages_are_pulled_in_order_up_to_the_maximum(harness: Harness) -> None:
    harness.subscribe()
    for number in range(5):
        harness.publish(b"%d" % number)
    assert data(harness.pull(most=2)) == [b"0", b"1"]
    assert data(harness.pull(most=100)) == [b"2", b"3", b"4"]


def test_an_acknowledged_message_is_never_redelivered(harness: Harness) -> None:
    harness.subscribe()
    harness.publish(b"done")
    harness.acknowledge(*harness.pull())
    harness.clock.move(10_000)
    assert harness.pull() == []
    assert harness.google.pubsub.backlog(EVENTS) == []


def test_an_unacknowledged_message_is_redelivered_with_a_new_ack_id(harness: Harness) -> None:
    harness.subscribe(ack_deadline_seconds=20)
    id = harness.publish(b"again")
    first = harness.pull()
    harness.clock.move(19.9)
    assert harness.pull() == []
    harness.clock.move(0.2)
    harness.acknowledge(*first)
    harness.hide(600, *first)
    [second] = harness.pull()
    assert second.message.message_id == id
    assert second.ack_id != first[0].ack_id


def test_an_ack_deadline_can_be_extended_and_released(harness: Harness) -> None:
    harness.subscribe(ack_deadline_seconds=10)
    harness.publish(b"long")
    received = harness.pull()
    harness.hide(600, *received)
    harness.clock.move(599)
    assert harness.pull() == []
    harness.hide(0, *received)
    assert data(harness.pull()) == [b"long"]


def test_a_message_that_fails_too_often_becomes_a_dead_letter(harness: Harness) -> None:
    policy = {"dead_letter_topic": DEAD, "max_delivery_attempts": 5}
    harness.subscribe(dead_letter_policy=policy)
    harness.subscribe(GRAVES, DEAD)
    id = harness.publish(b"poison", kind="drink")
    published = harness.clock.seconds()
    for attempt in range(1, 6):
        received = harness.pull()
        assert [received_message.delivery_attempt for received_message in received] == [attempt]
        if attempt < 3:
            harness.hide(0, *received)
        else:
            harness.clock.move(11)
    [dead] = harness.pull(GRAVES)
    assert harness.pull() == []
    assert (dead.message.data, dead.delivery_attempt) == (b"poison", 0)
    assert dead.message.message_id != id
    attributes = dict(dead.message.attributes)
    when = attributes.pop("CloudPubSubDeadLetterSourceTopicPublishTime")
    assert when == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(published))
    assert attributes == {
        "kind": "drink",
        "CloudPubSubDeadLetterSourceDeliveryCount": "5",
        "CloudPubSubDeadLetterSourceSubscription": "events",
        "CloudPubSubDeadLetterSourceSubscriptionProject": "demo-project",
    }


def test_without_its_dead_letter_topic_a_message_is_not_lost(harness: Harness) -> None:
    harness.subscribe(dead_letter_policy={"dead_letter_topic": DEAD})
    assert harness.subscriber.get_subscription(subscription=EVENTS).dead_letter_policy.max_delivery_attempts == 5
    harness.publisher.delete_topic(topic=DEAD)
    harness.publish(b"kept")
    for _ in range(6):
        received = harness.pull()
        harness.hide(0, *received)
    assert [received_message.delivery_attempt for received_message in harness.pull()] == [7]


def test_a_retry_policy_waits_longer_each_time(harness: Harness) -> None:
    harness.subscribe(retry_policy={"minimum_backoff": {"seconds": 10}, "maximum_backoff": {"seconds": 30}})
    harness.publish(b"patience")
    for wait in (10, 20, 30, 30):
        harness.hide(0, *harness.pull())
        harness.clock.move(wait - 0.1)
        assert harness.pull() == []
        harness.clock.move(0.2)
    assert data(harness.pull()) == [b"patience"]


def test_the_message_due_for_longest_is_delivered_first(harness: Harness) -> None:
    harness.subscribe(retry_policy={"minimum_backoff": {"seconds": 10}})
    harness.publish(b"tried")
    harness.hide(0, *harness.pull())
    for late in (b"newer", b"newest"):
        harness.publish(late)
    assert data(harness.pull(most=1)) == [b"newer"]
    harness.clock.move(9)
    harness.publish(b"late")
    harness.clock.move(2)
    assert data(harness.pull()) == [b"newest", b"late", b"tried"]


def test_a_pull_waits_for_a_message(harness: Harness) -> None:
    harness.subscribe()
    harness.google.pubsub.patience = PATIENCE

    def publish_once_it_waits() -> None:
        while not harness.google.pubsub.calls["Pull"]:
            time.sleep(0.01)
        harness.publish(b"late")

    later = threading.Thread(target=publish_once_it_waits, daemon=True)
    later.start()
    assert data(harness.pull()) == [b"late"]
    later.join(PATIENCE)


def test_a_caller_that_waits_shorter_than_the_pull_sees_its_own_limit(harness: Harness) -> None:
    harness.subscribe()
    harness.google.pubsub.patience = 1.0
    with pytest.raises(exceptions.DeadlineExceeded):
        harness.subscriber.pull(subscription=EVENTS, max_messages=1, retry=None, timeout=0.2)


def test_many_at_once_lose_and_double_nothing(harness: Harness) -> None:
    harness.subscribe()
    got: list[bytes] = []

    def work() -> None:
        while received := harness.pull(most=7):
            got.extend(data(received))
            harness.acknowledge(*received)

    futures = [harness.publisher.publish(TOPIC, b"%d" % number) for number in range(300)]
    assert len({future.result(PATIENCE) for future in futures}) == 300
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(map(int, got)) == list(range(300))
    assert harness.google.pubsub.backlog(EVENTS) == []


def test_a_duplicated_delivery_is_delivered_twice(harness: Harness) -> None:
    harness.subscribe()
    id = harness.publish(b"twice")
    harness.google.pubsub.duplicate(EVENTS)
    first, second = harness.pull(), harness.pull()
    assert [received_message.message.message_id for received_message in first + second] == [id, id]
    assert first[0].ack_id != second[0].ack_id
    harness.acknowledge(*first, *second)
    harness.clock.move(1000)
    assert harness.pull() == []


@pytest.mark.parametrize(
    ("status", "raised"),
    [
        ("UNAVAILABLE", exceptions.ServiceUnavailable),
        ("RESOURCE_EXHAUSTED", exceptions.ResourceExhausted),
        ("PERMISSION_DENIED", exceptions.PermissionDenied),
    ],
)
def test_the_next_calls_fail_as_ordered(harness: Harness, status: str, raised: type[Exception]) -> None:
    harness.subscribe()
    harness.google.pubsub.fail("Publish", status, status)
    for _ in range(2):
        with pytest.raises(raised):
            harness.publish(b"refused")
    assert harness.google.pubsub.backlog(EVENTS) == []
    harness.publish(b"taken")
    harness.google.pubsub.fail("Pull", status)
    with pytest.raises(raised):
        harness.pull()
    assert data(harness.pull()) == [b"taken"]


def test_googles_own_retries_get_past_an_outage(harness: Harness) -> None:
    harness.subscribe()
    harness.google.pubsub.fail("Publish", "UNAVAILABLE", LOST)
    assert harness.publisher.publish(TOPIC, b"stubborn").result(PATIENCE)
    assert harness.google.pubsub.calls["Publish"] == 3
    assert data(harness.pull()) == [b"stubborn", b"stubborn"]  # an answer that got lost is a message more


def test_a_lost_answer_leaves_the_message_there(harness: Harness) -> None:
    harness.subscribe()
    harness.google.pubsub.fail("Publish", LOST, LOST)
    with pytest.raises(exceptions.ServiceUnavailable):
        harness.publish(b"by gRPC")
    with pytest.raises(requests.ConnectionError):
        harness.rest("POST", f"{TOPIC}:publish", {"messages": [{"data": "Ynkg"}]})
    assert data(harness.pull()) == [b"by gRPC", b"by "]


def test_while_it_is_down_nothing_is_answered(harness: Harness) -> None:
    harness.subscribe()
    harness.google.pubsub.down = "UNAVAILABLE"
    assert harness.rest("POST", f"{TOPIC}:publish", {"messages": [{"data": "YQ=="}]}).status_code == 503
    with pytest.raises(exceptions.ServiceUnavailable):
        harness.pull()
    harness.google.pubsub.down = ""
    assert harness.pull() == []


def test_a_fault_that_there_is_not_cannot_be_ordered(harness: Harness) -> None:
    with pytest.raises(ValueError, match="Publsh"):
        harness.google.pubsub.fail("Publsh", "UNAVAILABLE")
    with pytest.raises(ValueError, match="TIRED"):
        harness.google.pubsub.fail("Publish", "TIRED")


def test_missing_is_not_found_and_existing_is_already_exists(harness: Harness) -> None:
    nowhere = "projects/demo-project/{}/nowhere"
    with pytest.raises(exceptions.NotFound):
        harness.publish(b"x", nowhere.format("topics"))
    with pytest.raises(exceptions.NotFound):
        harness.pull(nowhere.format("subscriptions"))
    with pytest.raises(exceptions.NotFound):
        harness.subscribe(topic=nowhere.format("topics"))
    with pytest.raises(exceptions.NotFound):
        harness.subscribe(dead_letter_policy={"dead_letter_topic": nowhere.format("topics")})
    harness.subscribe()
    with pytest.raises(exceptions.AlreadyExists):
        harness.subscribe()
    with pytest.raises(exceptions.AlreadyExists):
        harness.publisher.create_topic(name=TOPIC)
    harness.subscriber.delete_subscription(subscription=EVENTS)
    with pytest.raises(exceptions.NotFound):
        harness.subscriber.get_subscription(subscription=EVENTS)


def test_lists_have_pages(harness: Harness) -> None:
    for name in ("a-1", "a-2", "a-3"):
        harness.subscribe(f"projects/demo-project/subscriptions/{name}")
    listed = harness.subscriber.list_subscriptions(request={"project": "projects/demo-project", "page_size": 2})
    assert [item.name.rsplit("/", 1)[-1] for item in listed] == ["a-1", "a-2", "a-3"]
    assert [topic.name for topic in harness.publisher.list_topics(project="projects/demo-project")] == [DEAD, TOPIC]
    assert list(harness.publisher.list_topics(project="projects/demo")) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"dead_letter_policy": {"dead_letter_topic": DEAD, "max_delivery_attempts": 4}},
        {"dead_letter_policy": {"dead_letter_topic": DEAD, "max_delivery_attempts": 101}},
        {"ack_deadline_seconds": 9},
        {"ack_deadline_seconds": 601},
        {"retry_policy": {"minimum_backoff": {"seconds": 601}}},
        {"name": "projects/demo-project/subscriptions/goog-events"},
    ],
)
def test_settings_that_google_refuses_are_refused(harness: Harness, settings: dict[str, Any]) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        harness.subscribe(**settings)


@pytest.mark.parametrize("settings", [{"filter": 'attributes.a = "b"'}, {"enable_message_ordering": True}])
def test_settings_that_the_fake_does_not_act_out_are_refused_by_name(
    harness: Harness, settings: dict[str, Any]
) -> None:
    with pytest.raises(exceptions.MethodNotImplemented, match=next(iter(settings))):
        harness.subscribe(**settings)


@pytest.mark.parametrize(
    "message",
    [
        {"data": b"x" * 10_000_001},
        {"data": b""},
        {"data": b"x", "attributes": {"k" * 257: "v"}},
        {"data": b"x", "attributes": {"k": "v" * 1025}},
        {"data": b"x", "attributes": {f"k{number}": "" for number in range(101)}},
    ],
)
def test_messages_that_google_refuses_are_refused(harness: Harness, message: dict[str, Any]) -> None:
    harness.subscribe()
    fields = {"data": base64.b64encode(message["data"]).decode(), "attributes": message.get("attributes", {})}
    answer = harness.rest("POST", f"{TOPIC}:publish", {"messages": [fields]})
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert harness.google.pubsub.backlog(EVENTS) == []


def test_a_message_of_nearly_ten_megabytes_is_taken_by_both_ways(harness: Harness) -> None:
    harness.subscribe()
    longest = b"x" * 9_999_000
    harness.publish(longest)
    fields = {"data": base64.b64encode(longest).decode()}
    assert harness.rest("POST", f"{TOPIC}:publish", {"messages": [fields]}).status_code == 200
    for _ in range(2):  # one at a time: an answer has an end, too
        [received] = harness.rest("POST", f"{EVENTS}:pull", {"maxMessages": 10}).json()["receivedMessages"]
        assert base64.b64decode(received["message"]["data"]) == longest


@pytest.mark.parametrize(
    ("ids", "seconds", "why"),
    [
        ([], 10, "No ack ids"),
        (["never-issued"], 10, "invalid ack ID"),
        (["x" * 600] * 1000, 10, "524288 bytes"),
        (["never-issued"], 601, "between 0 and 600"),
    ],
)
def test_acknowledgements_that_google_refuses_are_refused(
    harness: Harness, ids: list[str], seconds: int, why: str
) -> None:
    harness.subscribe()
    with pytest.raises(exceptions.InvalidArgument, match=why):
        harness.subscriber.modify_ack_deadline(subscription=EVENTS, ack_ids=ids, ack_deadline_seconds=seconds)


def test_a_pull_of_nothing_is_refused(harness: Harness) -> None:
    harness.subscribe()
    with pytest.raises(exceptions.InvalidArgument):
        harness.pull(most=0)


def test_rest_is_the_same_pubsub(harness: Harness) -> None:
    response = harness.rest("PUT", EVENTS, {"topic": TOPIC, "retryPolicy": {"minimumBackoff": "10s"}})
    assert response.json() == {
        "name": EVENTS,
        "topic": TOPIC,
        "ackDeadlineSeconds": 10,
        "retryPolicy": {"minimumBackoff": "10s"},
    }
    message = {"data": "aGk=", "attributes": {"kind": "drink"}}
    [id] = harness.rest("POST", f"{TOPIC}:publish", {"messages": [message]}).json()["messageIds"]
    [received] = harness.rest("POST", f"{EVENTS}:pull", {"maxMessages": 10}).json()["receivedMessages"]
    fields = received["message"]
    assert fields.pop("publishTime").endswith("Z")
    assert fields == {**message, "messageId": id}
    hide = {"ackIds": [received["ackId"]], "ackDeadlineSeconds": 60}
    assert harness.rest("POST", f"{EVENTS}:modifyAckDeadline", hide).json() == {}
    assert harness.rest("POST", f"{EVENTS}:pull", {"maxMessages": 10}).json() == {}
    assert harness.rest("POST", f"{EVENTS}:acknowledge", {"ackIds": [received["ackId"]]}).json() == {}
    assert harness.google.pubsub.backlog(EVENTS) == []
    listed = harness.rest("GET", "projects/demo-project/subscriptions?pageSize=1&alt=json").json()
    assert [item["name"] for item in listed["subscriptions"]] == [EVENTS]
    assert harness.rest("DELETE", EVENTS).json() == {}
    missing = harness.rest("GET", EVENTS)
    assert (missing.status_code, missing.json()["error"]["status"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("status", "code"), [("UNAVAILABLE", 503), ("RESOURCE_EXHAUSTED", 429), ("PERMISSION_DENIED", 403)]
)
def test_rest_words_a_fault_as_google_does(harness: Harness, status: str, code: int) -> None:
    harness.google.pubsub.fail("Publish", status)
    answer = harness.rest("POST", f"{TOPIC}:publish", {"messages": [{"data": "YQ=="}]})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (code, code, status)
    assert error["message"]


@pytest.mark.parametrize("token", [None, "ya29.of-somebody-else"])
def test_rest_wants_a_token_of_the_metadata_server(harness: Harness, token: str | None) -> None:
    harness.subscribe()
    answer = harness.rest("POST", f"{TOPIC}:publish", {"messages": [{"data": "YQ=="}]}, token=token)
    assert (answer.status_code, answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")
    assert harness.google.pubsub.backlog(EVENTS) == []


def test_a_token_that_ended_or_was_revoked_is_refused(harness: Harness) -> None:
    old = harness.token()
    harness.clock.move(3601)
    assert harness.rest("GET", TOPIC, token=old).status_code == 401
    new = harness.token()
    assert harness.rest("GET", TOPIC, token=new).status_code == 200
    harness.google.metadata.revoke()
    assert harness.rest("GET", TOPIC, token=new).status_code == 401
    assert harness.rest("GET", TOPIC).status_code == 200


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"messages": [{"dta": "YQ=="}]}', b'{"messages": 7}'])
def test_a_body_that_is_no_request_is_refused(harness: Harness, body: bytes) -> None:
    url = f"{harness.google.environment['CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB']}v1/{TOPIC}:publish"
    headers = {"Authorization": f"Bearer {harness.token()}"}
    answer = requests.post(url, body, headers=headers, timeout=PATIENCE)
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def ask_by_rest(google: FakeGoogle) -> None:
    url = f"{google.environment['CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB']}v1/projects/p/snapshots"
    answer = requests.get(url, timeout=PATIENCE)
    assert answer.status_code == 501
    assert "/v1/projects/p/snapshots" in answer.json()["error"]["message"]


def ask_by_grpc(google: FakeGoogle) -> None:
    os.environ["PUBSUB_EMULATOR_HOST"] = google.environment["PUBSUB_EMULATOR_HOST"]
    with pubsub_v1.SubscriberClient() as subscriber, pytest.raises(exceptions.MethodNotImplemented, match="Seek"):
        subscriber.seek(request={"subscription": EVENTS}, timeout=PATIENCE)


@pytest.mark.parametrize(
    ("ask", "expected"),
    [(ask_by_rest, "GET /v1/projects/p/snapshots"), (ask_by_grpc, "/google.pubsub.v1.Subscriber/Seek")],
)
def test_what_the_fake_does_not_know_it_says_aloud(
    monkeypatch: pytest.MonkeyPatch, ask: Callable[[FakeGoogle], None], expected: str
) -> None:
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", "")
    google = FakeGoogle()
    with google:
        ask(google)
        [unknown], google.unknown[:] = list(google.unknown), []
    assert str(unknown) == expected
    google.unknown.append(unknown)
    with pytest.raises(UnknownRequest):
        google.__exit__(None, None, None)


def test_googles_client_speaks_rest_to_it_too(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over gRPC it reads no more than 4 MB from an emulator."""
    harness.google.pubsub.authenticated = False
    endpoint = harness.google.environment["CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB"].rstrip("/")
    harness.subscribe(dead_letter_policy={"dead_letter_topic": DEAD})
    longest = b"x" * 7_000_000
    harness.publish(longest, kind="long")
    with pytest.raises(exceptions.ResourceExhausted, match="larger than max"):
        harness.pull()
    harness.clock.move(11)
    monkeypatch.delenv("PUBSUB_EMULATOR_HOST")  # google.pubsub_v1 takes it for gRPC, whatever the transport
    options = {"api_endpoint": endpoint}
    with SubscriberClient(transport="rest", credentials=AnonymousCredentials(), client_options=options) as client:
        request = {"subscription": EVENTS, "max_messages": 10}
        [received] = client.pull(request=request, retry=None, timeout=PATIENCE).received_messages
        assert (received.message.data == longest, received.delivery_attempt) == (True, 2)
        assert dict(received.message.attributes) == {"kind": "long"}
        client.acknowledge(subscription=EVENTS, ack_ids=[received.ack_id], retry=None, timeout=PATIENCE)
    assert harness.google.pubsub.backlog(EVENTS) == []


def test_responses_are_not_delayed(harness: Harness) -> None:
    """Head and body are one write: with two, no response would come before the 40 ms of a delayed acknowledgement."""
    token = harness.token()
    base = harness.google.environment["CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB"]
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"

        def is_fast() -> bool:
            began = time.monotonic()
            assert session.get(f"{base}v1/{TOPIC}", timeout=PATIENCE).status_code == 200
            return time.monotonic() - began < 0.035

        is_fast()  # the first request opens the connection
        wait_for(is_fast, "a response within 35 ms")
