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

TOPIC = "projects/demo-project/topics/events"
EVENTS = "projects/demo-project/subscriptions/events"
DEAD = "projects/demo-project/topics/dead-letters"
GRAVES = "projects/demo-project/subscriptions/dead-letters"
LIMIT = 10.0
"""Seconds that any call may take."""


class Place(NamedTuple):
    """A fake, its clock, and the clients of Google's that ask it."""

    google: FakeGoogle
    clock: Clock
    publisher: Any
    subscriber: Any

    def publish(self, data: bytes, topic: str = TOPIC, **attributes: str) -> str:
        id: str = self.publisher.publish(topic, data, retry=None, timeout=LIMIT, **attributes).result(LIMIT)
        return id

    def pull(self, subscription: str = EVENTS, most: int = 100) -> list[Any]:
        told = {"subscription": subscription, "max_messages": most}
        return list(self.subscriber.pull(request=told, retry=None, timeout=LIMIT).received_messages)

    def acknowledge(self, *received: Any) -> None:
        ids = [each.ack_id for each in received]
        self.subscriber.acknowledge(request={"subscription": EVENTS, "ack_ids": ids}, retry=None, timeout=LIMIT)

    def hide(self, seconds: int, *received: Any) -> None:
        ids = [each.ack_id for each in received]
        told = {"subscription": EVENTS, "ack_ids": ids, "ack_deadline_seconds": seconds}
        self.subscriber.modify_ack_deadline(request=told, retry=None, timeout=LIMIT)

    def subscribe(self, name: str = EVENTS, topic: str = TOPIC, **settings: Any) -> Any:
        told = {"name": name, "topic": topic, **settings}
        return self.subscriber.create_subscription(request=told, retry=None, timeout=LIMIT)

    def rest(self, method: str, path: str, told: Any = None, *, token: str | None = "") -> requests.Response:
        """`token` is one of the metadata server's, unless it is given; None for no header."""
        headers = {} if token is None else {"Authorization": f"Bearer {token or self.token()}"}
        base = self.google.environment["CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB"]
        return requests.request(method, f"{base}v1/{path}", json=told, headers=headers, timeout=LIMIT)

    def token(self) -> str:
        host = self.google.environment["GCE_METADATA_HOST"]
        url = f"http://{host}/computeMetadata/v1/instance/service-accounts/default/token"
        return str(requests.get(url, headers={"Metadata-Flavor": "Google"}, timeout=LIMIT).json()["access_token"])


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    clock = Clock()
    with FakeGoogle(clock=clock.seconds) as google:
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", google.environment["PUBSUB_EMULATOR_HOST"])
        google.pubsub.patience = 0.0
        publisher, subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
        with subscriber:
            for topic in (TOPIC, DEAD):
                publisher.create_topic(name=topic)
            yield Place(google, clock, publisher, subscriber)
            publisher.stop()
            publisher.transport.close()


def data(received: list[Any]) -> list[bytes]:
    return [each.message.data for each in received]


def test_what_is_published_is_pulled_once_with_all_that_belongs_to_it(place: Place) -> None:
    place.subscribe()
    id = place.publish(b"caf\xc3\xa9", kind="drink", empty="")
    [received] = place.pull()
    message = received.message
    assert (message.message_id, message.data) == (id, b"caf\xc3\xa9")
    assert dict(message.attributes) == {"kind": "drink", "empty": ""}
    assert message.publish_time.timestamp() == place.clock.seconds()
    assert received.delivery_attempt == 0  # Google tells it only where there is a dead-letter policy
    assert place.pull() == []


def test_a_subscription_gets_what_came_after_it_and_every_one_gets_it(place: Place) -> None:
    place.publish(b"nobody was there")
    place.subscribe()
    place.subscribe(GRAVES)
    place.publish(b"both")
    assert data(place.pull()) == data(place.pull(GRAVES)) == [b"both"]


def test_messages_come_in_order_and_no_more_than_were_asked_for(place: Place) -> None:
    place.subscribe()
    for number in range(5):
        place.publish(b"%d" % number)
    assert data(place.pull(most=2)) == [b"0", b"1"]
    assert data(place.pull(most=100)) == [b"2", b"3", b"4"]


def test_what_is_acknowledged_never_comes_again(place: Place) -> None:
    place.subscribe()
    place.publish(b"done")
    place.acknowledge(*place.pull())
    place.clock.move(10_000)
    assert place.pull() == []
    assert place.google.pubsub.backlog(EVENTS) == []


