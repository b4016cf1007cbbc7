"""The webhook function: takes an API Gateway event and returns the response of core.handler.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import binascii
import json
from typing import Any

from core.handler import Request, Response, accept
from core.services import WebhookServices
from core.webhook import ENCODED_SECRET
from runtimes.aws import cloudwatch_metrics, webhook_wiring


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (Lambda's signature)
    """Handle one webhook request for Lambda, and count outages and leaked secrets."""
    services = webhook_wiring.webhook_services()
    answer = respond(event, services)
    if answer["statusCode"] == 503:
        cloudwatch_metrics.count("Unavailable", Environment=services.settings.environment_id)
    named = {name.lower() for name in event.get("headers") or ()}
    if ENCODED_SECRET in named and answer["statusCode"] < 400:  # only verified deliveries: anyone can send a header
        cloudwatch_metrics.count("SecretLeaked", Environment=services.settings.environment_id)
    return answer


def respond(event: dict[str, Any], services: WebhookServices) -> dict[str, Any]:
    """Return the response to one request in payload format 2.0."""
    if services.settings.allowed_networks:
        from core import ip_allowlist  # noqa: PLC0415 (7 ms, needed only when the allowlist is set)

        address = event.get("requestContext", {}).get("http", {}).get("sourceIp", "")
        refused = ip_allowlist.reject_if_not_allowed(address, services)
        if refused is not None:
            return _answer(refused)
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    response = accept(Request(headers, _body(event)), services)
    return _answer(response)


def _answer(response: Response) -> dict[str, Any]:
    return {
        "statusCode": response.status,
        "headers": {"Content-Type": "application/json", **response.headers},
        "body": json.dumps(response.body, separators=(",", ":")),
        "isBase64Encoded": False,
    }


def _body(event: dict[str, Any]) -> bytes:
    """Return the signed bytes; invalid base64 becomes an empty body, whose signature cannot verify."""
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode("utf-8", "surrogatepass")
    try:
        return binascii.a2b_base64(body)
    except ValueError:
        return b""
