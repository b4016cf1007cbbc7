"""The dev server's HTTP application: the AWS webhook function behind an imitation of API Gateway, and `/health`.

waitress serves it with limits (http_server.py). Records and counts are shown to this machine only. Other hosts that
reach the port can deliver events and check that the server runs.
"""

import base64
import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from core.log import Log
from core.services import WebhookServices
from core.settings import Settings
from core.webhook import too_large, wire_limit
from runtimes.aws import webhook
from runtimes.local import status_page
from runtimes.local.health import Health
from runtimes.local.live_dashboard import Look
from runtimes.local.server_outcome import ServerOutcome

if TYPE_CHECKING:
    from waitress.server import BaseWSGIServer

    from runtimes.local.http_channel import Limits

PATH = "/telemetry"
MAIN_PAGE, SERVICE_PAGES = "/dashboard.html", "/dashboard/"
"""The addresses to which the pages of the dashboard link."""
_REASONS = {200: "OK", 202: "Accepted", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden"}
_REASONS |= {404: "Not Found", 413: "Content Too Large", 503: "Service Unavailable"}
_JSON = "application/json"

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]


class App:
    """The WSGI application: POST /telemetry, GET /health, GET / and the dashboard's other pages, and 404."""

    def __init__(
        self,
        health: Health,
        look: Callable[[], Look] = lambda: status_page.NOTHING,
        service_page: Callable[[str], bytes | None] = lambda _: None,
    ) -> None:
        """`look` returns the main page, `service_page` that of a service by its file's name."""
        self._health = health
        self._look = look
        self._service_page = service_page
        self._webhook_services: WebhookServices | None = None
        self.log = Log()

    def open(self, services: WebhookServices) -> None:
        """Start to accept deliveries, which until then are answered with 503."""
        self._webhook_services = services

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        try:
            status, headers, body = self._route(environ)
        except Exception as error:  # noqa: BLE001 (fail closed, with a log line and no traceback)
            self.log("error", "respond", ServerOutcome.FAILED, reason=f"unexpected {type(error).__name__}")
            reason = "this cannot be taken now, try again later"
            status, headers, body = _answer(503, {"status": "error", "reason": reason}, {"Retry-After": "60"})
        head = [*headers.items(), ("Content-Length", str(len(body)))]
        start_response(f"{status} {_REASONS.get(status, 'Unknown')}", head)
        return [body]

    def _route(self, environ: Environ) -> tuple[int, dict[str, str], bytes]:
        # the raw path: PATH_INFO is decoded, and repeated slashes are merged
        route = (environ["REQUEST_METHOD"], environ["REQUEST_URI"].partition("?")[0])
        if route == ("POST", PATH):
            return self._deliver(environ)
        if status_page.is_foreign_page(environ):
            return _answer(403, {"status": "error", "reason": "requests of web pages are not answered"})
        if route == ("GET", "/health"):
            return _answer(200, self._health.counts() if status_page.is_local_request(environ) else {"status": "ok"})
        if route in (("GET", "/"), ("GET", MAIN_PAGE)) and status_page.is_local_peer(environ):
            return self._front_page(environ)
        if route[0] == "GET" and route[1].startswith(SERVICE_PAGES) and status_page.is_local_request(environ):
            page = self._service_page(route[1].removeprefix(SERVICE_PAGES))
            if page is not None:
                return 200, *status_page.dashboard(page)
        return _answer(404, {"status": "error", "reason": f"there is only POST {PATH}"})

    def _front_page(self, environ: Environ) -> tuple[int, dict[str, str], bytes]:
        if not status_page.is_local_request(environ):
            return 403, *status_page.status(status_page.ELSEWHERE, None)
        look = self._look()
        if look.page is None:
            return 200, *status_page.status(look, self._health.counts())
        return 200, *status_page.dashboard(look.page)

    def rejected(self, status: int, reason: str, path: str | None) -> None:
        """Count and log a request that the server refused before this application was called."""
        if path in (PATH, None):
            self._health.answered(status, "error")
        self._log_rejection(status, reason)

    def _log_rejection(self, status: int, reason: str) -> None:
        self.log("info", "receive", ServerOutcome.REJECTED, status=status, reason=reason)

    def _deliver(self, environ: Environ) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = self._accept_delivery(environ)
        self._health.answered(status, str(json.loads(body).get("status")))
        return status, headers, body

    def _accept_delivery(self, environ: Environ) -> tuple[int, dict[str, str], bytes]:
        limit = wire_limit(environ.get("CONTENT_TYPE", ""))
        if int(environ.get("CONTENT_LENGTH") or 0) > limit:
            self._log_rejection(413, too_large(limit))
            return _answer(413, {"status": "error", "reason": too_large(limit)})
        if self._webhook_services is None:
            return _answer(503, {"status": "error", "reason": "starting"}, {"Retry-After": "5"})
        answer = webhook.respond(_api_gateway_event(environ), self._webhook_services)
        return answer["statusCode"], answer["headers"], answer["body"].encode()


def listen(app: App, settings: Settings, limits: "Limits | None" = None) -> "BaseWSGIServer":
    """Return a server that listens but does not answer yet; raises OSError if the port is in use."""
    from runtimes.local import http_server  # noqa: PLC0415 (of the extra `local`)

    app.log = Log(settings.log_level)
    return http_server.create(app, (settings.host, settings.port), app.log, app.rejected, limits)


def _api_gateway_event(environ: Environ) -> dict[str, Any]:
    """Return an event in payload format 2.0; the body is base64, so that no byte changes."""
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    return {
        "version": "2.0",
        "routeKey": f"POST {PATH}",
        "rawPath": PATH,
        "headers": headers,
        "requestContext": {"http": {"method": "POST", "path": PATH, "sourceIp": environ.get("REMOTE_ADDR", "")}},
        "body": base64.b64encode(environ["wsgi.input"].read()).decode(),
        "isBase64Encoded": True,
    }


def _answer(
    status: int, body: dict[str, Any], headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    text = json.dumps(body, separators=(",", ":"))
    return status, {"Content-Type": _JSON, **(headers or {})}, text.encode()
