"""Reads as a GitHub App instead of with tokens: as its installation for each organisation or person.

The App signs a short JWT with its private key and exchanges it for an installation token, which is opaque and expires
after an hour. Each installation has an hourly limit of its own, so one that is used up does not block the others.
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/about-authentication-with-a-github-app
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import requests

from core.errors import (
    MalformedPayload,
    PermanentError,
    ResponseTooLarge,
    SecretMissing,
    TransientReadError,
    Unavailable,
)
from core.github.api import GitHubApi, TokenProvider, TransportError
from core.github.reader import GitHubClient
from core.github.responses import parse_json_response
from core.payload import Fields, Json
from core.ports import GitHubBrowser
from core.secrets_cache import APP_KEY, RENEWAL_PAUSE

if TYPE_CHECKING:
    from core.settings import Settings

_JWT_LASTS, _CLOCKS_DIFFER = 540, 60
"""Seconds: GitHub accepts ten minutes at most, and recommends an issue time a minute ago in case of clock drift."""
_SPARE = 300.0
"""Seconds before the expiry of an installation token at which it is refreshed."""
_KNOWN_FOR = 600.0
"""Seconds for which the list of installations is cached."""
_LIST_AGAIN = 30.0
"""Seconds between two reads of the list for an owner that is not on it."""


class Installation(NamedTuple):
    """An account that the App is installed for."""

    id: int
    account: str
    """As GitHub spells it."""
    suspended: bool


class GitHubApp:
    """A GitHubBrowser that reads each owner's repositories as that owner's installation. Thread-safe.

    Every read raises as GitHubClient's does, and Unavailable if the App is not installed for the owner in the path.
    """

    def __init__(
        self,
        session: requests.Session,
        secrets: TokenProvider,
        app_id: str,
        api_url: str,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Use `github-app-private-key` of `secrets`; `app_id` is the App's id or its client id."""
        self._session, self._api_url, self._now = session, api_url, now
        jwt = _Jwt(secrets, app_id, now)
        self._app = GitHubClient(session, jwt, api_url, now=now)
        self._app_api = GitHubApi(session, jwt, APP_KEY, api_url, now=now)
        self._installations: dict[str, Installation] = {}
        self._listed_at = float("-inf")
        self._readers: dict[int, GitHubClient] = {}
        self._tokens: dict[int, InstallationTokens] = {}
        self._lock = threading.Lock()

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Json]:
        """Implement core.ports.GitHubReader."""
        return self._reader(path).pages(path, params)

    def page(self, path: str, params: Mapping[str, str] | None = None) -> tuple[list[Json], Mapping[str, str] | None]:
        """Implement core.ports.GitHubBrowser."""
        return self._reader(path).page(path, params)

    def object(self, path: str) -> Json:
        """Implement core.ports.GitHubBrowser."""
        return self._reader(path).object(path)

    def file(self, owner: str, repo: str, path: str, ref: str | None = None) -> bytes | None:
        """Implement core.ports.GitHubReader."""
        return self._reader(f"/repos/{owner}/{repo}").file(owner, repo, path, ref)

    def budget(self, path: str = "") -> float:
        """Return the budget of the installation for this path; see GitHubBrowser."""
        return self._reader(path).budget()

    def repositories(self) -> Iterator[Json]:
        """Yield the repositories of every installation. https://docs.github.com/en/rest/apps/installations."""
        for installation in self.installations():
            if not installation.suspended:
                yield from self._reader(f"/users/{installation.account}").wrapped(
                    "/installation/repositories", "repositories"
                )

    def installations(self) -> list[Installation]:
        """Return all installations, from a list that is cached for _KNOWN_FOR seconds."""
        with self._lock:
            if self._now() - self._listed_at > _KNOWN_FOR:
                self._list()
            return list(self._installations.values())

    def tokens(self, owner: str) -> "InstallationTokens":
        """Return the tokens for requests about an owner's repositories. Raises Unavailable."""
        installation = self._installation(owner)
        with self._lock:
            if installation.id not in self._tokens:
                self._tokens[installation.id] = InstallationTokens(self._app_api, installation, self._now)
            return self._tokens[installation.id]

    def _reader(self, path: str) -> GitHubClient:
        owner = _owner(path)
        if owner is None:
            return self._app
        tokens = self.tokens(owner)
        with self._lock:
            if tokens.installation.id not in self._readers:
                reader = GitHubClient(self._session, tokens, self._api_url, now=self._now)
                self._readers[tokens.installation.id] = reader
            return self._readers[tokens.installation.id]

    def _installation(self, owner: str) -> Installation:
        with self._lock:
            age = self._now() - self._listed_at
            if age > _KNOWN_FOR or (owner.lower() not in self._installations and age > _LIST_AGAIN):
                self._list()
            installation = self._installations.get(owner.lower())
        if installation is None:
            raise Unavailable(f"the GitHub App is not installed for {owner}")
        if installation.suspended:
            raise Unavailable(f"the GitHub App's installation for {installation.account} is suspended")
        return installation

    def _list(self) -> None:
        try:
            installations = [
                _installation(Fields(item, "installation")) for item in self._app.pages("/app/installations")
            ]
        except (PermanentError, TransientReadError) as error:  # without a token nothing was read: the event waits
            raise Unavailable(f"the GitHub App's installations cannot be listed: {error}") from None
        self._installations = {installation.account.lower(): installation for installation in installations}
        self._listed_at = self._now()


