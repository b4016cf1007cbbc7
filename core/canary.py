"""Sends the canary: a signed event through the public URL, which tests the complete delivery path.

It makes no record. Its receipt is a file named after the time of sending, so that finding it takes a listing and no read.
The job of the same name looks for receipts and raises an alarm if none has arrived for hours.
"""

import json
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

from core.add_signature import CANARY
from core.errors import SecretMissing, Unavailable
from core.log import Log
from core.payload import Json
from core.secrets_cache import WEBHOOK_SECRET, SecretsCache, required_secrets
from core.webhook import sign

_RECEIPT = re.compile(r"canary-([0-9]{13})\.jsonl", re.ASCII)


class CanaryOutcome(StrEnum):
    """The outcome of sending or of expecting a canary; in the log."""

    SENT = "sent"
    NOT_SENT = "not-sent"
    FAILED = "failed"
    MISSING = "missing"


class CanaryServices(NamedTuple):
    """The services that the canary uses."""

    secrets: SecretsCache
    post: Callable[[Mapping[str, str], bytes], int]
    """Posts headers and body to our webhook and returns the status of the response. Raises OSError."""
    now: Callable[[], int]
    """UNIX ms."""
    log: Log


def send(services: CanaryServices) -> bool:
    """Send a canary and return True; return False if there is no secret to sign it with.

    A missing secret is not a failure of this function: `doctor` reports it, and so does the alarm. Raises Unavailable
    unless the webhook accepted the canary.
    """
    try:
        secret = required_secrets(services.secrets.get(WEBHOOK_SECRET))[0]
    except SecretMissing as error:
        services.log("warning", "canary", CanaryOutcome.NOT_SENT, reason=str(error))
        return False
    sent_at = services.now()
    delivery, body = f"canary-{sent_at}", json.dumps({"sent_at": sent_at}).encode()
    try:
        status = services.post(_headers(delivery, body, secret), body)
    except OSError as error:
        raise Unavailable(f"the webhook cannot be reached: {type(error).__name__}") from None
    if status != 202:
        raise Unavailable(f"the webhook answered {status}, not 202")
    services.log("info", "canary", CanaryOutcome.SENT, delivery=delivery)
    return True


def receipt_of(payload: Json) -> str | None:
    """Return the file name of a canary's receipt; None if the payload does not say when it was sent."""
    sent_at = payload.get("sent_at")
    name = f"canary-{sent_at}.jsonl"
    return name if type(sent_at) is int and _RECEIPT.fullmatch(name) else None


def sent_at(path: str) -> int | None:
    """Return when the canary of this receipt was sent (UNIX ms); None if the path is not a canary's receipt."""
    match = _RECEIPT.fullmatch(path.rpartition("/")[2])
    return int(match[1]) if match else None


def _headers(delivery: str, body: bytes, secret: str) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "x-deven-event": CANARY.partition("::")[2],
        "x-github-delivery": delivery,
        "x-hub-signature-256": sign(body, secret),
    }