def test_what_nobody_acknowledges_in_time_comes_again_and_its_old_id_is_worth_nothing(place: Place) -> None:
    place.subscribe(ack_deadline_seconds=20)
    id = place.publish(b"again")
    first = place.pull()
    place.clock.move(19.9)
    assert place.pull() == []
    place.clock.move(0.2)
    place.acknowledge(*first)
    place.hide(600, *first)
    [second] = place.pull()
    assert second.message.message_id == id
    assert second.ack_id != first[0].ack_id


def test_a_deadline_can_be_put_off_and_given_up(place: Place) -> None:
    place.subscribe(ack_deadline_seconds=10)
    place.publish(b"long")
    received = place.pull()
    place.hide(600, *received)
    place.clock.move(599)
    assert place.pull() == []
    place.hide(0, *received)
    assert data(place.pull()) == [b"long"]


def test_a_message_that_fails_too_often_becomes_a_dead_letter(place: Place) -> None:
    policy = {"dead_letter_topic": DEAD, "max_delivery_attempts": 5}
    place.subscribe(dead_letter_policy=policy)
    place.subscribe(GRAVES, DEAD)
    id = place.publish(b"poison", kind="drink")
    published = place.clock.seconds()
    for attempt in range(1, 6):
        received = place.pull()
        assert [each.delivery_attempt for each in received] == [attempt]
        if attempt < 3:
            place.hide(0, *received)
        else:
            place.clock.move(11)
    [dead] = place.pull(GRAVES)
    assert place.pull() == []
    assert (dead.message.data, dead.delivery_attempt) == (b"poison", 0)
    assert dead.message.message_id != id
    told = dict(dead.message.attributes)
    when = told.pop("CloudPubSubDeadLetterSourceTopicPublishTime")
    assert when == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(published))
    assert told == {
        "kind": "drink",
        "CloudPubSubDeadLetterSourceDeliveryCount": "5",
        "CloudPubSubDeadLetterSourceSubscription": "events",
        "CloudPubSubDeadLetterSourceSubscriptionProject": "demo-project",
    }


def test_without_its_dead_letter_topic_a_message_is_not_lost(place: Place) -> None:
    place.subscribe(dead_letter_policy={"dead_letter_topic": DEAD})
    assert place.subscriber.get_subscription(subscription=EVENTS).dead_letter_policy.max_delivery_attempts == 5
    place.publisher.delete_topic(topic=DEAD)
    place.publish(b"kept")
    for _ in range(6):
        received = place.pull()
        place.hide(0, *received)
    assert [each.delivery_attempt for each in place.pull()] == [7]


def test_a_retry_policy_waits_longer_each_time(place: Place) -> None:
    place.subscribe(retry_policy={"minimum_backoff": {"seconds": 10}, "maximum_backoff": {"seconds": 30}})
    place.publish(b"patience")
    for wait in (10, 20, 30, 30):
        place.hide(0, *place.pull())
        place.clock.move(wait - 0.1)
        assert place.pull() == []
        place.clock.move(0.2)
    assert data(place.pull()) == [b"patience"]


def test_what_has_been_due_for_longest_comes_first(place: Place) -> None:
    place.subscribe(retry_policy={"minimum_backoff": {"seconds": 10}})
    place.publish(b"tried")
    place.hide(0, *place.pull())
    for late in (b"newer", b"newest"):
        place.publish(late)
    assert data(place.pull(most=1)) == [b"newer"]
    place.clock.move(9)
    place.publish(b"late")
    place.clock.move(2)
    assert data(place.pull()) == [b"newest", b"late", b"tried"]


def test_a_pull_waits_for_a_message(place: Place) -> None:
    place.subscribe()
    place.google.pubsub.patience = LIMIT

    def publish_once_it_waits() -> None:
        while not place.google.pubsub.calls["Pull"]:
            time.sleep(0.01)
        place.publish(b"late")

    later = threading.Thread(target=publish_once_it_waits, daemon=True)
    later.start()
    assert data(place.pull()) == [b"late"]
    later.join(LIMIT)


def test_a_caller_that_waits_shorter_than_the_pull_sees_its_own_limit(place: Place) -> None:
    place.subscribe()
    place.google.pubsub.patience = 1.0
    with pytest.raises(exceptions.DeadlineExceeded):
        place.subscriber.pull(subscription=EVENTS, max_messages=1, retry=None, timeout=0.2)


