"""Calls Secret Manager and Pub/Sub for the webhook function without Google's libraries, which add 0.3 s and 40 MB each.

The token comes from the metadata server: https://cloud.google.com/run/docs/container-contract#metadata-server
Not supported, unlike google.auth: credentials from other sources, universe domains, proxies.
"""

import base64
import http.client
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from core import retries
from core.persistent_connections import Timeouts
from core.retries import CloudError
from core.url_security import problem
from runtimes.gcp.google_http import HttpEndpoint, Response, ResponseTooLarge

TIMEOUTS = Timeouts(connect=0.6, answer=1.1)
_METADATA_TIMEOUTS = Timeouts(connect=0.25, answer=0.75)
"""With them, a token may take 2.1 s and each call 3.5 s (core/retries.py). GitHub waits 10 s:
https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks"""
_TOKEN_PATH = "/computeMetadata/v1/instance/service-accounts/default/token"  # noqa: S105 (its path)
_EARLY = 240
"""Seconds before expiry at which a token is replaced: the metadata server has a new one 300 s before expiry."""
_STATUS = re.compile(r"[A-Z_]{1,40}", re.ASCII)
_RETRYABLE = {401, 408, 500, 502, 503, 504}
"""401: the token is fetched again."""


class GoogleError(CloudError):
    """A request that Google or the network refused.

    Holds the error code only, such as NOT_FOUND: https://cloud.google.com/apis/design/errors#handling_errors.
    """


class _Token(NamedTuple):
    value: str
    until: float


class MetadataToken:
    """Caches the access token of the function's service account until shortly before expiry. `clock` is in UNIX seconds."""

    def __init__(self, environment: Mapping[str, str], clock: Callable[[], float] = time.time) -> None:
        host = environment.get("GCE_METADATA_HOST") or "metadata.google.internal"
        self._endpoint = HttpEndpoint(f"http://{host}", _METADATA_TIMEOUTS, clock)
        self._clock = clock
        self._cached = _Token("", 0.0)

    def get(self) -> str:
        """Return the token, fetching it if needed; raises GoogleError."""
        token = self._cached
        if self._clock() < token.until:
            return token.value
        headers = {"metadata-flavor": "Google"}
        fields = retries.call(
            lambda timeouts: _read(_send(lambda: self._endpoint.request("GET", _TOKEN_PATH, headers, None, timeouts))),
            _METADATA_TIMEOUTS,
        )
        try:
            token = _Token(str(fields["access_token"]), self._clock() + float(fields["expires_in"]) - _EARLY)
        except (KeyError, TypeError, ValueError):
            raise GoogleError("UNREADABLE_TOKEN") from None
        self._cached = token
        return token.value

    def forget(self) -> None:
        """Drop the token, because Google refused it."""
        self._cached = _Token("", 0.0)

    def close(self) -> None:
        """Close this thread's connection; the next call opens another."""
        self._endpoint.close()


class GoogleApi:
    """REST client of Secret Manager or Pub/Sub. A call may be made twice if a response is lost, as Pub/Sub may deliver twice."""

    def __init__(
        self,
        service: str,
        token: MetadataToken,
        environment: Mapping[str, str],
        clock: Callable[[], float] = time.time,
        timeouts: Timeouts = TIMEOUTS,
    ) -> None:
        """Create a client of `secretmanager` or `pubsub`; gcloud's own variable may name another endpoint."""
        override = environment.get(f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{service.upper()}", "").rstrip("/")
        self._unsafe = bool(override) and problem(override) is not None
        self._endpoint = HttpEndpoint(override or f"https://{service}.googleapis.com", timeouts, clock)
        self._timeouts = timeouts
        self._token = token

    def access(self, secret: str) -> str:
        """Return the latest version of `projects/P/secrets/S`; raises GoogleError.

        https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access
        """
        response = self._call("GET", f"/v1/{secret}/versions/latest:access", None)
        try:
            return base64.b64decode(response["payload"]["data"], validate=True).decode()
        except (KeyError, TypeError, ValueError):
            raise GoogleError("UNREADABLE_ANSWER") from None

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str]) -> str:
        """Publish one message to `projects/P/topics/T` and return its id; raises GoogleError.

        https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish
        """
        message: dict[str, Any] = {"data": base64.b64encode(data).decode()}
        if attributes:
            message["attributes"] = dict(attributes)
        response = self._call("POST", f"/v1/{topic}:publish", {"messages": [message]})
        try:
            [id] = response["messageIds"]
        except (KeyError, TypeError, ValueError):
            raise GoogleError("UNREADABLE_ANSWER") from None
        return str(id)

    def close(self) -> None:
        """Close this thread's connections, including the token's; the next call opens others."""
        self._endpoint.close()
        self._token.close()

    def _call(self, method: str, path: str, fields: object) -> dict[str, Any]:
        if self._unsafe:  # the token of the function's account would be sent in the clear
            raise GoogleError("UNSAFE_ENDPOINT")
        body = None if fields is None else json.dumps(fields, separators=(",", ":")).encode()
        return retries.call(
            lambda timeouts: _read(_send(lambda: self._attempt(method, path, body, timeouts))), self._timeouts
        )

    def _attempt(self, method: str, path: str, body: bytes | None, timeouts: Timeouts) -> Response:
        try:
            headers = {"authorization": f"Bearer {self._token.get()}"}
        except GoogleError as error:
            raise GoogleError(error.code) from None  # it was retried already
        if body is not None:
            headers["content-type"] = "application/json"
        response = self._endpoint.request(method, path, headers, body, timeouts)
        if response.status == 401:
            self._token.forget()
        return response


def _send(ask: Callable[[], Response]) -> Response:
    try:
        return ask()
    except (ValueError, http.client.InvalidURL, ResponseTooLarge) as error:
        raise GoogleError(type(error).__name__) from None
    except (OSError, http.client.HTTPException) as error:
        raise GoogleError(type(error).__name__, retryable=True) from None


def _read(answer: Response) -> dict[str, Any]:
    """Return the response's members; raises GoogleError with the status from Google, or else with the HTTP status."""
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        value = None
    if answer.status == 200 and type(value) is dict:
        return value
    error = value.get("error") if type(value) is dict else None
    status = str(error.get("status", "")) if type(error) is dict else ""
    code = status if _STATUS.fullmatch(status) else f"HTTP{answer.status}"
    raise GoogleError(code, retryable=answer.status in _RETRYABLE, throttled=answer.status == 429)
