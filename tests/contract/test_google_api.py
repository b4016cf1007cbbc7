"""The light calls of the webhook function beside Google's own client: the same answers to the same states and faults."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from google.cloud.secretmanager_v1 import types

from core.retries import time_limit
from fakes.google.errors import LOST
from fakes.google.server import FakeGoogle
from runtimes.gcp import google_api, google_clients
from runtimes.gcp.google_api import GoogleApi, GoogleError, MetadataToken
from runtimes.gcp.secretmanager_secrets import SecretAccessor
from tests.conftest import free_port

SECRET = "projects/demo-project/secrets/s3cret"
TOPIC = "projects/demo-project/topics/events"
SUBSCRIPTION = "projects/demo-project/subscriptions/events"


@pytest.fixture
def google() -> Iterator[FakeGoogle]:
    with FakeGoogle("demo-project", authenticated=False) as running:
        yield running


@pytest.fixture
def light(google: FakeGoogle, request: pytest.FixtureRequest) -> Callable[[str], GoogleApi]:
    def connect(service: str) -> GoogleApi:
        api = GoogleApi(service, MetadataToken(google.environment), google.environment)
        request.addfinalizer(api.close)
        return api

    return connect


def turned(google: FakeGoogle, operation: str, kind: Any) -> None:
    google.secrets.put(SECRET, "value")
    google.secrets.call(operation, kind.pb()(name=f"{SECRET}/versions/1"))


STATES: Mapping[str, tuple[Callable[[FakeGoogle], object], str]] = {
    "a value": (lambda google: google.secrets.put(SECRET, "välue\nolder"), "välue\nolder"),
    "the newest of two": (lambda google: [google.secrets.put(SECRET, value) for value in ("old", "new")], "new"),
    "no secret": (lambda _: None, "NOT_FOUND"),
    "no version": (
        lambda google: google.secrets.call(
            "CreateSecret",
            types.CreateSecretRequest.pb()(
                parent="projects/demo-project", secret_id="s3cret", secret={"replication": {"automatic": {}}}
            ),
        ),
        "NOT_FOUND",
    ),
    "disabled": (
        lambda google: turned(google, "DisableSecretVersion", types.DisableSecretVersionRequest),
        "FAILED_PRECONDITION",
    ),
    "destroyed": (
        lambda google: turned(google, "DestroySecretVersion", types.DestroySecretVersionRequest),
        "FAILED_PRECONDITION",
    ),
    "denied": (
        lambda google: (google.secrets.put(SECRET, "x"), google.secrets.denied.add(SECRET)),
        "PERMISSION_DENIED",
    ),
    "bytes that are no text": (lambda google: google.secrets.put(SECRET, b"\xff"), "UNREADABLE"),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("client", ["light", "google's"])
def test_every_state_of_a_secret_maps_to_the_same_error(
    google: FakeGoogle, light: Callable[[str], GoogleApi], state: str, client: str
) -> None:
    make, expected = STATES[state]
    make(google)
    vault: SecretAccessor = (
        light("secretmanager") if client == "light" else google_clients.secret_manager(google.environment)
    )
    try:
        actual = vault.access(SECRET)
    except GoogleError as error:
        actual = error.code
    if expected == "UNREADABLE":
        assert actual in ("UNREADABLE_ANSWER", "UnicodeDecodeError")
    else:
        assert actual == expected


def test_an_unreachable_service_is_named_by_its_failure(google: FakeGoogle) -> None:
    nobody = {"CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER": f"http://127.0.0.1:{free_port()}"}
    environment = {**google.environment, **nobody}
    api = GoogleApi("secretmanager", MetadataToken(environment), environment)
    with pytest.raises(GoogleError, match="ConnectionRefusedError"):
        api.access(SECRET)
    api.close()
    with pytest.raises(GoogleError):
        google_clients.secret_manager(environment).access(SECRET)


@pytest.mark.parametrize("fault", ["UNAVAILABLE", "INTERNAL", "DEADLINE_EXCEEDED", LOST])
def test_what_may_pass_is_tried_once_more(google: FakeGoogle, light: Callable[[str], GoogleApi], fault: str) -> None:
    google.secrets.put(SECRET, "value")
    api = light("secretmanager")
    google.secrets.fail("AccessSecretVersion", fault)
    assert api.access(SECRET) == "value"
    assert google.secrets.calls["AccessSecretVersion"] == 2
    google.secrets.fail("AccessSecretVersion", fault, fault, fault, fault)
    with pytest.raises(GoogleError) as raised:
        api.access(SECRET)
    assert raised.value.code == ("RemoteDisconnected" if fault == LOST else fault)


def test_a_request_over_the_quota_is_repeated_until_it_is_within(
    google: FakeGoogle, light: Callable[[str], GoogleApi]
) -> None:
    google.secrets.put(SECRET, "value")
    google.secrets.fail("AccessSecretVersion", *["RESOURCE_EXHAUSTED"] * 4)
    assert light("secretmanager").access(SECRET) == "value"
    assert google.secrets.calls["AccessSecretVersion"] == 5


def test_what_will_not_pass_is_asked_once(google: FakeGoogle, light: Callable[[str], GoogleApi]) -> None:
    google.secrets.denied.add(SECRET)
    google.secrets.put(SECRET, "value")
    with pytest.raises(GoogleError, match="PERMISSION_DENIED"):
        light("secretmanager").access(SECRET)
    assert google.secrets.calls["AccessSecretVersion"] == 1


def test_a_token_is_fetched_once_and_again_when_rejected(google: FakeGoogle, light: Callable[[str], GoogleApi]) -> None:
    google.secrets.authenticated = True
    google.secrets.put(SECRET, "value")
    api = light("secretmanager")
    assert [api.access(SECRET) for _ in range(3)] == ["value"] * 3
    assert google.metadata.tokens_issued == 1
    google.metadata.revoke()
    assert api.access(SECRET) == "value"
    assert google.metadata.tokens_issued == 2


def test_a_token_is_replaced_before_its_end(google: FakeGoogle) -> None:
    now = time.time()
    clock = [now]
    token = MetadataToken(google.environment, lambda: clock[0])
    first = token.get()
    clock[0] = now + 3600 - 241
    assert token.get() == first
    clock[0] = now + 3600 - 239
    google.metadata.revoke()
    assert token.get() != first
    token.close()


def test_without_a_metadata_server_there_is_no_call(google: FakeGoogle, light: Callable[[str], GoogleApi]) -> None:
    google.metadata.down = True
    with pytest.raises(GoogleError):
        light("secretmanager").access(SECRET)
    google.metadata.down, google.metadata.status = False, 503
    with pytest.raises(GoogleError, match="HTTP503"):
        light("secretmanager").access(SECRET)
    assert google.secrets.calls["AccessSecretVersion"] == 0


def test_all_of_it_ends_well_within_the_time_that_github_waits(
    google: FakeGoogle, light: Callable[[str], GoogleApi]
) -> None:
    google.secrets.put(SECRET, "value")
    google.secrets.delay = google.metadata.delay = 20
    begun = time.monotonic()
    with pytest.raises(GoogleError, match="TimeoutError"):
        light("secretmanager").access(SECRET)
    google.metadata.delay = 0
    with pytest.raises(GoogleError, match="TimeoutError"):
        light("secretmanager").access(SECRET)
    assert time.monotonic() - begun < 20  # how long exactly: the next test
    google.secrets.delay = 0


def test_a_token_a_secret_and_a_message_fit_github_s_ten_seconds() -> None:
    token, call = (time_limit(timeouts) for timeouts in (google_api._METADATA_TIMEOUTS, google_api.TIMEOUTS))
    assert token + 2 * call < 10 - 0.5


def test_a_message_and_its_attributes_arrive_unchanged(google: FakeGoogle, light: Callable[[str], GoogleApi]) -> None:
    google.pubsub.add_topic(TOPIC)
    google.pubsub.add_subscription(SUBSCRIPTION, TOPIC)
    data = bytes(range(256)) * 10
    id = light("pubsub").publish(TOPIC, data, {"not_before": "1"})
    [message] = google.pubsub.backlog(SUBSCRIPTION)
    assert (message.message_id, message.data, dict(message.attributes)) == (id, data, {"not_before": "1"})


def test_an_answer_that_got_lost_makes_a_second_message_and_no_error(
    google: FakeGoogle, light: Callable[[str], GoogleApi]
) -> None:
    google.pubsub.add_topic(TOPIC)
    google.pubsub.add_subscription(SUBSCRIPTION, TOPIC)
    google.pubsub.fail("Publish", LOST)
    light("pubsub").publish(TOPIC, b"x", {})
    assert len(google.pubsub.backlog(SUBSCRIPTION)) >= 1  # at least once; the fact's identity makes it one


def test_an_absent_topic_is_an_error(light: Callable[[str], GoogleApi]) -> None:
    with pytest.raises(GoogleError, match="NOT_FOUND"):
        light("pubsub").publish(TOPIC, b"x", {})
