"""The REST client for reading sources: get, all pages, file-or-None, rate limits. The transport is injected.

Failures are sorted by what they mean for the event. A passing one (timeout, cut connection, 5xx, 429, a rate limit,
an answer that is not JSON) is ReadFailed: the queue tries again. A token that is expired or lacks a right is ours to
mend: Unavailable, and the event waits. Anything else will never work: Permanent.
https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote, urlsplit

import requests
from requests.adapters import HTTPAdapter

from core.errors import Permanent, ReadFailed, SecretMissing, Unavailable
from core.github_answers import LONGEST_PAUSE, decoded, is_file, parsed, pause_asked_for, raw_content, seconds
from core.payload import Json
from core.secrets_cache import SOURCE_TOKEN, SecretsCache

TIMEOUT = (3.05, 12.0)
"""Seconds to connect, and between two bytes of an answer: GitHub itself gives up after 10.
https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#timeouts"""
HANGING_PAUSE = 5.0
"""Seconds in which nobody else asks a GitHub that has let one request hang: a batch must not hang a request at a time."""
POOL = 16
"""Connections kept open: more than the events that are collected side by side."""
_JSON = "application/vnd.github+json"
_RAW = "application/vnd.github.raw+json"
_VERSION = "2022-11-28"


class _Session(requests.Session):
    """Proxies and certificates from the environment, but no password of a .netrc in place of our token."""

    def __init__(self) -> None:
        super().__init__()
        self.auth = _as_it_is

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Drops the token on the way to another host."""
        to, came_from = prepared_request.url or "", response.request.url or ""
        if self.should_strip_auth(came_from, to):  # type: ignore[no-untyped-call]  # of requests
            prepared_request.headers.pop("Authorization", None)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def pooled_session() -> requests.Session:
    """One session for the whole process: connections are shared by all threads."""
    session = _Session()
    session.max_redirects = 5
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_connections=2, pool_maxsize=POOL))
    return session


class GitHub:
    """Reads GitHub.com, GitHub Enterprise Cloud or Server: `api_url` is where its REST API begins.

    `anonymous` allows reading without a token (local only: elsewhere a private repository would look empty).
    """

    def __init__(
        self,
        session: requests.Session,
        secrets: SecretsCache,
        api_url: str,
        *,
        anonymous: bool = False,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._session = session
        self._secrets = secrets
        self._api_url = api_url.rstrip("/")
        self._anonymous = anonymous
        self._now = now
        self._closed_until = 0.0
        self._lock = threading.Lock()

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Json]:
        """Every item of every page of a list. A page that is no list of objects is ReadFailed."""
        url = f"{self._api_url}{path}"
        query: Mapping[str, str] | None = {**(params or {}), "per_page": "100"}
        seen: set[str] = set()
        while url:
            if url in seen:
                raise ReadFailed(f"GET {path}: its pages go round in a loop")
            seen.add(url)
            response = self._get(url, query)
            items = parsed(response)
            if type(items) is not list or any(type(item) is not dict for item in items):
                raise ReadFailed(f"GET {path}: the answer is no list of objects")
            yield from items
            url, query = self._next(response), None

    def file(self, owner: str, repo: str, path: str, ref: str | None = None) -> bytes | None:
        """A file's content; None if there is none, or if it is a directory, a symlink or a submodule.

        Beyond 1 MB GitHub sends no content but in the raw media type:
        https://docs.github.com/en/rest/repos/contents#get-repository-content
        """
        url = f"{self._api_url}/repos/{owner}/{repo}/contents/{quote(path)}"
        params = {} if ref is None else {"ref": ref}
        response = self._ask(url, params)
        if response.status_code == 404:
            return None
        answer = parsed(response)
        if not is_file(answer, path):
            return None
        if answer.get("encoding") == "base64":
            return decoded(answer, path)
        raw = self._ask(url, params, _RAW)
        return None if raw.status_code == 404 else raw_content(raw, path)

    def _next(self, response: requests.Response) -> str:
        """The next page, always at our own API: a Link header must not lead the token elsewhere."""
        target = response.links.get("next", {}).get("url")
        if not target:
            return ""
        base = urlsplit(self._api_url)
        try:
            return urlsplit(target)._replace(scheme=base.scheme, netloc=base.netloc).geturl()
        except ValueError:
            raise ReadFailed(f"GET {urlsplit(response.url).path}: the next page is no address") from None

    def _get(self, url: str, params: Mapping[str, str] | None) -> requests.Response:
        response = self._ask(url, params)
        if response.status_code == 404:
            raise Permanent(f"GET {urlsplit(url).path}: 404")
        return response

    def _ask(self, url: str, params: Mapping[str, str] | None, accept: str = _JSON) -> requests.Response:
        """A good answer or a 404; raises for every other."""
        self._wait_for_limit()
        token = self._token()
        response = self._send(url, params, accept, token)
        if response.status_code == 401 and token is not None:
            newer = self._secrets.renewed(SOURCE_TOKEN, token)
            if newer is not None:
                response = self._send(url, params, accept, newer)
        if response.ok or response.status_code == 404:
            return response
        raise self._sorted(response, f"GET {urlsplit(url).path}: {response.status_code}")

    def _send(self, url: str, params: Mapping[str, str] | None, accept: str, token: str | None) -> requests.Response:
        headers = {"Accept": accept, "X-GitHub-Api-Version": _VERSION, "User-Agent": "telemetry-functions"}
        if token is not None:
            if not (token.isascii() and token.isprintable()):
                raise Unavailable("the source token holds what no header may")
            headers["Authorization"] = f"Bearer {token}"
        try:
            return self._session.get(url, params=params, headers=headers, timeout=TIMEOUT)
        except UnicodeError:
            raise Permanent(f"GET {urlsplit(url).path}: what it asks for has no UTF-8") from None
        except requests.Timeout:
            self._close(HANGING_PAUSE)
            raise ReadFailed(f"GET {urlsplit(url).path}: no answer in time", retry_after=HANGING_PAUSE) from None
        except requests.RequestException as error:
            raise ReadFailed(f"GET {urlsplit(url).path}: {type(error).__name__}") from None

    def _token(self) -> str | None:
        try:
            return self._secrets.get(SOURCE_TOKEN)
        except SecretMissing:
            if self._anonymous:
                return None
            raise

    def _close(self, pause: float) -> None:
        with self._lock:
            self._closed_until = max(self._closed_until, self._now() + pause)

    def _wait_for_limit(self) -> None:
        """While a rate limit is closed, further requests would only make it longer: the event waits uncounted."""
        left = self._closed_until - self._now()
        if left > 0:
            raise Unavailable("GitHub wants no requests for now", retry_after=left)

    def _sorted(self, response: requests.Response, what: str) -> Exception:
        status = response.status_code
        pause = self._rate_limit(response)
        if pause is not None:
            self._close(pause)
            return ReadFailed(f"{what} (rate limit)", retry_after=pause)
        if status in (401, 403):
            return Unavailable(f"{what}: the source token is not valid or lacks a right")
        if status >= 500 or status in (408, 409, 425):
            return ReadFailed(what, retry_after=pause_asked_for(response))
        return Permanent(what)

    def _rate_limit(self, response: requests.Response) -> float | None:
        """Seconds until GitHub wants to hear from us again; None if this is no rate limit.

        https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
        """
        if response.status_code not in (403, 429):
            return None
        after = pause_asked_for(response)
        if after is not None:
            return after
        if response.headers.get("X-RateLimit-Remaining") == "0":
            reset = seconds(response.headers.get("X-RateLimit-Reset"))
            return 60.0 if reset is None else min(max(1.0, reset - self._now()), LONGEST_PAUSE)
        told = response.status_code == 429 or "rate limit" in response.text[:1000].lower()
        return 60.0 if told else None
