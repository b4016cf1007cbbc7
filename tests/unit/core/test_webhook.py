import hashlib
import hmac
import json
import tracemalloc
from collections.abc import Mapping
from contextlib import nullcontext
from urllib.parse import quote_plus, urlencode

import pytest

from core.errors import BadRequest, TooLarge, Unauthorized
from core.events import TriggerEvent
from core.webhook import BODY_LIMIT, FORM_LIMIT, Verified, delivery_id, receive, sign, verify, wire_limit
from tests.builders import NOW, SECRET
from tests.unit.core.recording import DELIVERY

BODY = b"Hello, World!"
DIGEST = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
FORM = "application/x-www-form-urlencoded"


def headers(body: bytes, **changes: str) -> dict[str, str]:
    headers = {"x-github-event": "push", "x-github-delivery": DELIVERY, "x-hub-signature-256": sign(body, SECRET)}
    headers |= {name.replace("_", "-"): value for name, value in changes.items()}
    return {name: value for name, value in headers.items() if value}


def received(body: bytes, overrides: Mapping[str, str] | None = None) -> Verified:
    return receive(headers(body) if overrides is None else overrides, body, [SECRET], NOW)


def test_the_published_test_vector_is_signed_as_github_signs_it() -> None:
    assert sign(BODY, SECRET) == f"sha256={DIGEST}"


def test_the_published_test_vector_verifies() -> None:
    assert verify(f"sha256={DIGEST}", BODY, [SECRET]) == 0


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param("", id="none"),
        pytest.param("sha256=", id="empty"),
        pytest.param("sha256=757107", id="short"),
        pytest.param(f"sha256={DIGEST}0", id="long"),
        pytest.param(f"sha256={DIGEST}" * 1000, id="very-long"),
        pytest.param(DIGEST, id="no-prefix"),
        pytest.param(f"sha1={DIGEST}", id="wrong-prefix"),
        pytest.param(f"sha256={DIGEST[:-1]}8", id="wrong"),
        pytest.param(f"sha256={DIGEST.upper()}", id="upper-case"),
        pytest.param(f"SHA256={DIGEST}", id="upper-case-prefix"),
        pytest.param(f" sha256={DIGEST}", id="space-before"),
        pytest.param(f"sha256={DIGEST}\n", id="newline-after"),
        pytest.param("sha1=" + hmac.digest(SECRET.encode(), BODY, "sha1").hex(), id="sha-1"),
        pytest.param(f"sha256={DIGEST[:-1]}é", id="non-ascii"),
        pytest.param(f"sha256={DIGEST[:-1]}\udcff", id="escaped-byte"),
        pytest.param(f"sha256={DIGEST[:-1]}\ud800", id="lone-surrogate"),
        pytest.param(f"sha256={DIGEST}\0", id="nul"),
    ],
)
def test_every_signature_that_is_not_right_is_refused_in_the_same_words(signature: str) -> None:
    with pytest.raises(Unauthorized) as refused:
        verify(signature, BODY, [SECRET])
    assert str(refused.value) == "the signature does not verify"


def test_the_sha_1_header_alone_verifies_nothing() -> None:
    old = "sha1=" + hmac.digest(SECRET.encode(), b"{}", "sha1").hex()
    with pytest.raises(Unauthorized):
        received(b"{}", {"x-github-event": "push", "x-hub-signature": old})


@pytest.mark.parametrize("index", [0, 1, 2])
def test_any_of_several_secrets_verifies_and_is_named(index: int) -> None:
    secrets = ["newest", "older", "oldest"]
    assert verify(sign(BODY, secrets[index]), BODY, secrets) == index


def test_a_secret_that_is_listed_twice_is_the_newer_of_the_two() -> None:
    assert verify(sign(BODY, "same"), BODY, ["other", "same", "same"]) == 1


def test_a_retired_secret_verifies_nothing() -> None:
    with pytest.raises(Unauthorized):
        verify(sign(BODY, "retired"), BODY, ["newest", "older"])


def test_a_secret_of_any_unicode_verifies() -> None:
    assert verify(sign(BODY, "пароль\u2028🔑"), BODY, ["пароль\u2028🔑"]) == 0


