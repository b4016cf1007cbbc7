"""The fake Secret Manager, asked by Google's own unchanged client over REST and gRPC, and by plain HTTP."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import google_crc32c
import grpc
import pytest
import requests
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud.secretmanager import SecretManagerServiceClient
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import SecretManagerServiceGrpcTransport

from fakes.google import LOST, FakeGoogle
from tests.environment import PATIENCE

PROJECT = "projects/demo-project"
SECRET = f"{PROJECT}/secrets/telemetry-test-github-webhook-secret-token"
LATEST = f"{SECRET}/versions/latest"
REST = "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER"


@pytest.fixture
def google() -> Iterator[FakeGoogle]:
    with FakeGoogle(authenticated=False) as google:
        yield google


def by_rest(google: FakeGoogle) -> Any:
    return SecretManagerServiceClient(
        transport="rest",
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": google.environment[REST].rstrip("/")},
    )


def by_grpc(google: FakeGoogle) -> Any:
    channel = grpc.insecure_channel(google.grpc_address)
    return SecretManagerServiceClient(transport=SecretManagerServiceGrpcTransport(channel=channel))


@pytest.fixture(params=[by_rest, by_grpc])
def client(request: pytest.FixtureRequest, google: FakeGoogle) -> Iterator[Any]:
    with request.param(google) as client:
        yield client


def access(client: Any, name: str = LATEST) -> bytes:
    """Once: Google's client would ask again by itself where that may help."""
    answer = client.access_secret_version(name=name, retry=None, timeout=PATIENCE)
    assert answer.payload.data_crc32c == google_crc32c.value(answer.payload.data)
    data: bytes = answer.payload.data
    return data


def test_a_secret_is_created_with_versions_and_read(client: Any) -> None:
    id = SECRET.rsplit("/", 1)[-1]
    secret = client.create_secret(parent=PROJECT, secret_id=id, secret={"replication": {"automatic": {}}})
    assert secret.name == SECRET
    for value in (b"older", b"caf\xc3\xa9\n"):
        added = client.add_secret_version(parent=SECRET, payload={"data": value})
    assert (added.name, added.state.name) == (f"{SECRET}/versions/2", "ENABLED")
    assert access(client) == access(client, added.name) == b"caf\xc3\xa9\n"
    assert access(client, f"{SECRET}/versions/1") == b"older"
    listed = client.list_secret_versions(request={"parent": SECRET, "page_size": 1})
    assert [item.name.rsplit("/", 1)[-1] for item in listed] == ["2", "1"]
    assert [item.name for item in client.list_secrets(parent=PROJECT)] == [SECRET]
    assert client.get_secret(name=SECRET).create_time
    assert client.get_secret_version(name=LATEST).name == added.name


def test_a_secret_set_in_process_is_read_by_clients(google: FakeGoogle, client: Any) -> None:
    assert google.secrets.put(SECRET, "s3cret") == f"{SECRET}/versions/1"
    google.secrets.put(SECRET, "newer")
    assert access(client) == b"newer"
    assert google.secrets.calls["AccessSecretVersion"] == 1


def test_a_version_is_disabled_enabled_and_destroyed_for_good(google: FakeGoogle, client: Any) -> None:
    google.secrets.put(SECRET, "older")
    name = google.secrets.put(SECRET, "newer")
    assert client.disable_secret_version(name=name).state.name == "DISABLED"
    # REST's statuses are fewer: FAILED_PRECONDITION is a 400
    with pytest.raises((exceptions.FailedPrecondition, exceptions.BadRequest), match="DISABLED"):
        access(client)  # `latest` is not the latest that is enabled
    assert client.enable_secret_version(name=name).state.name == "ENABLED"
    assert access(client) == b"newer"
    assert client.destroy_secret_version(name=name).destroy_time
    with pytest.raises((exceptions.FailedPrecondition, exceptions.BadRequest), match="DESTROYED"):
        access(client)
    with pytest.raises((exceptions.FailedPrecondition, exceptions.BadRequest)):
        client.enable_secret_version(name=name)
    assert access(client, f"{SECRET}/versions/1") == b"older"


def test_a_caller_without_permission_is_denied(google: FakeGoogle, client: Any) -> None:
    google.secrets.put(SECRET, "s3cret")
    google.secrets.denied.add(SECRET)
    with pytest.raises(exceptions.Forbidden, match=r"secretmanager\.versions\.access"):  # PermissionDenied is one, too
        access(client)
    google.secrets.denied.clear()
    assert access(client) == b"s3cret"


@pytest.mark.parametrize("name", [LATEST, f"{SECRET}/versions/1"])
def test_an_absent_secret_is_not_found(google: FakeGoogle, client: Any, name: str) -> None:
    with pytest.raises(exceptions.NotFound):
        access(client, name)
    google.secrets.put(SECRET, "s3cret")
    with pytest.raises(exceptions.NotFound):
        access(client, f"{SECRET}/versions/2")
    client.delete_secret(name=SECRET)
    with pytest.raises(exceptions.NotFound):
        access(client, name)


def test_a_secret_without_versions_is_not_found(client: Any) -> None:
    request = {"parent": PROJECT, "secret_id": "empty", "secret": {"replication": {"automatic": {}}}}
    client.create_secret(request=request)
    with pytest.raises(exceptions.NotFound):
        access(client, f"{PROJECT}/secrets/empty/versions/latest")
    with pytest.raises((exceptions.AlreadyExists, exceptions.Conflict)):
        client.create_secret(request=request)


