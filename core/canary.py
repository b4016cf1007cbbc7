"""A signed event of our own, sent through the public URL: what arrives of it proves the whole way, and nothing else.

It makes no record. Its receipt is a file of its own, named after when it was sent: whoever looks for it lists, and reads
nothing. The job of the same name looks, and its alarm goes off where none has come for long.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from core.add_signature import CANARY
from core.errors import SecretMissing, Unavailable
from core.log import Log
from core.payload import Json
from core.secrets_cache import WEBHOOK_SECRET, SecretsCache, required_secrets
from core.webhook import sign

_RECEIPT = re.compile(r"canary-([0-9]{13})\.jsonl", re.ASCII)


class CanaryServices(NamedTuple):
    """What the canary is handed."""

    secrets: SecretsCache
    post: Callable[[Mapping[str, str], bytes], int]
    """To our webhook, with these headers: the status of its answer. Raises OSError."""
    now: Callable[[], int]
    """UNIX ms."""
    log: Log


def send(services: CanaryServices) -> bool:
    """Send one; whether there was a secret to sign it with. Raises Unavailable unless it was taken.

    A secret that is not set yet is no failure of ours: `doctor` says so, and so does the alarm in the end.
    """
    try:
        secret = required_secrets(services.secrets.get(WEBHOOK_SECRET))[0]
    except SecretMissing as error:
        services.log("warning", "canary", "not-sent", reason=str(error))
        return False
    sent_at = services.now()
    delivery, body = f"canary-{sent_at}", json.dumps({"sent_at": sent_at}).encode()
    try:
        status = services.post(_headers(delivery, body, secret), body)
    except OSError as error:
        raise Unavailable(f"the webhook cannot be reached: {type(error).__name__}") from None
    if status != 202:
        raise Unavailable(f"the webhook answered {status}, not 202")
    services.log("info", "canary", "sent", delivery=delivery)
    return True


def receipt_of(payload: Json) -> str | None:
    """The name of the file that a canary's receipt is; None for one that does not say when it was sent."""
    sent_at = payload.get("sent_at")
    name = f"canary-{sent_at}.jsonl"
    return name if type(sent_at) is int and _RECEIPT.fullmatch(name) else None


def sent_at(path: str) -> int | None:
    """When the canary was sent whose receipt this is (UNIX ms); None: it is no canary's."""
    match = _RECEIPT.fullmatch(path.rpartition("/")[2])
    return int(match[1]) if match else None


def _headers(delivery: str, body: bytes, secret: str) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "x-deven-event": CANARY.partition("::")[2],
        "x-github-delivery": delivery,
        "x-hub-signature-256": sign(body, secret),
    }