def test_a_json_body_becomes_an_event() -> None:
    body = '{"zen":"Ünïcode, 9007199254740993","n":9007199254740993}'.encode()
    payload = {"zen": "Ünïcode, 9007199254740993", "n": 9007199254740993}
    assert received(body) == Verified(TriggerEvent("github", "push", DELIVERY, NOW, payload, "webhook"), 0)


def test_a_form_body_is_verified_raw_and_read_from_its_payload_field() -> None:
    payload = {"text": "a+b & c=d %20 é"}
    body = urlencode({"payload": json.dumps(payload)}).encode()
    got = received(body, headers(body, content_type=FORM))
    assert got == Verified(TriggerEvent("github", "push", DELIVERY, NOW, payload, "webhook"), 0)


def test_a_signature_over_the_form_s_json_alone_is_refused() -> None:
    body = urlencode({"payload": "{}"}).encode()
    with pytest.raises(Unauthorized):
        received(body, headers(body, content_type=FORM, x_hub_signature_256=sign(b"{}", SECRET)))


@pytest.mark.parametrize(
    "content_type", [f"{FORM}; charset=utf-8", FORM.upper(), f" {FORM} ;x", "application/json", ""]
)
def test_a_form_is_recognised_by_its_beginning_not_its_content_type(content_type: str) -> None:
    body = b"payload=%7B%22a%22%3A1%7D"
    assert received(body, headers(body, content_type=content_type)).event.payload == {"a": 1}


@pytest.mark.parametrize("content_type", [FORM, "application/json", "text/plain", "multipart/form-data", ""])
def test_a_json_body_is_json_with_any_content_type(content_type: str) -> None:
    body = b'{"a":"&payload=%7B%22a%22%3A666%7D&b"}'
    assert received(body, headers(body, content_type=content_type)).event.payload["a"][0] == "&"


def test_a_form_s_first_field_is_the_payload_and_no_other_counts() -> None:
    body = b"payload=%7B%22a%22%3A2%7D&b=3&xpayload=%7B%7D"
    assert received(body, headers(body, content_type=FORM)).event.payload == {"a": 2}


@pytest.mark.parametrize("name", [b"payload", b"p%61yload", b"%70%61%79%6c%6f%61%64"])
@pytest.mark.parametrize("value", [b"=%7B%22a%22%3A1%7D", b"=", b""])
def test_a_form_with_more_than_one_payload_is_no_event(name: bytes, value: bytes) -> None:
    with pytest.raises(BadRequest, match=r"^the form has more than one payload field$"):
        received(b"payload=%7B%22a%22%3A1%7D&b=1&" + name + value)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"a=1", id="another-field"),
        pytest.param(b"a=1&payload=%7B%22a%22%3A2%7D", id="another-field-first"),
        pytest.param(b"payloads=%7B%7D", id="a-longer-name"),
        pytest.param(b"Payload=%7B%7D", id="another-case"),
        pytest.param(b"%70ayload=%7B%7D", id="an-encoded-name"),
        pytest.param(b"%7B%7D", id="encoded-json"),
        pytest.param(b" payload=%7B%7D", id="a-space-before"),
        pytest.param(b"\xef\xbb\xbfpayload=%7B%7D", id="a-byte-order-mark-before"),
        pytest.param(b"payload=%7B%7D;payload=%7B%7D", id="semicolons"),
        pytest.param(b"payload=payload%3D%257B%257D", id="a-form-in-a-form"),
        pytest.param(b"payload=%EF%BB%BF%7B%7D", id="a-byte-order-mark-inside"),
    ],
)
@pytest.mark.parametrize("content_type", [FORM, "application/json"])
def test_what_only_looks_like_a_form_is_no_event(body: bytes, content_type: str) -> None:
    with pytest.raises(BadRequest, match=r"^the body is not JSON$"):
        received(body, headers(body, content_type=content_type))


@pytest.mark.parametrize("body", [b"payload=", b"payload=%FF", b"payload=%7B", b"payload"])
def test_a_form_whose_payload_is_not_json_is_no_event(body: bytes) -> None:
    with pytest.raises(BadRequest, match=r"^the body is not JSON$"):
        received(body, headers(body, content_type=FORM))