def test_many_at_once_lose_and_double_nothing(place: Place) -> None:
    place.subscribe()
    got: list[bytes] = []

    def work() -> None:
        while received := place.pull(most=7):
            got.extend(data(received))
            place.acknowledge(*received)

    futures = [place.publisher.publish(TOPIC, b"%d" % number) for number in range(300)]
    assert len({future.result(LIMIT) for future in futures}) == 300
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert sorted(map(int, got)) == list(range(300))
    assert place.google.pubsub.backlog(EVENTS) == []


def test_a_delivery_that_was_ordered_to_come_twice_comes_twice(place: Place) -> None:
    place.subscribe()
    id = place.publish(b"twice")
    place.google.pubsub.duplicate(EVENTS)
    first, second = place.pull(), place.pull()
    assert [each.message.message_id for each in first + second] == [id, id]
    assert first[0].ack_id != second[0].ack_id
    place.acknowledge(*first, *second)
    place.clock.move(1000)
    assert place.pull() == []


@pytest.mark.parametrize(
    ("status", "raised"),
    [
        ("UNAVAILABLE", exceptions.ServiceUnavailable),
        ("RESOURCE_EXHAUSTED", exceptions.ResourceExhausted),
        ("PERMISSION_DENIED", exceptions.PermissionDenied),
    ],
)
def test_the_next_calls_fail_as_ordered(place: Place, status: str, raised: type[Exception]) -> None:
    place.subscribe()
    place.google.pubsub.fail("Publish", status, status)
    for _ in range(2):
        with pytest.raises(raised):
            place.publish(b"refused")
    assert place.google.pubsub.backlog(EVENTS) == []
    place.publish(b"taken")
    place.google.pubsub.fail("Pull", status)
    with pytest.raises(raised):
        place.pull()
    assert data(place.pull()) == [b"taken"]


def test_googles_own_retries_get_past_an_outage(place: Place) -> None:
    place.subscribe()
    place.google.pubsub.fail("Publish", "UNAVAILABLE", LOST)
    assert place.publisher.publish(TOPIC, b"stubborn").result(LIMIT)
    assert place.google.pubsub.calls["Publish"] == 3
    assert data(place.pull()) == [b"stubborn", b"stubborn"]  # an answer that got lost is a message more


def test_a_lost_answer_leaves_the_message_there(place: Place) -> None:
    place.subscribe()
    place.google.pubsub.fail("Publish", LOST, LOST)
    with pytest.raises(exceptions.ServiceUnavailable):
        place.publish(b"by gRPC")
    with pytest.raises(requests.ConnectionError):
        place.rest("POST", f"{TOPIC}:publish", {"messages": [{"data": "Ynkg"}]})
    assert data(place.pull()) == [b"by gRPC", b"by "]


def test_while_it_is_down_nothing_is_answered(place: Place) -> None:
    place.subscribe()
    place.google.pubsub.down = "UNAVAILABLE"
    assert place.rest("POST", f"{TOPIC}:publish", {"messages": [{"data": "YQ=="}]}).status_code == 503
    with pytest.raises(exceptions.ServiceUnavailable):
        place.pull()
    place.google.pubsub.down = ""
    assert place.pull() == []


def test_a_fault_that_there_is_not_cannot_be_ordered(place: Place) -> None:
    with pytest.raises(ValueError, match="Publsh"):
        place.google.pubsub.fail("Publsh", "UNAVAILABLE")
    with pytest.raises(ValueError, match="TIRED"):
        place.google.pubsub.fail("Publish", "TIRED")


def test_what_is_not_there_is_not_found_and_what_is_there_is_not_made_again(place: Place) -> None:
    nowhere = "projects/demo-project/{}/nowhere"
    with pytest.raises(exceptions.NotFound):
        place.publish(b"x", nowhere.format("topics"))
    with pytest.raises(exceptions.NotFound):
        place.pull(nowhere.format("subscriptions"))
    with pytest.raises(exceptions.NotFound):
        place.subscribe(topic=nowhere.format("topics"))
    with pytest.raises(exceptions.NotFound):
        place.subscribe(dead_letter_policy={"dead_letter_topic": nowhere.format("topics")})
    place.subscribe()
    with pytest.raises(exceptions.AlreadyExists):
        place.subscribe()
    with pytest.raises(exceptions.AlreadyExists):
        place.publisher.create_topic(name=TOPIC)
    place.subscriber.delete_subscription(subscription=EVENTS)
    with pytest.raises(exceptions.NotFound):
        place.subscriber.get_subscription(subscription=EVENTS)


