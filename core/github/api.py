"""Low-level client for GitHub's REST API: adds the token, refreshes it once after a 401, and blocks while rate limited.

Its callers interpret the responses: core/github/reader.py reads sources, core/stores/github_repo.py writes.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
import urllib3

from core import deadline
from core.errors import PermanentError, SecretMissing, Unavailable
from core.github.bounded_response import USUAL, Limits, Unreadable, read_body
from core.github.request_gate import RequestGate
from core.github.responses import UNNAMED_PAUSE, rate_limit_pause, says, seconds
from core.github.same_api import resolve_url
from core.github.session import pooled_session as pooled_session  # noqa: PLC0414 (exported to the wirings)

TIMEOUT = (3.05, 12.0)
"""Seconds to connect, and between two bytes of a response, limited by the time of the batch: GitHub gives up after 10.
https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#timeouts"""
JSON = "application/vnd.github+json"
RAW = "application/vnd.github.raw+json"
_VERSION = "2022-11-28"
_SECONDARY = ("secondary rate limit", "abuse detection")


class TransportError(Exception):
    """The transport failed: it is unknown whether the request was executed."""

    def __init__(self, reason: str, *, timed_out: bool) -> None:
        super().__init__(reason)
        self.timed_out = timed_out


class _RedirectRefused(requests.RequestException):
    """A redirect leads to another host, or out of the path of our API."""


class TokenProvider(Protocol):
    """A source of tokens: a SecretsCache, or a GitHub App. `name` is the name of the secret."""

    def get(self, name: str, /) -> str:
        """Return the token. Raises SecretMissing or Unavailable."""

    def refresh(self, name: str, stale: str, /) -> str | None:
        """Return another token because `stale` was rejected; None if there is none."""