BAD_BODIES = [
    pytest.param(b"", "the body is empty", id="empty"),
    pytest.param(b" ", "the body is not JSON", id="blank"),
    pytest.param(b"{", "the body is not JSON", id="cut"),
    pytest.param(b"{} {}", "the body is not JSON", id="two"),
    pytest.param(b'{"a":NaN}', "the body is not JSON", id="nan"),
    pytest.param(b'{"a":-Infinity}', "the body is not JSON", id="infinity"),
    pytest.param(b'{"a":1e999}', "a number in the body is not finite", id="a-number-that-overflows"),
    pytest.param(b'{"a":-1e999}', "a number in the body is not finite", id="a-negative-number-that-overflows"),
    pytest.param(b'{"a":[{"b":[1,1E+400]}]}', "a number in the body is not finite", id="one-deep-inside"),
    pytest.param(b'{"a":' + b"9" * 400 + b".0}", "a number in the body is not finite", id="one-of-400-digits"),
    pytest.param(b'{"a":{"1e999":Infinity}}', "the body is not JSON", id="infinity-inside"),
    pytest.param(b"\xef\xbb\xbf{}", "the body is not JSON", id="a-byte-order-mark"),
    pytest.param(b'{"a":"\xff"}', "the body is not JSON", id="invalid-utf-8"),
    pytest.param(b'{"a":"\xed\xa0\x80"}', "the body is not JSON", id="utf-8-of-a-surrogate"),
    pytest.param("{}".encode("utf-16"), "the body is not JSON", id="utf-16"),
    pytest.param(b'{"a":' * 100_000, "the body is not JSON", id="deep-and-cut"),
    pytest.param(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "the body is not JSON", id="deep"),
    pytest.param(b'{"a":' + b"1" * 5000 + b"}", "the body is not JSON", id="a-number-of-5000-digits"),
    pytest.param(b"[]", "the body is not a JSON object", id="list"),
    pytest.param(b"null", "the body is not a JSON object", id="null"),
    pytest.param(b'"text"', "the body is not a JSON object", id="string"),
    pytest.param(b"1", "the body is not a JSON object", id="number"),
]


@pytest.mark.parametrize(("body", "reason"), BAD_BODIES)
def test_a_body_that_is_no_event_is_refused_with_its_reason(body: bytes, reason: str) -> None:
    with pytest.raises(BadRequest) as refused:
        received(body)
    assert str(refused.value) == reason


@pytest.mark.parametrize(("body", "_"), BAD_BODIES)
def test_an_invalid_body_is_not_parsed_without_a_valid_signature(body: bytes, _: str) -> None:
    with pytest.raises(Unauthorized):
        received(body, headers(body, x_hub_signature_256=sign(body, "another")))


def test_the_event_header_is_not_looked_at_without_the_right_signature() -> None:
    with pytest.raises(Unauthorized):
        received(b"{}", {"x-hub-signature-256": sign(b"{}", "another")})


def test_a_body_without_an_event_header_is_refused() -> None:
    with pytest.raises(BadRequest, match=r"^there is no X-GitHub-Event or X-Deven-Event header$"):
        received(b"{}", headers(b"{}", x_github_event=""))


@pytest.mark.parametrize("name", ["check suite", "../push", "é", "a" * 101, "push\n", "a::b", "٣"])
def test_an_event_header_that_is_no_name_is_refused_and_not_echoed(name: str) -> None:
    with pytest.raises(BadRequest) as refused:
        received(b"{}", headers(b"{}", x_github_event=name))
    assert str(refused.value) == "x-github-event is not a valid name of an event"


def test_a_body_over_25_megabytes_is_too_large_even_if_signed() -> None:
    body = b" " * (BODY_LIMIT + 1)
    with pytest.raises(TooLarge, match=r"^the body is over 26214400 bytes$"):
        received(body, headers(b"", x_hub_signature_256=sign(body, SECRET)))


def test_a_body_of_exactly_25_megabytes_is_taken() -> None:
    body = b"{}" + b" " * (BODY_LIMIT - 2)
    assert received(body).event.payload == {}


