"""The webhook function: a Flask request in, the pipeline's answer out."""

import json
from typing import Any

from core.handler import Request, accept
from core.services import WebhookServices
from core.webhook import BODY_LIMIT

PATH = "/telemetry"
_UNREADABLE = "the body could not be read"
_BLOCK = 1024 * 1024


def respond(request: Any, services: WebhookServices) -> tuple[str, int, dict[str, str]]:
    """One request; any but POST /telemetry is a 404."""
    # As it was sent: Flask's path is decoded, and has only one of several slashes.
    target = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.path
    if (request.method, target.partition("?")[0]) != ("POST", PATH):
        return answer(404, {"status": "error", "reason": f"there is only POST {PATH}"})
    if (request.content_length or 0) > BODY_LIMIT:
        return answer(413, {"status": "error", "reason": f"the body is over {BODY_LIMIT} bytes"})
    if services.settings.allowed_networks:
        from core import ip_allowlist  # noqa: PLC0415 (only who sets the list pays for it)

        # Google's front end appends whom it talks to; what stands before that, anybody may have written.
        address = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        refused = ip_allowlist.reject_if_not_allowed(address, services)
        if refused is not None:
            return answer(refused.status, refused.body, refused.headers)
    try:
        body = _body(request.stream)
    except Exception as error:  # noqa: BLE001 (a server raises what it likes while the application reads)
        # A broken chunk, or a client that left: gunicorn notices only now, and uncaught it would be a 500 and a traceback.
        services.log("info", "accept", "rejected", status=400, reason=f"{_UNREADABLE} ({type(error).__name__})")
        return answer(400, {"status": "error", "reason": _UNREADABLE})
    headers = {name.lower(): value for name, value in request.headers.items()}
    response = accept(Request(headers, body), services)
    return answer(response.status, response.body, response.headers)


def _body(stream: Any) -> bytes:
    """All of a body, or one byte more than the limit: one without a length may never end."""
    blocks, wanted = [], BODY_LIMIT + 1
    while wanted and (block := stream.read(min(wanted, _BLOCK))):
        blocks.append(block)
        wanted -= len(block)
    return b"".join(blocks)


def answer(status: int, body: Any, headers: Any = None) -> tuple[str, int, dict[str, str]]:
    """As Flask takes it."""
    return json.dumps(body, separators=(",", ":")), status, {"Content-Type": "application/json", **(headers or {})}
