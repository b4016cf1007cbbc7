import json
import threading
import time
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from core.errors import TransientReadError, Unavailable
from core.github.app import GitHubApp, data_tokens, reader
from core.github.app_tokens import pem
from core.github.reader import GitHubClient
from core.github.webhooks import HookOwner, hooks
from core.secrets_cache import APP_KEY, DATA_TOKEN, SecretsCache
from core.setting_types import APP
from fakes.github.serializers import iso
from tests.builders import NOW, settings
from tests.memory_adapters import MemorySecrets

HOUR = 3600.0


def a_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


KEY, OTHER = a_key(), a_key()


def text(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


class Hub(BaseAdapter):
    """A GitHub that knows one App: checks its JWT, gives out tokens, and answers only to them."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW / 1000
        self.key = KEY
        self.accounts = {"octo-org": 11, "Acme": 22}
        self.suspended: set[str] = set()
        self.grants: dict[str, tuple[int, float]] = {}
        self.lasts = HOUR
        self.length = 520
        self.asked: list[tuple[str, str]] = []
        self.limits: dict[str, dict[str, str]] = {}
        self.fails: dict[str, int] = {}
        self.lock = threading.Lock()

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        path, method = urlsplit(request.url or "").path, str(request.method)
        token = str(request.headers.get("Authorization", "")).removeprefix("Bearer ")
        with self.lock:
            self.asked.append((method, path))
            status, body, headers = self.answer(method, path, token)
        response = requests.Response()
        response.status_code, response.url, response.request = status, request.url or "", request
        response.headers = CaseInsensitiveDict({"Content-Type": "application/json", **headers})
        response.raw = BytesIO(json.dumps(body).encode())
        return response

    def answer(self, method: str, path: str, token: str) -> tuple[int, Any, dict[str, str]]:
        if path in self.fails:
            return self.fails[path], {"message": "no"}, {}
        if path.startswith("/app"):
            return (*self.of_app(method, path, token), {})
        account = path.split("/")[2] if path.startswith(("/repos/", "/orgs/")) else None
        grant = self.grants.get(token)
        if grant is None or grant[1] <= self.now:
            return 401, {"message": "Bad credentials"}, {}
        if account is not None and self.accounts.get(account) != grant[0]:
            return 404, {"message": "Not Found"}, {}
        if path == "/installation/repositories":
            owner = next(name for name, id in self.accounts.items() if id == grant[0])
            return 200, {"total_count": 1, "repositories": [{"name": "one", "owner": {"login": owner}}]}, {}
        body = {"data": {"installation": grant[0]}} if path == "/graphql" else [{"from": account}]
        return 200, body, self.limits.get(account or "", {})

    def of_app(self, method: str, path: str, token: str) -> tuple[int, Any]:
        public = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        unchecked = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
        try:
            claims = jwt.decode(token, public, algorithms=["RS256"], options=unchecked)
        except jwt.PyJWTError:
            return 401, {"message": "A JSON web token could not be decoded"}
        if not (claims["iat"] <= self.now < claims["exp"] <= self.now + 600) or claims["iss"] != "Iv23liTest":
            return 401, {"message": "'Expiration time' claim ('exp') is too far in the future"}
        if path == "/app/installations":
            return 200, [
                {"id": id, "account": {"login": name}, "suspended_at": "2026-01-01" if name in self.suspended else None}
                for name, id in self.accounts.items()
            ]
        if path == "/app/hook/deliveries":
            return 200, []
        if path in ("/app", "/app/hook/config"):
            url = "https://telemetry.example.com/telemetry"
            return 200, {"id": 12345, "events": ["check_suite"]} if path == "/app" else {
                "url": url,
                "content_type": "json",
            }
        assert method == "POST"
        token_text = f"ghs_{len(self.grants)}_".ljust(self.length, "x")
        self.grants[token_text] = (int(path.split("/")[3]), self.now + self.lasts)
        return 201, {"token": token_text, "expires_at": iso(round((self.now + self.lasts) * 1000))}

    def tokens_made(self) -> int:
        return sum(path.endswith("/access_tokens") for _, path in self.asked)

    def close(self) -> None:
        pass


class Harness:
    def __init__(self, key: str = text(KEY)) -> None:
        self.hub = Hub()
        self.vault = MemorySecrets({APP_KEY: key})
        self.session = requests.Session()
        self.session.mount("https://", self.hub)
        self.cache = SecretsCache(self.vault, lambda: self.hub.now)
        self.app = GitHubApp(self.session, self.cache, "Iv23liTest", "https://api.github.com", now=lambda: self.hub.now)

    def commits(self, owner: str) -> Any:
        return list(self.app.pages(f"/repos/{owner}/one/commits"))


@pytest.fixture
def harness() -> Harness:
    return Harness()


def test_each_organisation_is_read_as_its_own_installation(harness: Harness) -> None:
    assert harness.commits("octo-org") == [{"from": "octo-org"}]
    assert harness.commits("Acme") == [{"from": "Acme"}]
    assert {installation for installation, _ in harness.hub.grants.values()} == {11, 22}


def test_the_owner_of_a_query_determines_the_installation(harness: Harness) -> None:
    answers = [harness.app.graphql("query X { x }", {"owner": owner, "repo": "one"}) for owner in ("octo-org", "acme")]
    assert answers == [{"installation": 11}, {"installation": 22}]


def test_a_query_about_an_owner_without_the_app_waits(harness: Harness) -> None:
    with pytest.raises(Unavailable, match="not installed for other"):
        harness.app.graphql("query X { x }", {"owner": "other", "repo": "one"})


def test_an_owner_is_matched_in_any_case(harness: Harness) -> None:
    harness.hub.accounts = {"ACME": 22}
    assert harness.app.tokens("acme").installation.account == "ACME"


@pytest.mark.parametrize("length", [40, 520, 3000])
def test_a_token_of_any_length_is_fetched_once_and_again_before_it_ends(harness: Harness, length: int) -> None:
    harness.hub.length = length
    for _ in range(3):
        harness.commits("octo-org")
    assert harness.hub.tokens_made() == 1
    harness.hub.now += HOUR - 301
    harness.commits("octo-org")
    assert harness.hub.tokens_made() == 1
    harness.hub.now += 2
    harness.commits("octo-org")
    assert harness.hub.tokens_made() == 2


def test_many_at_once_wait_for_one_token(harness: Harness) -> None:
    threads = [threading.Thread(target=harness.commits, args=("octo-org",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert harness.hub.tokens_made() == 1


def test_a_token_rejected_before_it_expires_is_refreshed_once(harness: Harness) -> None:
    harness.commits("octo-org")
    harness.hub.grants.clear()
    assert harness.commits("octo-org") == [{"from": "octo-org"}]
    harness.hub.grants.clear()
    with pytest.raises(Unavailable, match="401"):
        harness.commits("octo-org")
    harness.hub.now += 31
    assert harness.commits("octo-org") == [{"from": "octo-org"}]


def test_the_rate_limit_of_one_organisation_does_not_block_another(harness: Harness) -> None:
    harness.hub.limits["octo-org"] = {"X-RateLimit-Remaining": "10", "X-RateLimit-Limit": "5000"}
    harness.commits("octo-org")
    harness.commits("Acme")
    assert harness.app.budget("/repos/octo-org/one") == 0.002
    assert harness.app.budget("/orgs/Acme/hooks") == 1.0
    harness.hub.fails["/repos/octo-org/one/commits"] = 429
    with pytest.raises(TransientReadError):
        harness.commits("octo-org")
    with pytest.raises(Unavailable, match="no requests for now"):
        harness.commits("octo-org")
    assert harness.commits("Acme") == [{"from": "Acme"}]


def test_an_owner_without_the_app_is_named_and_retried_later(harness: Harness) -> None:
    for _ in range(3):
        with pytest.raises(Unavailable, match="the GitHub App is not installed for newcomer"):
            harness.commits("newcomer")
    assert harness.hub.asked.count(("GET", "/app/installations")) == 1
    harness.hub.accounts["newcomer"] = 33
    harness.hub.now += 31
    assert harness.commits("newcomer") == [{"from": "newcomer"}]


def test_a_suspended_installation_is_named(harness: Harness) -> None:
    harness.hub.suspended = {"Acme"}
    with pytest.raises(Unavailable, match="installation for Acme is suspended"):
        harness.commits("acme")
    assert [repository["owner"]["login"] for repository in harness.app.repositories()] == ["octo-org"]


def test_all_that_it_sees_are_the_repositories_of_every_installation(harness: Harness) -> None:
    assert [repository["owner"]["login"] for repository in harness.app.repositories()] == ["octo-org", "Acme"]


@pytest.mark.parametrize("status", [404, 500])
def test_where_the_installations_cannot_be_listed_the_event_waits(harness: Harness, status: int) -> None:
    harness.hub.fails["/app/installations"] = status
    with pytest.raises(Unavailable, match=f"installations cannot be listed: GET /app/installations: {status}"):
        harness.commits("octo-org")


@pytest.mark.parametrize("status", [403, 404, 422, 500])
def test_where_github_gives_no_token_the_organisation_is_named(harness: Harness, status: int) -> None:
    harness.hub.fails["/app/installations/11/access_tokens"] = status
    with pytest.raises(Unavailable, match=f"no token of the GitHub App for octo-org: {status}"):
        harness.commits("octo-org")
    assert harness.commits("Acme")


@pytest.mark.parametrize("key", ["no key at all", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
def test_an_invalid_key_is_named_and_not_shown(key: str) -> None:
    with pytest.raises(Unavailable, match=f"the secret {APP_KEY} is not a GitHub App's private key") as refused:
        Harness(key).commits("octo-org")
    assert key not in str(refused.value)


def test_a_key_in_a_variable_may_have_its_lines_ended_by_two_characters() -> None:
    assert Harness(text(KEY).strip().replace("\n", "\\n")).commits("octo-org")
    assert pem("a\\nb") == "a\nb\n"


def test_a_key_replaced_at_github_is_refreshed(harness: Harness) -> None:
    harness.commits("octo-org")
    harness.hub.key = OTHER
    harness.vault.values[APP_KEY] = text(OTHER)
    harness.hub.now += HOUR
    assert harness.commits("octo-org")


def test_the_app_s_own_webhook_is_recognised(harness: Harness) -> None:
    [hook] = hooks(harness.app, HookOwner(APP))
    assert (hook.path, hook.key, hook.url) == ("/app/hook", "app-12345", "https://telemetry.example.com/telemetry")


def test_the_settings_choose_between_app_and_token(harness: Harness) -> None:
    with_app = settings(github_app_id="Iv23liTest", repo_owner="Acme", repo_name="data")
    assert type(reader(with_app, harness.session, harness.cache)) is GitHubApp
    assert type(reader(settings(), harness.session, harness.cache)) is GitHubClient
    assert data_tokens(settings(), harness.session, harness.cache) is harness.cache
    tokens = data_tokens(with_app, harness.session, harness.cache)
    harness.vault.values[DATA_TOKEN] = "a token"
    assert tokens.get(DATA_TOKEN) == "a token"


def test_without_a_data_token_the_app_writes(harness: Harness) -> None:
    harness.hub.now = time.time()
    tokens = data_tokens(
        settings(github_app_id="Iv23liTest", repo_owner="Acme", repo_name="data"), harness.session, harness.cache
    )
    assert harness.hub.grants[tokens.get(DATA_TOKEN)][0] == 22
