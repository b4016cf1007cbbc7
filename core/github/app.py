"""Reads as a GitHub App instead of with tokens: as its installation for each organisation or person.

The App signs a short JWT with its private key and exchanges it for an installation token, which is opaque and expires
after an hour. Each installation has an hourly limit of its own, so one that is used up does not block the others.
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/about-authentication-with-a-github-app
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import requests

from core.errors import (
    PermanentError,
    SecretMissing,
    TransientReadError,
    Unavailable,
)
from core.github.api import GitHubApi, TokenProvider
from core.github.app_tokens import AppJwt, Installation, InstallationTokens
from core.github.reader import GitHubClient
from core.payload import Fields, Json
from core.ports import GitHubBrowser
from core.secrets_cache import APP_KEY

if TYPE_CHECKING:
    from core.settings import Settings

_KNOWN_FOR = 600.0
"""Seconds for which the list of installations is cached."""
_LIST_AGAIN = 30.0
"""Seconds between two reads of the list for an owner that is not on it."""


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
        jwt = AppJwt(secrets, app_id, now)
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

    def graphql(self, query: str, variables: Mapping[str, str | int]) -> Json:
        """Implement core.ports.GitHubReader. The variable `owner` determines the installation."""
        return self._reader(f"/repos/{variables['owner']}").graphql(query, variables)

    def file(self, owner: str, repo: str, path: str, ref: str | None = None) -> bytes | None:
        """Implement core.ports.GitHubReader."""
        return self._reader(f"/repos/{owner}/{repo}").file(owner, repo, path, ref)

    def budget(self, path: str = "") -> float:
        """Return the budget of the installation for this path; see GitHubBrowser."""
        return self._reader(path).budget()

    def repositories(self, owner: str | None = None) -> Iterator[Json]:
        """Yield the repositories of every installation, or of one owner's. https://docs.github.com/en/rest/apps/installations."""
        for installation in self.installations() if owner is None else [self._installation(owner)]:
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

    def refresh(self, name: str, stale: str) -> str | None:
        """Return another token than `stale`; None if there is none."""
        try:
            self._secrets.get(name)
        except SecretMissing:
            return self._app.tokens(self._owner).refresh(name, stale)
        return self._secrets.refresh(name, stale)


def _owner(path: str) -> str | None:
    """Return the owner in /repos/OWNER/…, /orgs/OWNER/…, /users/OWNER/…; None for paths of the App itself."""
    parts = path.partition("?")[0].split("/")
    return parts[2] if len(parts) > 2 and parts[1] in ("repos", "orgs", "users") else None


def _installation(fields: Fields) -> Installation:
    return Installation(
        fields.integer("id"), fields.child("account").text("login"), bool(fields.data.get("suspended_at"))
    )
