"""Posts the canary with http.client: the function that sends it may start slowly, since nobody waits for it."""

import http.client
from collections.abc import Callable, Mapping
from urllib.parse import SplitResult, urlsplit

from core.errors import Unavailable
from core.url_security import problem

_TIMEOUT = 10.0
"""Seconds of each step: the connection, the TLS handshake, the response."""


def _open(url: SplitResult) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    return kind(url.hostname or "", url.port, timeout=_TIMEOUT)


def make_poster(
    url: str, open_connection: Callable[[SplitResult], http.client.HTTPConnection] = _open
) -> Callable[[Mapping[str, str], bytes], int]:
    """Return a function that posts to WEBHOOK_URL and returns the status; it follows no redirect.

    It raises OSError, and Unavailable if the URL is one that no signed delivery may be sent to.
    """
    wrong = problem(url, localstack=True)

    def post(headers: Mapping[str, str], body: bytes) -> int:
        if wrong is not None:
            raise Unavailable(f"WEBHOOK_URL: {wrong}")
        parts = urlsplit(url)
        path = parts._replace(scheme="", netloc="", path=parts.path or "/", fragment="").geturl()
        connection = open_connection(parts)
        try:
            connection.request("POST", path, body, dict(headers))
            return connection.getresponse().status
        except http.client.HTTPException as error:
            raise ConnectionError(f"the response is invalid: {type(error).__name__}") from None
        finally:
            connection.close()

    return post
