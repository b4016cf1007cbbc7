"""What every SecretSource does, run over every implementation."""

import uuid
from collections.abc import Callable, Mapping
from typing import NamedTuple

import pytest

from core.errors import SecretMissing, Unavailable
from core.ports import SecretSource
from core.secrets_cache import SOURCE_TOKEN, WEBHOOK_SECRET
from fakes.google.server import FakeGoogle
from runtimes.aws.aws_api import SSM, AwsApi
from runtimes.aws.ssm_secrets import SsmSecrets
from runtimes.gcp import google_clients
from runtimes.gcp.google_api import GoogleApi, MetadataToken
from runtimes.gcp.secretmanager_secrets import SecretAccessor, SecretManagerSecrets
from runtimes.local import wiring
from tests.conftest import free_port
from tests.contract.test_queue import emulated
from tests.memory_adapters import MemorySecrets


class Harness(NamedTuple):
    """A source, a way to put secrets there, and the same source where nobody answers."""

    source: SecretSource
    put: Callable[[str, str], object]
    out: Callable[[], SecretSource]
    environment: str = ""
    """The environment's id, where the place is shared."""


def memory(_: pytest.FixtureRequest) -> Harness:
    source = MemorySecrets({})

    def out() -> SecretSource:
        source.out = True
        return source

    return Harness(source, source.values.__setitem__, out)


def ssm(request: pytest.FixtureRequest) -> Harness:
    client = request.getfixturevalue("emulator").ssm
    environment = f"s{uuid.uuid4().hex[:12]}"

    def put(name: str, value: str) -> None:
        path = f"/telemetry/{environment}/{name}"
        client.put_parameter(Name=path, Value=value, Type="SecureString", Overwrite=True)

    def out() -> SecretSource:
        return SsmSecrets(wiring.clients(f"http://127.0.0.1:{free_port()}").ssm, environment)

    return Harness(SsmSecrets(client, environment), put, out, environment)


def ssm_without_boto3(request: pytest.FixtureRequest) -> Harness:
    harness = ssm(request)
    environment = emulated(request.getfixturevalue("emulator").ssm)
    source = SsmSecrets(AwsApi(SSM, environment), harness.environment)

    def out() -> SecretSource:
        nobody = {**environment, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}
        return SsmSecrets(AwsApi(SSM, nobody), harness.environment)

    return harness._replace(source=source, out=out)


def secret_manager(
    request: pytest.FixtureRequest,
    vault: Callable[[Mapping[str, str]], SecretAccessor] = google_clients.secret_manager,
    *,
    authenticated: bool = False,
) -> Harness:
    google = FakeGoogle("demo-project", authenticated=authenticated)
    google.__enter__()
    request.addfinalizer(lambda: google.__exit__(None, None, None))

    def put(name: str, value: str) -> None:
        google.secrets.put(f"projects/demo-project/secrets/telemetry-test-{name.replace('/', '-')}", value)

    def out() -> SecretSource:
        nobody = f"http://127.0.0.1:{free_port()}/"
        environment = {**google.environment, "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER": nobody}
        return SecretManagerSecrets(vault(environment), "demo-project", "test")

    return Harness(SecretManagerSecrets(vault(google.environment), "demo-project", "test"), put, out)


def secret_manager_without_google_s_client(request: pytest.FixtureRequest) -> Harness:
    def light(environment: Mapping[str, str]) -> SecretAccessor:
        api = GoogleApi("secretmanager", MetadataToken(environment), environment)
        request.addfinalizer(api.close)
        return api

    return secret_manager(request, light, authenticated=True)


EMULATED = [pytest.param(backend, marks=pytest.mark.emulator) for backend in (ssm, ssm_without_boto3)]
GOOGLE = [secret_manager, secret_manager_without_google_s_client]


@pytest.fixture(params=[memory, *EMULATED, *GOOGLE], ids=lambda backend: backend.__name__)
def harness(request: pytest.FixtureRequest) -> Harness:
    harness: Harness = request.param(request)
    return harness


@pytest.mark.parametrize("name", [WEBHOOK_SECRET, SOURCE_TOKEN])
def test_a_secret_is_returned_as_set(harness: Harness, name: str) -> None:
    harness.put(name, "s3cret")
    assert harness.source.get(name) == "s3cret"
    harness.put(name, "newer\nolder")
    assert harness.source.get(name) == "newer\nolder"


def test_space_around_a_secret_is_none_of_it(harness: Harness) -> None:
    harness.put(SOURCE_TOKEN, "  s3cret\n")
    assert harness.source.get(SOURCE_TOKEN) == "s3cret"


def test_an_unset_secret_is_missing(harness: Harness) -> None:
    with pytest.raises(SecretMissing, match=WEBHOOK_SECRET):
        harness.source.get(WEBHOOK_SECRET)


@pytest.mark.parametrize("value", ["unset", " unset\n", " "])
def test_a_placeholder_is_missing(harness: Harness, value: str) -> None:
    harness.put(WEBHOOK_SECRET, value)
    with pytest.raises(SecretMissing, match=WEBHOOK_SECRET):
        harness.source.get(WEBHOOK_SECRET)


def test_a_source_that_is_out_is_unavailable_and_not_missing(harness: Harness) -> None:
    harness.put(WEBHOOK_SECRET, "s3cret")
    with pytest.raises(Unavailable) as raised:
        harness.out().get(WEBHOOK_SECRET)
    assert not isinstance(raised.value, SecretMissing)
    assert "s3cret" not in str(raised.value)