def test_lists_have_pages(place: Place) -> None:
    for name in ("a-1", "a-2", "a-3"):
        place.subscribe(f"projects/demo-project/subscriptions/{name}")
    listed = place.subscriber.list_subscriptions(request={"project": "projects/demo-project", "page_size": 2})
    assert [each.name.rsplit("/", 1)[-1] for each in listed] == ["a-1", "a-2", "a-3"]
    assert [each.name for each in place.publisher.list_topics(project="projects/demo-project")] == [DEAD, TOPIC]
    assert list(place.publisher.list_topics(project="projects/demo")) == []


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
def test_settings_that_google_refuses_are_refused(place: Place, settings: dict[str, Any]) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        place.subscribe(**settings)


@pytest.mark.parametrize("settings", [{"filter": 'attributes.a = "b"'}, {"enable_message_ordering": True}])
def test_settings_that_the_fake_does_not_act_out_are_refused_by_name(place: Place, settings: dict[str, Any]) -> None:
    with pytest.raises(exceptions.MethodNotImplemented, match=next(iter(settings))):
        place.subscribe(**settings)


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
def test_messages_that_google_refuses_are_refused(place: Place, message: dict[str, Any]) -> None:
    place.subscribe()
    told = {"data": base64.b64encode(message["data"]).decode(), "attributes": message.get("attributes", {})}
    answer = place.rest("POST", f"{TOPIC}:publish", {"messages": [told]})
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert place.google.pubsub.backlog(EVENTS) == []


def test_a_message_of_nearly_ten_megabytes_is_taken_by_both_ways(place: Place) -> None:
    place.subscribe()
    longest = b"x" * 9_999_000
    place.publish(longest)
    told = {"data": base64.b64encode(longest).decode()}
    assert place.rest("POST", f"{TOPIC}:publish", {"messages": [told]}).status_code == 200
    for _ in range(2):  # one at a time: an answer has an end, too
        [received] = place.rest("POST", f"{EVENTS}:pull", {"maxMessages": 10}).json()["receivedMessages"]
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
def test_acknowledgements_that_google_refuses_are_refused(place: Place, ids: list[str], seconds: int, why: str) -> None:
    place.subscribe()
    with pytest.raises(exceptions.InvalidArgument, match=why):
        place.subscriber.modify_ack_deadline(subscription=EVENTS, ack_ids=ids, ack_deadline_seconds=seconds)


def test_a_pull_of_nothing_is_refused(place: Place) -> None:
    place.subscribe()
    with pytest.raises(exceptions.InvalidArgument):
        place.pull(most=0)


