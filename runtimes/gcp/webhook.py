"""The webhook function: takes a Flask request and returns the response of core.handler."""

import json
from typing import Any

from core.handler import AcceptOutcome, Request, accept
from core.services import WebhookServices
from core.webhook import too_large, wire_limit

PATH = "/telemetry"
_UNREADABLE = "the body could not be read"
_BLOCK = 1024 * 1024


def respond(request: Any, services: WebhookServices) -> tuple[str, int, dict[str, str]]:
    """Return the response to one request; anything but POST /telemetry is a 404."""
    # The raw path: Flask decodes it and merges repeated slashes.
    target = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.path
    if (request.method, target.partition("?")[0]) != ("POST", PATH):
        return answer(404, {"status": "error", "reason": f"there is only POST {PATH}"})
    limit = wire_limit(request.headers.get("Content-Type", ""))
    if (request.content_length or 0) > limit:
        services.log("info", "accept", AcceptOutcome.REJECTED, status=413, reason=too_large(limit))
        return answer(413, {"status": "error", "reason": too_large(limit)})
    if services.settings.allowed_networks:
        from core import ip_allowlist  # noqa: PLC0415 (needed only when the allowlist is set)

        # Google's front end appends the peer's address; the sender controls everything before it.
        address = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        refused = ip_allowlist.reject_if_not_allowed(address, services)
        if refused is not None:
            return answer(refused.status, refused.body, refused.headers)
    try:
        body = _body(request.stream, limit)
    except Exception as error:  # noqa: BLE001 (the server may raise anything while the application reads)
        # gunicorn notices a broken chunk or a disconnected client only now; uncaught, it would be a 500 with a traceback.
        services.log(
            "info", "accept", AcceptOutcome.REJECTED, status=400, reason=f"{_UNREADABLE} ({type(error).__name__})"
        )
        return answer(400, {"status": "error", "reason": _UNREADABLE})
    headers = {name.lower(): value for name, value in request.headers.items()}
    response = accept(Request(headers, body), services)
    return answer(response.status, response.body, response.headers)


def _body(stream: Any, limit: int) -> bytes:
    """Return the body, or one byte more than the limit: a body without a length may never end."""
    blocks, wanted = [], limit + 1
    while wanted and (block := stream.read(min(wanted, _BLOCK))):
        blocks.append(block)
        wanted -= len(block)
    return b"".join(blocks)


def answer(status: int, body: Any, headers: Any = None) -> tuple[str, int, dict[str, str]]:
    """Return a JSON response in the form that Flask accepts."""
    return json.dumps(body, separators=(",", ":")), status, {"Content-Type": "application/json", **(headers or {})}
