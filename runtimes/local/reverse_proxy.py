"""A reverse proxy in front of the local functions, like Google's front end: functions get complete requests only.

gunicorn, which serves the functions, has no deadline for a request: a few slow connections would block all its threads.
https://cloud.google.com/functions/docs/concepts/exec#timeout
"""

import http.client
import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

_TIMEOUT = 60.0
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1; and Server, which names the server software."""
_UNAVAILABLE = json.dumps({"status": "error", "reason": "the function cannot be reached"}, separators=(",", ":"))

StartResponse = Callable[[str, list[tuple[str, str]]], object]


class FrontEnd:
    """A WSGI application that forwards each request to the function on a port of the loopback interface."""

    def __init__(self, port: int) -> None:
        self._port = port

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Forward a request (PEP 3333); return 503 if the function cannot be reached."""
        try:
            status, headers, body = self._forward(environ)
        except (OSError, ValueError, http.client.HTTPException):
            status, headers = "503 Service Unavailable", [("Content-Type", "application/json"), ("Retry-After", "60")]
            body = _UNAVAILABLE.encode()
        headers = [(name, value) for name, value in headers if name.lower() not in {*_HOP_BY_HOP, "content-length"}]
        start_response(status, [*headers, ("Content-Length", str(len(body)))])
        return [body]

    def _forward(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        body = environ["wsgi.input"].read()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT)
        try:
            target = quote(environ["REQUEST_URI"], safe="".join(map(chr, range(0x21, 0x7F))), encoding="latin-1")
            connection.putrequest(environ["REQUEST_METHOD"], target, skip_host=True, skip_accept_encoding=True)
            for name, value in _headers(environ, len(body)).items():
                connection.putheader(name, value.encode("latin-1"))
            connection.endheaders(body)
            response = connection.getresponse()
            return f"{response.status} {response.reason}", response.getheaders(), response.read()
        finally:
            connection.close()


def _headers(environ: dict[str, Any], length: int) -> dict[str, str]:
    """Return the request's headers with the peer's address appended to X-Forwarded-For, as Google's front end does."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    headers = {name: value for name, value in headers.items() if name not in _HOP_BY_HOP}
    if "CONTENT_TYPE" in environ:
        headers["content-type"] = environ["CONTENT_TYPE"]
    if length or "CONTENT_LENGTH" in environ:
        headers["content-length"] = str(length)
    before = headers.get("x-forwarded-for", "")
    headers["x-forwarded-for"] = f"{before}, {environ['REMOTE_ADDR']}" if before else str(environ["REMOTE_ADDR"])
    return headers
