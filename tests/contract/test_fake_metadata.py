"""The fake metadata server, asked by google.auth, which reads its variables when it is imported, and by plain HTTP."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from fakes.google import FakeGoogle
from tests.builders import Clock
from tests.environment import PATIENCE

ACCOUNT = "instance/service-accounts/default"
SECRET = "projects/demo-project/secrets/telemetry-test-x"
WHO_AM_I = """
import json, os
import google.auth
from google.auth.jwt import decode
from google.auth.transport.requests import Request
from google.cloud.secretmanager import SecretManagerServiceClient
from google.oauth2.id_token import fetch_id_token

credentials, project = google.auth.default()
request = Request()
credentials.refresh(request)
claims = decode(fetch_id_token(request, "https://worker.example"), verify=False)
endpoint = os.environ["CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER"].rstrip("/")
client = SecretManagerServiceClient(transport="rest", client_options={"api_endpoint": endpoint})
version = client.access_secret_version(name="projects/demo-project/secrets/telemetry-test-x/versions/latest")
print(json.dumps({
    "project": project,
    "kind": type(credentials).__module__,
    "email": credentials.service_account_email,
    "token": credentials.token,
    "universe": credentials.universe_domain,
    "claims": claims,
    "secret": version.payload.data.decode(),
}))
"""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def google(clock: Clock) -> Iterator[FakeGoogle]:
    with FakeGoogle(clock=clock.seconds) as google:
        yield google


def get(google: FakeGoogle, path: str, **headers: str) -> requests.Response:
    url = f"http://{google.environment['GCE_METADATA_HOST']}/computeMetadata/v1/{path}"
    return requests.get(url, headers=headers or {"Metadata-Flavor": "Google"}, timeout=PATIENCE)


def token(google: FakeGoogle) -> dict[str, Any]:
    fields: dict[str, Any] = get(google, f"{ACCOUNT}/token").json()
    return fields


def test_google_auth_detects_google_and_its_tokens_work_for_rest(tmp_path: Path) -> None:
    with FakeGoogle() as google:
        google.secrets.put(SECRET, "s3cret")
        environment = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG"}}
        result = subprocess.run(
            [sys.executable, "-c", WHO_AM_I],
            env={**environment, **google.environment, "HOME": str(tmp_path)},
            cwd=tmp_path,
            capture_output=True,
            check=False,
            text=True,
            timeout=PATIENCE,
        )
        assert result.returncode == 0, result.stderr
        said = json.loads(result.stdout)
        assert google.metadata.accepts(said["token"])
        assert google.secrets.authenticated
    claims = said.pop("claims")
    assert said.pop("token").startswith("ya29.")
    assert said == {
        "project": "demo-project",
        "kind": "google.auth.compute_engine.credentials",
        "email": google.metadata.email,
        "universe": "googleapis.com",
        "secret": "s3cret",
    }
    assert (claims["aud"], claims["email"]) == ("https://worker.example", google.metadata.email)
    assert claims["exp"] > time.time()


def test_the_metadata_server_returns_project_and_account(google: FakeGoogle) -> None:
    project = get(google, "project/project-id")
    assert (project.text, project.headers["Metadata-Flavor"]) == ("demo-project", "Google")
    assert get(google, f"{ACCOUNT}/email").text == google.metadata.email
    account = get(google, f"{ACCOUNT}/?recursive=true").json()
    assert (account["email"], account["aliases"]) == (google.metadata.email, ["default"])
    assert get(google, "instance/service-accounts/?recursive=true").json()["default"] == account


@pytest.mark.parametrize("flavor", ["google", "", "Other"])
def test_who_does_not_name_its_flavor_is_sent_away(google: FakeGoogle, flavor: str) -> None:
    answer = get(google, f"{ACCOUNT}/token", **{"Metadata-Flavor": flavor})
    assert (answer.status_code, answer.headers["Metadata-Flavor"]) == (403, "Google")
    assert "access_token" not in answer.text


def test_a_token_is_the_same_until_shortly_before_its_end(google: FakeGoogle, clock: Clock) -> None:
    first = token(google)
    assert (first["expires_in"], first["token_type"]) == (3600, "Bearer")
    clock.move(3299)
    assert token(google) == {**first, "expires_in": 301}
    clock.move(1)
    second = token(google)
    assert (second["access_token"] != first["access_token"], second["expires_in"]) == (True, 3600)
    assert google.metadata.accepts(first["access_token"])
    clock.move(300)
    assert not google.metadata.accepts(first["access_token"])
    assert google.metadata.accepts(second["access_token"])
    assert google.metadata.tokens_issued == 2


def test_a_token_may_live_for_a_moment(google: FakeGoogle, clock: Clock) -> None:
    google.metadata.lifetime = 2.0
    first = token(google)
    assert first["expires_in"] == 2
    clock.move(2)
    assert not google.metadata.accepts(first["access_token"])
    assert token(google)["access_token"] != first["access_token"]


def test_a_revoked_token_is_rejected(google: FakeGoogle) -> None:
    first = token(google)["access_token"]
    google.metadata.revoke()
    assert not google.metadata.accepts(first)
    assert google.metadata.accepts(token(google)["access_token"])


def test_an_identity_needs_an_audience(google: FakeGoogle) -> None:
    assert get(google, f"{ACCOUNT}/identity").status_code == 400
    assert get(google, f"{ACCOUNT}/identity?audience=x&format=full").text.count(".") == 2


def test_it_may_be_down_slow_or_in_trouble(google: FakeGoogle) -> None:
    google.metadata.down = True
    with pytest.raises(requests.ConnectionError):
        token(google)
    google.metadata.down = False
    google.metadata.status = 503
    assert get(google, f"{ACCOUNT}/token").status_code == 503
    google.metadata.status = 0
    google.metadata.delay = 0.2
    began = time.monotonic()
    assert token(google)["expires_in"] == 3600
    assert time.monotonic() - began >= 0.2


def test_what_it_does_not_know_it_says_aloud(google: FakeGoogle) -> None:
    answer = get(google, "instance/zone")
    assert answer.status_code == 501
    assert [str(request) for request in google.unknown] == ["GET /computeMetadata/v1/instance/zone"]
    google.unknown.clear()


def test_two_of_them_know_nothing_of_each_other(google: FakeGoogle) -> None:
    with FakeGoogle("other-project") as other:
        assert get(other, "project/project-id").text == "other-project"
        mine, yours = token(google)["access_token"], token(other)["access_token"]
        assert google.metadata.accepts(mine)
        assert other.metadata.accepts(yours)
        assert not other.metadata.accepts(mine)
        assert not set(other.environment.values()) & set(google.environment.values())


def test_a_stopped_server_closes_idle_connections_too() -> None:
    with requests.Session() as session, FakeGoogle() as google:
        url = f"http://{google.environment['GCE_METADATA_HOST']}/"
        assert session.get(url, timeout=PATIENCE).status_code == 200
        google.__exit__(None, None, None)
        with pytest.raises(requests.ConnectionError):
            session.get(url, timeout=PATIENCE)