class _Jwt:
    """The App's JWT, signed for each request, so that it does not expire in flight."""

    def __init__(self, secrets: TokenProvider, app_id: str, now: Callable[[], float]) -> None:
        self._secrets, self._app_id, self._now = secrets, app_id, now

    def get(self, _name: str) -> str:
        """Return the JWT. Raises SecretMissing or Unavailable without a usable key."""
        return self._signed(self._secrets.get(APP_KEY))

    def renewed(self, _name: str, _stale: str) -> str | None:
        """Return a JWT signed with the refreshed key, if that is another one; else None."""
        newer = self._secrets.renewed(APP_KEY, self._secrets.get(APP_KEY))
        return None if newer is None else self._signed(newer)

    def _signed(self, key: str) -> str:
        import jwt  # noqa: PLC0415 (needed only with an App)

        now = int(self._now())
        claims = {"iat": now - _CLOCKS_DIFFER, "exp": now + _JWT_LASTS, "iss": self._app_id}
        try:
            return jwt.encode(claims, pem(key), algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            raise Unavailable(f"the secret {APP_KEY} is no private key (PEM) of a GitHub App") from None


class InstallationTokens:
    """Caches an installation token and refreshes it five minutes before it expires. The token is opaque. Thread-safe."""

    def __init__(self, api: GitHubApi, installation: Installation, now: Callable[[], float]) -> None:
        self.installation = installation
        self._api, self._now = api, now
        self._token = ""
        self._ends = self._renewed_at = float("-inf")
        self._lock = threading.Lock()

    def get(self, _name: str) -> str:
        """Return the token. Raises Unavailable."""
        with self._lock:
            if self._now() > self._ends - _SPARE:
                self._fetch()
            return self._token

    def renewed(self, _name: str, stale: str) -> str | None:
        """Return another token because GitHub rejected `stale`; None if it was refreshed just now, or there is none."""
        with self._lock:
            if self._token != stale:
                return self._token
            if self._now() - self._renewed_at < RENEWAL_PAUSE:
                return None
            self._renewed_at = self._now()
            try:
                self._fetch()
            except Unavailable:
                return None
            return self._token

    def _fetch(self) -> None:
        """Fetch a token. https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app."""
        path, whose = f"/app/installations/{self.installation.id}/access_tokens", self.installation.account
        try:
            response = self._api.send("POST", f"{self._api.url}{path}", redirects=False)
        except (TransportError, ResponseTooLarge) as error:
            raise Unavailable(f"no token of the GitHub App for {whose}: {error}") from None
        pause = self._api.rate_limit(response)
        if response.status_code != 201:
            raise Unavailable(f"no token of the GitHub App for {whose}: {response.status_code}", retry_after=pause)
        try:
            fields = Fields(parse_json_response(response), "token")
            self._token, ends = fields.text("token"), fields.time("expires_at")
        except (MalformedPayload, TransientReadError, ResponseTooLarge, AttributeError):
            raise Unavailable(f"no token of the GitHub App for {whose}: the answer is none of GitHub's") from None
        self._ends = (ends or 0) / 1000


def reader(
    settings: "Settings", session: requests.Session, secrets: TokenProvider, *, anonymous: bool = False
) -> GitHubBrowser:
    """Return the reader of sources: the App if the settings name one, else a client with the source token."""
    if settings.github_app_id:
        return GitHubApp(session, secrets, settings.github_app_id, settings.github_api_url)
    return GitHubClient(session, secrets, settings.github_api_url, anonymous=anonymous)


def data_tokens(settings: "Settings", session: requests.Session, secrets: TokenProvider) -> TokenProvider:
    """Return the tokens that write the data repository: the data token, else those of the App if there is one."""
    if not settings.github_app_id:
        return secrets
    app = GitHubApp(session, secrets, settings.github_app_id, settings.github_api_url)
    return FallbackTokenProvider(secrets, app, settings.repo_owner)


class FallbackTokenProvider:
    """Provides the named secret, or, if it is not set, the token of `owner`'s installation."""

    def __init__(self, secrets: TokenProvider, app: GitHubApp, owner: str) -> None:
        self._secrets, self._app, self._owner = secrets, app, owner

    def get(self, name: str) -> str:
        """Return the token. Raises Unavailable."""
        try:
            return self._secrets.get(name)
        except SecretMissing:
            return self._app.tokens(self._owner).get(name)

    def renewed(self, name: str, stale: str) -> str | None:
        """Return another token than `stale`; None if there is none."""
        try:
            self._secrets.get(name)
        except SecretMissing:
            return self._app.tokens(self._owner).renewed(name, stale)
        return self._secrets.renewed(name, stale)


def pem(key: str) -> str:
    r"""Return a private key in PEM format: in a variable its lines may end in the two characters `\n`."""
    return key.replace("\\n", "\n").strip() + "\n"


def _owner(path: str) -> str | None:
    """Return the owner in /repos/OWNER/…, /orgs/OWNER/…, /users/OWNER/…; None for paths of the App itself."""
    parts = path.partition("?")[0].split("/")
    return parts[2] if len(parts) > 2 and parts[1] in ("repos", "orgs", "users") else None


def _installation(fields: Fields) -> Installation:
    return Installation(
        fields.integer("id"), fields.child("account").text("login"), bool(fields.data.get("suspended_at"))
    )
