"""The webhook function: a Flask request in, the pipeline's answer out."""

import json
from typing import Any

from core.handler import Request, accept
from core.services import Receiving
from core.webhook import BODY_LIMIT

PATH = "/telemetry"


def respond(request: Any, services: Receiving) -> tuple[str, int, dict[str, str]]:
    """One request; any but POST /telemetry is a 404."""
    # As it was sent: Flask's path is decoded, and has only one of several slashes.
    target = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.path
    if (request.method, target.partition("?")[0]) != ("POST", PATH):
        return answer(404, {"status": "error", "reason": f"there is only POST {PATH}"})
    if (request.content_length or 0) > BODY_LIMIT:
        return answer(413, {"status": "error", "reason": f"the body is over {BODY_LIMIT} bytes"})
    if services.settings.allowed_networks:
        from core import allowed_networks  # noqa: PLC0415 (only who sets the list pays for it)

        # Google's front end appends whom it talks to; what stands before that, anybody may have written.
        address = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        refused = allowed_networks.refused(address, services)
        if refused is not None:
            return answer(refused.status, refused.body, refused.headers)
    headers = {name.lower(): value for name, value in request.headers.items()}
    response = accept(Request(headers, request.get_data(cache=False)), services)
    return answer(response.status, response.body, response.headers)


def answer(status: int, body: Any, headers: Any = None) -> tuple[str, int, dict[str, str]]:
    """As Flask takes it."""
    return json.dumps(body, separators=(",", ":")), status, {"Content-Type": "application/json", **(headers or {})}
