"""Encodes one signed event as the text of a queue message, compressed if it is large.

ASCII only: SQS refuses some code points (U+FFFE, U+FFFF) that JSON strings may hold,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
"""

import binascii
import json
import zlib
from types import UnionType
from typing import Any

from core.errors import MalformedPayload
from core.events import SignedTriggerEvent
from core.payload import parse_json

VERSION = 2
READABLE = (1, VERSION)
"""Version 1 has no `text_facts`: nothing is known of its texts."""
MOST = 16 * 1024 * 1024
"""Bytes of JSON that a compressed payload may unpack to: far more than remains of the 25 MB that GitHub sends at most."""
_COMPRESS_ABOVE = 4096
_GZIP = 31  # zlib's name for "gzip header, largest window"; importing gzip itself is slower, and stamps the time


def encode(event: SignedTriggerEvent) -> str:
    """Return the event as the text of a message."""
    payload = _dumps(event.payload)
    head = _dumps({"version": VERSION, **{name: value for name, value in event._asdict().items() if name != "payload"}})
    if len(head) + len(payload) <= _COMPRESS_ABOVE:
        return f'{head[:-1]},"payload":{payload}}}'
    compressor = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    packed = compressor.compress(payload.encode()) + compressor.flush()
    return f'{head[:-1]},"payload_gzip":"{binascii.b2a_base64(packed, newline=False).decode()}"}}'


def decode(body: str) -> SignedTriggerEvent:
    """Return the event of a message. Raises MalformedPayload if the message is not an event."""
    try:
        envelope = parse_json(body)
    except ValueError:
        raise MalformedPayload("the message is not JSON") from None
    version = envelope.get("version") if type(envelope) is dict else None
    if type(version) is not int or version not in READABLE:
        raise MalformedPayload(f"the message is not an event of version {' or '.join(map(str, READABLE))}")
    if version == 1:
        envelope["text_facts"] = {}
    if "payload_gzip" in envelope:
        envelope["payload"] = _unpack(envelope.pop("payload_gzip"))
    for name, kind in _KINDS.items():
        if not isinstance(envelope.get(name), kind) or isinstance(envelope.get(name), bool):
            raise MalformedPayload(f"the message is not an event: {name} is missing or of the wrong type")
    return SignedTriggerEvent(**{name: envelope[name] for name in SignedTriggerEvent._fields if name in envelope})


_KINDS: dict[str, type | UnionType] = {
    "version": int,
    "delivery_id": str,
    "received_at": int,
    "trigger_event_signature": str,
    "collected_by": str,
    "github_host": str | None,
    "failed_reads": int,
    "text_facts": dict,
    "payload": dict,
}


def _dumps(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def unpacked_size(body: str) -> int:
    """Return about how many bytes of JSON the event has, from the last four bytes of the gzip, without unpacking it."""
    if '"payload_gzip":"' not in body[:_COMPRESS_ABOVE]:
        return len(body)
    try:
        return int.from_bytes(binascii.a2b_base64(body[-10:-2])[-4:], "little")
    except ValueError:
        return len(body)


def _unpack(text: Any) -> Any:
    unpacking = zlib.decompressobj(_GZIP)
    try:
        unpacked = unpacking.decompress(binascii.a2b_base64(text), MOST)
        return parse_json(unpacked if unpacking.eof else b"")
    except (ValueError, TypeError, zlib.error):
        raise MalformedPayload("the message's payload_gzip cannot be unpacked") from None