@pytest.mark.parametrize(
    "payload", [{"data": b""}, {"data": b"x" * 65_537}, {"data": b"x", "data_crc32c": 1}], ids=["no", "long", "crc"]
)
def test_a_payload_that_google_refuses_is_refused(google: FakeGoogle, client: Any, payload: dict[str, Any]) -> None:
    google.secrets.put(SECRET, "s3cret")
    with pytest.raises((exceptions.InvalidArgument, exceptions.BadRequest)):
        client.add_secret_version(parent=SECRET, payload=payload)
    assert access(client) == b"s3cret"


def test_a_payload_is_taken_with_its_checksum(google: FakeGoogle, client: Any) -> None:
    google.secrets.put(SECRET, "s3cret")
    payload = {"data": b"newer", "data_crc32c": google_crc32c.value(b"newer")}
    assert client.add_secret_version(parent=SECRET, payload=payload).client_specified_payload_checksum
    assert access(client) == b"newer"


def test_the_next_calls_fail_as_ordered(google: FakeGoogle, client: Any) -> None:
    google.secrets.put(SECRET, "s3cret")
    google.secrets.fail("AccessSecretVersion", "UNAVAILABLE", "RESOURCE_EXHAUSTED", "PERMISSION_DENIED")
    for raised in (exceptions.ServiceUnavailable, exceptions.TooManyRequests, exceptions.Forbidden):
        with pytest.raises(raised):
            access(client)
    assert access(client) == b"s3cret"
    assert google.secrets.pending_faults == 0


def plain(google: FakeGoogle, path: str, token: str | None) -> requests.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return requests.get(f"{google.environment[REST]}v1/{path}", headers=headers, timeout=PATIENCE)


def token(google: FakeGoogle) -> str:
    url = f"http://{google.environment['GCE_METADATA_HOST']}/computeMetadata/v1/instance/service-accounts/default/token"
    return str(requests.get(url, headers={"Metadata-Flavor": "Google"}, timeout=PATIENCE).json()["access_token"])


def test_plain_http_gets_what_google_answers() -> None:
    with FakeGoogle() as google:
        google.secrets.put(SECRET, "s3cret")
        answer = plain(google, f"{LATEST}:access", token(google))
    data = base64.b64encode(b"s3cret").decode()
    payload = {"data": data, "dataCrc32c": str(google_crc32c.value(b"s3cret"))}
    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert answer.json() == {"name": f"{SECRET}/versions/1", "payload": payload}


@pytest.mark.parametrize(("query", "state"), [("", "ENABLED"), ("?$alt=json;enum-encoding=int", 1)])
def test_plain_http_may_ask_for_states_by_number(google: FakeGoogle, query: str, state: str | int) -> None:
    google.secrets.put(SECRET, "s3cret")
    assert plain(google, f"{LATEST}{query}", None).json()["state"] == state


@pytest.mark.parametrize("shown", [None, "", "ya29.of-somebody-else"])
def test_plain_http_without_a_good_token_gets_nothing(shown: str | None) -> None:
    with FakeGoogle() as google:
        google.secrets.put(SECRET, "s3cret")
        answer = plain(google, f"{LATEST}:access", shown)
        assert google.secrets.calls["AccessSecretVersion"] == 0
    assert (answer.status_code, answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")


def test_a_token_that_is_shown_must_be_good_even_where_none_need_be(google: FakeGoogle) -> None:
    google.secrets.put(SECRET, "s3cret")
    assert plain(google, f"{LATEST}:access", "ya29.of-somebody-else").status_code == 401
    assert plain(google, f"{LATEST}:access", token(google)).status_code == 200
    assert plain(google, f"{LATEST}:access", None).status_code == 200


def disable(google: FakeGoogle) -> None:
    with by_grpc(google) as client:
        client.disable_secret_version(name=f"{SECRET}/versions/1")


@pytest.mark.parametrize(
    ("break_it", "code", "status"),
    [
        (lambda google: google.secrets.denied.add(SECRET), 403, "PERMISSION_DENIED"),
        (disable, 400, "FAILED_PRECONDITION"),
        (lambda google: setattr(google.secrets, "down", "UNAVAILABLE"), 503, "UNAVAILABLE"),
        (lambda google: google.secrets.fail("AccessSecretVersion", "NOT_FOUND"), 404, "NOT_FOUND"),
    ],
)
def test_plain_http_gets_errors_as_google_words_them(
    google: FakeGoogle, break_it: Callable[[FakeGoogle], None], code: int, status: str
) -> None:
    google.secrets.put(SECRET, "s3cret")
    break_it(google)
    answer = plain(google, f"{LATEST}:access", None)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (code, code, status)
    assert "s3cret" not in answer.text


def test_an_answer_that_is_lost_is_none(google: FakeGoogle) -> None:
    google.secrets.put(SECRET, "s3cret")
    google.secrets.fail("AccessSecretVersion", LOST)
    with pytest.raises(requests.ConnectionError):
        plain(google, f"{LATEST}:access", None)
    assert plain(google, f"{LATEST}:access", None).status_code == 200
