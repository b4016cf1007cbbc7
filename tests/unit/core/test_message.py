import base64
import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import MalformedPayload
from core.events import SignedTriggerEvent
from core.message import MOST, decode, encode, unpacked_size
from tests.builders import NOW, signed
from tests.unit.core.recording import DELIVERY, check_suite

TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
EVENTS = st.builds(
    SignedTriggerEvent,
    trigger_event_signature=TEXT,
    delivery_id=TEXT,
    received_at=st.integers(),
    payload=st.dictionaries(TEXT, JSON, max_size=5),
    collected_by=st.sampled_from(["webhook", "schedule", "recovery", "backfill"]),
    github_host=st.none() | TEXT,
    failed_reads=st.integers(0, 100),
    text_facts=st.dictionaries(TEXT, JSON, max_size=3),
)


@given(EVENTS)
def test_an_event_survives_the_queue(event: SignedTriggerEvent) -> None:
    assert decode(encode(event)) == event


@given(EVENTS, st.integers(4000, 9000))
def test_a_large_event_survives_the_queue(event: SignedTriggerEvent, size: int) -> None:
    large = event._replace(payload={**event.payload, "large": "é" * size})
    assert decode(encode(large)) == large


@given(EVENTS)
def test_a_message_of_any_event_is_ascii(event: SignedTriggerEvent) -> None:
    assert encode(event).isascii()


def padded(size: int) -> SignedTriggerEvent:
    """An event whose plain message has exactly `size` characters."""
    event = signed("github::check_suite", {"p": ""})
    return event._replace(payload={"p": "x" * (size - len(encode(event)))})


def test_a_message_of_4096_characters_is_plain() -> None:
    event = padded(4096)
    assert json.loads(encode(event)) == {"version": 2, **event._asdict()}


def test_a_message_above_4_kilobytes_has_its_payload_in_gzip_and_base64() -> None:
    event = padded(4096 + 100)
    envelope = json.loads(encode(event))
    packed = base64.b64decode(envelope.pop("payload_gzip"), validate=True)
    fields = {name: value for name, value in event._asdict().items() if name != "payload"}
    assert envelope == {"version": 2, **fields}
    assert json.loads(gzip.decompress(packed)) == event.payload


def test_the_same_event_is_always_the_same_message() -> None:
    assert encode(padded(9000)) == encode(padded(9000))


def test_a_message_says_its_version_first() -> None:
    assert encode(signed("github::check_suite", check_suite())).startswith('{"version":2,"trigger_event_signature":')


def envelope(**changes: Any) -> str:
    fields = {
        "version": 2,
        "trigger_event_signature": "github::check_suite",
        "delivery_id": DELIVERY,
        "received_at": NOW,
        "payload": {},
        "collected_by": "webhook",
        "github_host": None,
        "failed_reads": 0,
        "text_facts": {},
        **changes,
    }
    return json.dumps({name: value for name, value in fields.items() if value is not ...})


VERSION_1 = (
    '{"version":1,"trigger_event_signature":"github::pull_request","delivery_id":"72d3162e-cc78-11e3-81ab-4c9367dc0958",'
    '"received_at":1795500000000,"collected_by":"webhook","github_host":"github.com","failed_reads":2,'
)
"""What the code of 2026-11-29 wrote, before the payload."""
PLAIN_1 = VERSION_1 + '"payload":{"action":"closed","pull_request":{"id":1,"number":2,"title":"Revert \\""}}}'
PACKED_1 = VERSION_1 + (
    '"payload_gzip":"H4sIAAAAAAAEA+3QsQmAMBBA0V2udgK3CTmRgCSCFoK4uy5h9375y3dHqWcbPeao2ziWjCn2ktn6+q1LBAgQIECAAAECBAgQIECAAAECBAj8LhDP'
    'CzmkEy6oEwAA"}'
)


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        (PLAIN_1, {"action": "closed", "pull_request": {"id": 1, "number": 2, "title": 'Revert "'}}),
        (PACKED_1, {"action": "closed", "padding": "x" * 5000}),
    ],
)
def test_a_message_of_version_1_is_read_without_facts_of_texts(text: str, payload: dict[str, Any]) -> None:
    event = decode(text)
    assert event == SignedTriggerEvent("github::pull_request", DELIVERY, NOW, payload, "webhook", "github.com", 2, {})
    assert decode(encode(event)) == event


