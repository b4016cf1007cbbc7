"""Verifies and parses a delivery: headers, raw body and secrets in, a verified TriggerEvent out. Pure, without I/O.

The HMAC is checked before anything else, over the bytes as received:
https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from core.errors import BadRequest, TooLarge, Unauthorized
from core.events import TriggerEvent
from core.payload import Json, NotFinite, parse_json

BODY_LIMIT = 25 * 1024 * 1024
"""Bytes of JSON: GitHub's own limit for a payload, https://docs.github.com/en/webhooks/webhook-events-and-payloads"""
_FORM = b"payload="
"""The beginning of a form that GitHub signs; JSON cannot begin so. `&payload=` inside JSON is text that anybody may write."""
FORM_LIMIT = len(_FORM) + 3 * BODY_LIMIT
"""Bytes of a form: a byte of JSON takes up to three, such as `%22`."""
_BLOCK = 64 * 1024
_NO_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
"""A percent sign that begins no escape; GitHub sends none."""
ENCODED_SECRET = "x-github-encoded-secret"  # noqa: S105 (the header's name)
"""GitHub sent secrets in this header by mistake, in 2025 and on 2026-01-05: a log of it contains them."""
_SOURCES = (("x-github-event", "github"), ("x-deven-event", "deven"))
_EVENT = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)
_HOOK = re.compile(r"[0-9]{1,20}", re.ASCII)
_DELIVERY = re.compile(r"[A-Za-z0-9_.:-]{1,100}", re.ASCII)


class Verified(NamedTuple):
    """A delivery whose HMAC is valid."""

    event: TriggerEvent
    secret: int
    """Which of the secrets signed it; 0 is the newest."""


def receive(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], received_at: int) -> Verified:
    """Verify and parse one delivery.

    `headers` have lower-case names, `body` is the raw bytes, `secrets` are all that are live, the newest first
    (never empty), `received_at` is UNIX ms. Raises TooLarge, Unauthorized or BadRequest.
    """
    limit = FORM_LIMIT if body.startswith(_FORM) else BODY_LIMIT
    if len(body) > limit:
        raise TooLarge(too_large(limit))
    secret = verify(headers.get("x-hub-signature-256", ""), body, secrets)
    source, name = _event_name(headers)
    payload = _parse(body)
    return Verified(TriggerEvent(source, name, delivery_id(headers, body), received_at, payload), secret)


def wire_limit(content_type: str) -> int:
    """Return how many bytes of a body to read: those of a form, or of JSON.

    The header is not signed. It limits what is read; `receive` then goes by the body alone.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    return FORM_LIMIT if media_type == "application/x-www-form-urlencoded" else BODY_LIMIT


def too_large(limit: int) -> str:
    """Return the reason of a 413."""
    return f"the body is over {limit} bytes"


def sign(body: bytes, secret: str) -> str:
    """Return the value of `X-Hub-Signature-256` for these bytes."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


def verify(signature: str, body: bytes, secrets: Sequence[str]) -> int:
    """Return the index of the secret that signed `body`. Raises Unauthorized if none did.

    Every secret is always tried, and a malformed signature takes the same path as a wrong one, so that neither the
    response nor its time reveals how close a guess was.
    """
    received = signature.encode("utf-8", "backslashreplace")
    matching = [
        index for index, secret in enumerate(secrets) if hmac.compare_digest(sign(body, secret).encode(), received)
    ]
    if not matching:
        raise Unauthorized("the signature does not verify")
    return matching[0]


def delivery_id(headers: Mapping[str, str], body: bytes) -> str:
    """Return `X-GitHub-Delivery` if it is valid; else an id derived from the body."""
    value = headers.get("x-github-delivery", "")
    if _DELIVERY.fullmatch(value):
        return value
    digest = hashlib.sha256(body).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"


def loggable(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the only three headers that may be logged, each only if it has the form that GitHub gives it."""
    forms = (
        ("event", "x-github-event", _EVENT),
        ("delivery", "x-github-delivery", _DELIVERY),
        ("hook", "x-github-hook-id", _HOOK),
    )
    return {name: headers[header] for name, header, form in forms if form.fullmatch(headers.get(header, ""))}


def _event_name(headers: Mapping[str, str]) -> tuple[str, str]:
    for header, source in _SOURCES:
        name = headers.get(header, "")
        if name and not _EVENT.fullmatch(name):
            raise BadRequest(f"{header} is not a valid name of an event")
        if name:
            return source, name
    raise BadRequest("there is no X-GitHub-Event or X-Deven-Event header")


def _parse(body: bytes) -> Json:
    """Return the JSON object; a form is recognized by the beginning of the body, never by a header, which is not signed."""
    if not body:
        raise BadRequest("the body is empty")
    if body.startswith(_FORM):
        body = _form_payload(body)
    try:
        payload = parse_json(body.decode())
    except NotFinite:
        raise BadRequest("a number in the body is not finite") from None
    except ValueError:
        raise BadRequest("the body is not JSON") from None
    if type(payload) is not dict:
        raise BadRequest("the body is not a JSON object")
    return payload


def _form_payload(body: bytes) -> bytes:
    """Return the JSON in a form's only field; forms are GitHub's default content type. Raises TooLarge if it is over BODY_LIMIT.

    https://docs.github.com/en/webhooks/using-webhooks/creating-webhooks
    """
    from urllib.parse import unquote_to_bytes  # noqa: PLC0415 (only for forms: it costs the cold path 5 ms)

    value, *others = body.removeprefix(_FORM).split(b"&")
    if any(unquote_to_bytes(field.partition(b"=")[0].replace(b"+", b" ")) == b"payload" for field in others):
        raise BadRequest("the form has more than one payload field")
    decoded, start = bytearray(), 0
    while start < len(value):
        end = start + _BLOCK
        escape = value.find(b"%", end - 2, end) if end < len(value) else -1
        end = end if escape == -1 else escape
        block = value[start:end].replace(b"+", b" ")
        decoded += unquote_to_bytes(block) if _NO_ESCAPE.search(block) else _unquote(block)
        start = end
    if len(decoded) > BODY_LIMIT:
        raise TooLarge(too_large(BODY_LIMIT))
    return bytes(decoded)


def _unquote(block: bytes) -> bytes:
    """Return a block without its escapes, decoded as quoted-printable, which writes `=22` for `%22`.

    unquote_to_bytes would make an object of each escape: gigabytes, and half a minute, for the largest form.
    """
    return binascii.a2b_qp(block.replace(b"=", b"=3D").replace(b"%", b"="))