def form(json_body: bytes) -> bytes:
    return b"payload=" + quote_plus(json_body).encode()


def large_form(begin: bytes, repeated: bytes, count: int, end: bytes = b"") -> bytes:
    """Return the form of `begin + repeated * count + end`; to quote 25 MB takes seconds."""
    first, middle, last = (quote_plus(part).encode() for part in (begin, repeated, end))
    return b"payload=" + first + middle * count + last


def test_a_large_form_is_the_form_of_all_its_parts() -> None:
    assert large_form(b'{"a":"', b"%{}'", 3, b'"} ') == form(b'{"a":"' + b"%{}'" * 3 + b'"} ')


def test_a_form_may_be_larger_than_its_json() -> None:
    parts = b'{"a":"', b"%{}'", BODY_LIMIT // 8, b'"}'
    body = parts[0] + parts[1] * parts[2] + parts[3]
    assert len(body) < BODY_LIMIT < len(large_form(*parts))
    assert received(large_form(*parts)).event.payload == json.loads(body)


@pytest.mark.parametrize(("more", "is_too_large"), [(0, False), (1, True)])
def test_the_limit_of_a_form_is_that_of_its_json(more: int, is_too_large: bool) -> None:  # noqa: FBT001 (a parameter)
    body = large_form(b"{}", b" ", BODY_LIMIT - 2 + more)
    with pytest.raises(TooLarge, match=r"^the body is over 26214400 bytes$") if is_too_large else nullcontext():
        assert received(body).event.payload == {}


def test_a_form_over_any_encoding_of_its_limit_is_too_large_unverified() -> None:
    with pytest.raises(TooLarge, match=f"^the body is over {FORM_LIMIT} bytes$"):
        received(b"payload=" + b" " * (FORM_LIMIT - 7), headers(b"", x_hub_signature_256="sha256=0"))


@pytest.mark.parametrize("before", range(5))
def test_a_form_is_decoded_the_same_wherever_its_blocks_end(before: int) -> None:
    payload = {character: "x" * before + character * 30_000 for character in 'é+=%"\r\n_&'}
    body = json.dumps(payload, ensure_ascii=False).encode()
    assert received(form(body)).event.payload == payload


def test_decoding_a_form_takes_no_object_for_each_escape() -> None:
    body = form(json.dumps({"a": '"' * 500_000}).encode())
    tracemalloc.start()
    try:
        received(body)
        assert tracemalloc.get_traced_memory()[1] < 8 * len(body)  # 70 times with unquote_to_bytes
    finally:
        tracemalloc.stop()


FORMS = [FORM, FORM.upper(), f"{FORM}; charset=utf-8", f" {FORM} ;charset"]


def test_the_content_type_limits_what_is_read() -> None:
    assert {wire_limit(content_type) for content_type in FORMS} == {FORM_LIMIT}
    assert {wire_limit(content_type) for content_type in ("", "application/json", f"text/plain;{FORM}")} == {BODY_LIMIT}


def test_the_header_of_our_own_events_names_the_source_deven() -> None:
    event = received(b"{}", headers(b"{}", x_github_event="", x_deven_event="tooling-usage")).event
    assert (event.source, event.name) == ("deven", "tooling-usage")


def test_github_s_header_overrides_our_own() -> None:
    event = received(b"{}", headers(b"{}", x_deven_event="tooling-usage")).event
    assert (event.source, event.name) == ("github", "push")


def test_the_delivery_header_is_the_delivery_s_id() -> None:
    assert delivery_id({"x-github-delivery": DELIVERY}, b"{}") == DELIVERY


@pytest.mark.parametrize("odd", ["", " ", "a b", "a" * 101, "é", f"{DELIVERY}\n", "<script>", "../..", "٣"])
def test_a_missing_or_odd_delivery_header_is_replaced_by_an_id_of_the_body(odd: str) -> None:
    digest = hashlib.sha256(b"{}").hexdigest()
    expected = "-".join([digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]])
    assert delivery_id({"x-github-delivery": odd} if odd else {}, b"{}") == expected


def test_the_derived_delivery_id_differs_between_bodies() -> None:
    assert delivery_id({}, b"{}") != delivery_id({}, b"{ }")