class GitHubApi:
    """A client of GitHub.com, GitHub Enterprise Cloud or Server: `url` is the base URL of its REST API.

    `anonymous` allows requests without a token (local only: elsewhere a private repository would look empty).
    """

    def __init__(  # noqa: PLR0913 (what a client of one API needs)
        self,
        session: requests.Session,
        secrets: TokenProvider,
        token_name: str,
        url: str,
        *,
        anonymous: bool = False,
        now: Callable[[], float] = time.time,
        secondary: RequestGate | None = None,
    ) -> None:
        """Create a client; `secondary` is that of another client with the same token."""
        self.url = url.rstrip("/")
        self._session = session
        self._secrets = secrets
        self._token_name = token_name
        self._anonymous = anonymous
        self._now = now
        self._primary = RequestGate(now)
        self._secondary = secondary or RequestGate(now)
        self.budget = 1.0
        """The share of this hour's requests that remained at the latest response; 1 before the first response."""

    def beside(self) -> "GitHubApi":
        """Return a client of the same token whose primary limit is another one, as that of GraphQL."""
        return GitHubApi(
            self._session,
            self._secrets,
            self._token_name,
            self.url,
            anonymous=self._anonymous,
            now=self._now,
            secondary=self._secondary,
        )

    def send(  # noqa: PLR0913 (the parts of a request)
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        accept: str = JSON,
        redirects: bool = True,
        stream: bool = False,
        limits: Limits = USUAL,
    ) -> requests.Response:
        """Send a request and return the response of any status, with `stream` before its body.

        A rejected token is refreshed once. A redirect out of our API is not followed; with `stream`, which is for archives at
        another host, it is followed without the token.

        Raises TransportError, Unavailable while rate limited or without a usable token, PermanentError for a URL that
        cannot be sent, ResponseTooLarge for a body over its limits, and the error of a deadline.
        """
        self._wait_for_gate()
        token = self._token()

        def read(response: requests.Response, **_: Any) -> None:
            """Read the body of each response, also of a redirect, whose body requests would read without a limit."""
            if redirects and response.is_redirect and not self.is_ours(response, response.headers["Location"]):
                if not stream:
                    raise _RedirectRefused
                response.request.headers.pop("Authorization", None)
            if not stream or response.is_redirect or not response.ok:
                read_body(response, limits)

        request = {
            "method": method,
            "url": url,
            "params": params,
            "json": json,
            "allow_redirects": redirects,
            "stream": True,
            "hooks": {"response": read},
        }
        response = self._send(request, accept, token)
        if response.status_code == 401 and token is not None:
            newer = self._secrets.refresh(self._token_name, token)
            if newer is not None:
                response = self._send(request, accept, newer)
        return response

    def is_ours(self, response: requests.Response, target: str) -> bool:
        """Return whether the target of a link or redirect in this response is at our API, so that it may get the token."""
        return resolve_url(self.url, response.url, target) is not None

    def close(self, pause: float) -> None:
        """Send nothing for `pause` seconds: further requests would only prolong the rate limit."""
        self._primary.close(pause)

    def rate_limit(self, response: requests.Response) -> float | None:
        """Return the seconds of a rate limit, for which requests are now blocked; None if the response is not one.

        https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
        """
        if response.status_code not in (403, 429):
            return None
        pause = rate_limit_pause(response, self._now())
        if pause is not None:
            self._close_for(response, pause)
        return pause

    def limit(self, response: requests.Response) -> float:
        """Return the seconds of a rate limit that the body of a response reports, for which requests are now blocked."""
        pause = rate_limit_pause(response, self._now()) or UNNAMED_PAUSE
        self._close_for(response, pause)
        return pause

    def _close_for(self, response: requests.Response, pause: float) -> None:
        """Block requests: after a primary limit those to this API, after any other limit all of the token."""
        is_primary = response.headers.get("X-RateLimit-Remaining") == "0" and not says(response, *_SECONDARY)
        (self._primary if is_primary else self._secondary).close(pause)

    def _wait_for_gate(self) -> None:
        pause = max(self._primary.remaining(), self._secondary.remaining())
        if pause > 0:
            raise Unavailable("GitHub allows no requests for now", retry_after=pause)

    def _token(self) -> str | None:
        try:
            return self._secrets.get(self._token_name)
        except SecretMissing:
            if self._anonymous:
                return None
            raise

    def _send(self, request: Mapping[str, Any], accept: str, token: str | None) -> requests.Response:
        headers = {
            "Accept": accept,
            "Accept-Encoding": "gzip",
            "X-GitHub-Api-Version": _VERSION,
            "User-Agent": "telemetry-functions",
        }
        if token is not None:
            if not (token.isascii() and token.isprintable()):
                raise Unavailable(f"the secret {self._token_name} holds a character that a header must not contain")
            headers["Authorization"] = f"Bearer {token}"
        what = f"{request['method']} {urlsplit(request['url']).path}"
        deadline.check(what)
        timeout = tuple(max(0.05, min(most, deadline.seconds_left())) for most in TIMEOUT)
        try:
            response = self._session.request(**request, headers=headers, timeout=timeout)  # type: ignore[arg-type]  # a pair
        except UnicodeEncodeError:
            raise PermanentError(f"{what}: the path is not valid UTF-8") from None
        except UnicodeDecodeError:  # the URL of a redirect
            raise TransportError(f"{what}: the response is not GitHub's", timed_out=False) from None
        except _RedirectRefused:
            raise TransportError(f"{what}: a redirect out of our API is not followed", timed_out=False) from None
        except (requests.Timeout, TimeoutError, urllib3.exceptions.TimeoutError):
            deadline.check(what)  # our deadline is over, GitHub did not time out
            raise TransportError(f"{what}: no response in time", timed_out=True) from None
        except Unreadable as error:
            raise TransportError(f"{what}: the answer is {error}", timed_out=False) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            deadline.check(what)
            raise TransportError(f"{what}: {type(error).__name__}", timed_out=False) from None
        remaining, limit = (seconds(response.headers.get(f"X-RateLimit-{name}")) for name in ("Remaining", "Limit"))
        if remaining is not None and limit:
            self.budget = remaining / limit
        return response