def test_rest_is_the_same_pubsub(place: Place) -> None:
    made = place.rest("PUT", EVENTS, {"topic": TOPIC, "retryPolicy": {"minimumBackoff": "10s"}})
    assert made.json() == {
        "name": EVENTS,
        "topic": TOPIC,
        "ackDeadlineSeconds": 10,
        "retryPolicy": {"minimumBackoff": "10s"},
    }
    message = {"data": "aGk=", "attributes": {"kind": "drink"}}
    [id] = place.rest("POST", f"{TOPIC}:publish", {"messages": [message]}).json()["messageIds"]
    [received] = place.rest("POST", f"{EVENTS}:pull", {"maxMessages": 10}).json()["receivedMessages"]
    told = received["message"]
    assert told.pop("publishTime").endswith("Z")
    assert told == {**message, "messageId": id}
    hide = {"ackIds": [received["ackId"]], "ackDeadlineSeconds": 60}
    assert place.rest("POST", f"{EVENTS}:modifyAckDeadline", hide).json() == {}
    assert place.rest("POST", f"{EVENTS}:pull", {"maxMessages": 10}).json() == {}
    assert place.rest("POST", f"{EVENTS}:acknowledge", {"ackIds": [received["ackId"]]}).json() == {}
    assert place.google.pubsub.backlog(EVENTS) == []
    listed = place.rest("GET", "projects/demo-project/subscriptions?pageSize=1&alt=json").json()
    assert [each["name"] for each in listed["subscriptions"]] == [EVENTS]
    assert place.rest("DELETE", EVENTS).json() == {}
    missing = place.rest("GET", EVENTS)
    assert (missing.status_code, missing.json()["error"]["status"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("status", "code"), [("UNAVAILABLE", 503), ("RESOURCE_EXHAUSTED", 429), ("PERMISSION_DENIED", 403)]
)
def test_rest_words_a_fault_as_google_does(place: Place, status: str, code: int) -> None:
    place.google.pubsub.fail("Publish", status)
    answer = place.rest("POST", f"{TOPIC}:publish", {"messages": [{"data": "YQ=="}]})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (code, code, status)
    assert error["message"]


@pytest.mark.parametrize("token", [None, "ya29.of-somebody-else"])
def test_rest_wants_a_token_of_the_metadata_server(place: Place, token: str | None) -> None:
    place.subscribe()
    answer = place.rest("POST", f"{TOPIC}:publish", {"messages": [{"data": "YQ=="}]}, token=token)
    assert (answer.status_code, answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")
    assert place.google.pubsub.backlog(EVENTS) == []


def test_a_token_that_ended_or_was_revoked_is_refused(place: Place) -> None:
    old = place.token()
    place.clock.move(3601)
    assert place.rest("GET", TOPIC, token=old).status_code == 401
    new = place.token()
    assert place.rest("GET", TOPIC, token=new).status_code == 200
    place.google.metadata.revoke()
    assert place.rest("GET", TOPIC, token=new).status_code == 401
    assert place.rest("GET", TOPIC).status_code == 200


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"messages": [{"dta": "YQ=="}]}', b'{"messages": 7}'])
def test_a_body_that_is_no_request_is_refused(place: Place, body: bytes) -> None:
    url = f"{place.google.environment['CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB']}v1/{TOPIC}:publish"
    headers = {"Authorization": f"Bearer {place.token()}"}
    answer = requests.post(url, body, headers=headers, timeout=LIMIT)
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def ask_by_rest(google: FakeGoogle) -> None:
    url = f"{google.environment['CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB']}v1/projects/p/snapshots"
    answer = requests.get(url, timeout=LIMIT)
    assert answer.status_code == 501
    assert "/v1/projects/p/snapshots" in answer.json()["error"]["message"]


def ask_by_grpc(google: FakeGoogle) -> None:
    os.environ["PUBSUB_EMULATOR_HOST"] = google.environment["PUBSUB_EMULATOR_HOST"]
    with pubsub_v1.SubscriberClient() as subscriber, pytest.raises(exceptions.MethodNotImplemented, match="Seek"):
        subscriber.seek(request={"subscription": EVENTS}, timeout=LIMIT)


@pytest.mark.parametrize(
    ("ask", "told"), [(ask_by_rest, "GET /v1/projects/p/snapshots"), (ask_by_grpc, "/google.pubsub.v1.Subscriber/Seek")]
)
def test_what_the_fake_does_not_know_it_says_aloud(
    monkeypatch: pytest.MonkeyPatch, ask: Callable[[FakeGoogle], None], told: str
) -> None:
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", "")
    google = FakeGoogle()
    with google:
        ask(google)
        [unknown], google.unknown[:] = list(google.unknown), []
    assert str(unknown) == told
    google.unknown.append(unknown)
    with pytest.raises(UnknownRequest):
        google.__exit__(None, None, None)


def test_googles_client_speaks_rest_to_it_too(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over gRPC it reads no more than 4 MB from an emulator."""
    place.google.pubsub.authenticated = False
    endpoint = place.google.environment["CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB"].rstrip("/")
    place.subscribe(dead_letter_policy={"dead_letter_topic": DEAD})
    longest = b"x" * 7_000_000
    place.publish(longest, kind="long")
    with pytest.raises(exceptions.ResourceExhausted, match="larger than max"):
        place.pull()
    place.clock.move(11)
    monkeypatch.delenv("PUBSUB_EMULATOR_HOST")  # google.pubsub_v1 takes it for gRPC, whatever the transport
    options = {"api_endpoint": endpoint}
    with SubscriberClient(transport="rest", credentials=AnonymousCredentials(), client_options=options) as client:
        told = {"subscription": EVENTS, "max_messages": 10}
        [received] = client.pull(request=told, retry=None, timeout=LIMIT).received_messages
        assert (received.message.data == longest, received.delivery_attempt) == (True, 2)
        assert dict(received.message.attributes) == {"kind": "long"}
        client.acknowledge(subscription=EVENTS, ack_ids=[received.ack_id], retry=None, timeout=LIMIT)
    assert place.google.pubsub.backlog(EVENTS) == []


def test_answers_come_at_once(place: Place) -> None:
    """Head and body in one write: apart they would take 40 ms."""
    token = place.token()
    base = place.google.environment["CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB"]
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        took = []
        for _ in range(9):
            began = time.monotonic()
            assert session.get(f"{base}v1/{TOPIC}", timeout=LIMIT).status_code == 200
            took.append(time.monotonic() - began)
    assert sorted(took)[1] < 0.035
