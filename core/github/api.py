"""Requests to GitHub's REST API: one token, renewed when it is refused, and a gate that a rate limit closes.

What an answer means is for the one who asked: core/github/reader.py reads sources, core/stores/github_repo.py writes.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
import urllib3

from core import deadline
from core.errors import PermanentError, SecretMissing, Unavailable
from core.github.bounded_response import USUAL, Limits, Unreadable, read_body
from core.github.responses import LONGEST_PAUSE, beginning, retry_after, seconds
from core.github.session import pooled_session as pooled_session  # noqa: PLC0414 (others find it here)

TIMEOUT = (3.05, 12.0)
"""Seconds to connect, and between two bytes of an answer, or what is left of the batch: GitHub itself gives up after 10.
https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#timeouts"""
JSON = "application/vnd.github+json"
RAW = "application/vnd.github.raw+json"
_VERSION = "2022-11-28"


class TransportError(Exception):
    """The transport failed: whether the request was carried out is not known."""

    def __init__(self, reason: str, *, timed_out: bool) -> None:
        super().__init__(reason)
        self.timed_out = timed_out


class TokenProvider(Protocol):
    """Where a request's token comes from: a SecretsCache, or a GitHub App. `name` is the secret's."""

    def get(self, name: str, /) -> str:
        """The token; raises SecretMissing or Unavailable."""

    def renewed(self, name: str, stale: str, /) -> str | None:
        """Another one, because `stale` was refused; None: there is none."""


class GitHubApi:
    """GitHub.com, GitHub Enterprise Cloud or Server: `url` is where its REST API begins.

    `anonymous` allows requests without a token (local only: elsewhere a private repository would look empty).
    """

    def __init__(
        self,
        session: requests.Session,
        secrets: TokenProvider,
        token_name: str,
        url: str,
        *,
        anonymous: bool = False,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.url = url.rstrip("/")
        self._session = session
        self._secrets = secrets
        self._token_name = token_name
        self._anonymous = anonymous
        self._now = now
        self._closed_until = 0.0
        self.budget = 1.0
        """The share of this hour's requests that was left at the latest answer; 1 until one says it."""
        self._lock = threading.Lock()

    def send(  # noqa: PLR0913 (what a request is made of)
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
        """The answer, whatever its status, with `stream` before its body; a token that is refused is fetched anew, once.

        Raises TransportError, Unavailable while the gate is closed or there is no usable token, PermanentError for an address
        that cannot be sent, ResponseTooLarge for a body over its limits, and what a deadline raises.
        """
        self._wait_for_gate()
        token = self._token()

        def read(response: requests.Response, **_: Any) -> None:
            """Called for each response, also for one that redirects, whose body requests would read without a limit."""
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
            newer = self._secrets.renewed(self._token_name, token)
            if newer is not None:
                response = self._send(request, accept, newer)
        return response

    def close(self, pause: float) -> None:
        """Send nothing for `pause` seconds: further requests would only make it longer."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._now() + pause)

    def rate_limit(self, response: requests.Response) -> float | None:
        """Seconds until GitHub wants to hear from us again, for which the gate is now closed; None: no rate limit.

        https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
        """
        if response.status_code not in (403, 429):
            return None
        pause = self._pause(response)
        if pause is not None:
            self.close(pause)
        return pause

    def _pause(self, response: requests.Response) -> float | None:
        after = retry_after(response)
        if after is not None:
            return after
        if response.headers.get("X-RateLimit-Remaining") == "0":
            reset = seconds(response.headers.get("X-RateLimit-Reset"))
            return 60.0 if reset is None else min(max(1.0, reset - self._now()), LONGEST_PAUSE)
        is_rate_limit = response.status_code == 429 or "rate limit" in beginning(response)
        return 60.0 if is_rate_limit else None

    def _wait_for_gate(self) -> None:
        pause = self._closed_until - self._now()
        if pause > 0:
            raise Unavailable("GitHub wants no requests for now", retry_after=pause)

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
                raise Unavailable(f"the secret {self._token_name} holds what no header may")
            headers["Authorization"] = f"Bearer {token}"
        what = f"{request['method']} {urlsplit(request['url']).path}"
        deadline.check(what)
        timeout = tuple(max(0.05, min(most, deadline.seconds_left())) for most in TIMEOUT)
        try:
            response = self._session.request(**request, headers=headers, timeout=timeout)  # type: ignore[arg-type]  # a pair
        except UnicodeEncodeError:
            raise PermanentError(f"{what}: what it asks for has no UTF-8") from None
        except UnicodeDecodeError:  # of a redirect's address
            raise TransportError(f"{what}: the answer is none of GitHub's", timed_out=False) from None
        except (requests.Timeout, TimeoutError, urllib3.exceptions.TimeoutError):
            deadline.check(what)  # the time was ours, not GitHub's
            raise TransportError(f"{what}: no answer in time", timed_out=True) from None
        except Unreadable as error:
            raise TransportError(f"{what}: the answer is {error}", timed_out=False) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            deadline.check(what)
            raise TransportError(f"{what}: {type(error).__name__}", timed_out=False) from None
        remaining, limit = (seconds(response.headers.get(f"X-RateLimit-{name}")) for name in ("Remaining", "Limit"))
        if remaining is not None and limit:
            self.budget = remaining / limit
        return response
