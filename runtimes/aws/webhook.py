"""The webhook function: API Gateway's event in, the pipeline's answer out.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import binascii
import json
from typing import Any

from core.handler import Request, accept
from core.services import Receiving


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (Lambda's signature)
    """What Lambda calls."""
    from runtimes.aws import wiring  # noqa: PLC0415 (local hands in services of its own)

    return respond(event, wiring.receiving())


def respond(event: dict[str, Any], services: Receiving) -> dict[str, Any]:
    """One request in payload format 2.0."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    response = accept(Request(headers, _body(event)), services)
    return {
        "statusCode": response.status,
        "headers": {"Content-Type": "application/json", **response.headers},
        "body": json.dumps(response.body, separators=(",", ":")),
        "isBase64Encoded": False,
    }


def _body(event: dict[str, Any]) -> bytes:
    """The bytes as they were signed. What is no base64 was signed by nobody."""
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode("utf-8", "surrogatepass")
    try:
        return binascii.a2b_base64(body)
    except ValueError:
        return b""