def test_a_message_of_version_1_has_no_facts_whatever_it_says() -> None:
    assert decode(envelope(version=1, text_facts={"pull_request": {"closes": [1]}})).text_facts == {}


def test_unknown_fields_of_a_newer_message_are_ignored() -> None:
    assert decode(envelope(newer=1)) == SignedTriggerEvent("github::check_suite", DELIVERY, NOW, {})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "the message is not JSON"),
        ("poison", "the message is not JSON"),
        ('{"version":1', "the message is not JSON"),
        ("[" * 100_000, "the message is not JSON"),
        ("[" * 100_000 + "]" * 100_000, "the message is not JSON"),
        ("1" * 5000, "the message is not JSON"),
        ("[]", "the message is not an event of version 1 or 2"),
        ("null", "the message is not an event of version 1 or 2"),
        ("{}", "the message is not an event of version 1 or 2"),
        (envelope(version=3), "the message is not an event of version 1 or 2"),
        (envelope(version=0), "the message is not an event of version 1 or 2"),
        (envelope(version=True), "the message is not an event of version 1 or 2"),
        (envelope(version=1.0), "the message is not an event of version 1 or 2"),
        (envelope(version="1"), "the message is not an event of version 1 or 2"),
        (envelope(version=[]), "the message is not an event of version 1 or 2"),
    ],
)
def test_a_message_that_is_no_event_is_malformed(body: str, reason: str) -> None:
    with pytest.raises(MalformedPayload) as refused:
        decode(body)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(
            (name, None)
            for name in ("delivery_id", "received_at", "trigger_event_signature", "collected_by", "payload")
        ),
        *((name, ...) for name in ("delivery_id", "received_at", "trigger_event_signature", "collected_by", "payload")),
        ("failed_reads", ...),
        ("text_facts", ...),
        ("text_facts", None),
        ("text_facts", []),
        ("failed_reads", True),
        ("failed_reads", 1.0),
        ("received_at", "1"),
        ("received_at", True),
        ("delivery_id", 7),
        ("payload", []),
        ("payload", "{}"),
        ("github_host", 7),
        ("github_host", {}),
    ],
)
def test_a_field_of_the_wrong_type_is_malformed_and_named(field: str, value: object) -> None:
    with pytest.raises(MalformedPayload) as refused:
        decode(envelope(**{field: value}))
    assert str(refused.value) == f"the message is not an event: {field} is missing or of the wrong type"


def packed(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, mtime=0)).decode()


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        {},
        "",
        "!",
        "é",
        "AAAA",
        base64.b64encode(b"{}").decode(),
        packed(b"{"),
        packed(b"\xff"),
        packed(b"[" * 100_000),
        base64.b64encode(gzip.compress(b'{"a":1}', mtime=0)[:-4]).decode(),
    ],
)
def test_a_payload_that_cannot_be_unpacked_is_malformed(value: object) -> None:
    with pytest.raises(MalformedPayload, match=r"^the message's payload_gzip cannot be unpacked$"):
        decode(envelope(payload=..., payload_gzip=value))


@pytest.mark.parametrize("content", [b"[]", b"null", b"1"])
def test_a_packed_payload_that_is_no_object_is_malformed(content: bytes) -> None:
    with pytest.raises(
        MalformedPayload, match=r"^the message is not an event: payload is missing or of the wrong type$"
    ):
        decode(envelope(payload=..., payload_gzip=packed(content)))


def test_the_size_of_an_event_is_known_before_it_is_unpacked() -> None:
    small, large = signed("github::check_suite", check_suite()), {"steps": ["step"] * 100_000}
    assert unpacked_size(encode(small)) == len(encode(small))
    body = encode(small._replace(payload=large))
    assert len(body) < 10_000
    assert unpacked_size(body) == len(json.dumps(large, separators=(",", ":")))
    assert unpacked_size('{"payload_gzip":"é?"}') == 21


def test_a_decompression_bomb_is_rejected_before_it_uses_memory() -> None:
    body = json.loads(encode(signed("github::check_suite", check_suite(filled="x" * 5000))))
    bomb = b'{"x":"' + b"x" * (4 * MOST) + b'"}'
    body["payload_gzip"] = base64.b64encode(gzip.compress(bomb)).decode()
    with pytest.raises(MalformedPayload, match="cannot be unpacked"):
        decode(json.dumps(body))
