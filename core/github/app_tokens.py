"""The tokens of a GitHub App: the JWT of the App itself, and the token of each installation.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/about-authentication-with-a-github-app
"""

import threading
from collections.abc import Callable
from typing import NamedTuple

from core.errors import MalformedPayload, ResponseTooLarge, TransientReadError, Unavailable
from core.github.api import GitHubApi, TokenProvider, TransportError
from core.github.responses import parse_json_response
from core.payload import Fields
from core.secrets_cache import APP_KEY, RENEWAL_PAUSE

_JWT_LASTS, _CLOCKS_DIFFER = 540, 60
"""Seconds: GitHub accepts ten minutes at most, and recommends an issue time a minute ago in case of clock drift."""
_SPARE = 300.0
"""Seconds before the expiry of an installation token at which it is refreshed."""


class Installation(NamedTuple):
    """An account that the App is installed for."""

    id: int
    account: str
    """As GitHub spells it."""
    suspended: bool


class AppJwt:
    """The App's JWT, signed for each request, so that it does not expire in flight."""

    def __init__(self, secrets: TokenProvider, app_id: str, now: Callable[[], float]) -> None:
        self._secrets, self._app_id, self._now = secrets, app_id, now

    def get(self, _name: str) -> str:
        """Return the JWT. Raises SecretMissing or Unavailable without a usable key."""
        return self._sign(self._secrets.get(APP_KEY))

    def refresh(self, _name: str, _stale: str) -> str | None:
        """Return a JWT signed with the refreshed key, if that is another one; else None."""
        newer = self._secrets.refresh(APP_KEY, self._secrets.get(APP_KEY))
        return None if newer is None else self._sign(newer)

    def _sign(self, key: str) -> str:
        import jwt  # noqa: PLC0415 (needed only with an App)

        now = int(self._now())
        claims = {"iat": now - _CLOCKS_DIFFER, "exp": now + _JWT_LASTS, "iss": self._app_id}
        try:
            return jwt.encode(claims, pem(key), algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            raise Unavailable(f"the secret {APP_KEY} is not a GitHub App's private key (PEM)") from None


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

    def refresh(self, _name: str, stale: str) -> str | None:
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
            raise Unavailable(f"no token of the GitHub App for {whose}: the response is not GitHub's") from None
        self._ends = (ends or 0) / 1000


def pem(key: str) -> str:
    r"""Return a private key in PEM format: in a variable its lines may end in the two characters `\n`."""
    return key.replace("\\n", "\n").strip() + "\n"
