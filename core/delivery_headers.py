"""Builds the headers of a signed delivery, as GitHub sends them."""

import uuid

from core.webhook import sign


def delivery_headers(
    event: str, body: bytes, secret: str, delivery_id: str = "", source: str = "github"
) -> dict[str, str]:
    """Return the headers of one delivery; without `delivery_id` a new id is generated.

    https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
    """
    return {
        "Content-Type": "application/json",
        "X-Deven-Event" if source == "deven" else "X-GitHub-Event": event,
        "X-GitHub-Delivery": delivery_id or str(uuid.uuid4()),
        "X-Hub-Signature-256": sign(body, secret),
    }
