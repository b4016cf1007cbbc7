"""Our signatures are the ones that botocore makes."""

import datetime as dt
from typing import Any

import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as TheirCredentials
from hypothesis import given
from hypothesis import strategies as st

from core.http_client.connection import HttpConnectionPool
from core.persistent_connections import Timeouts
from runtimes.aws.sigv4 import Credentials, Scope, sign

TIMEOUTS = Timeouts(1, 1)
WORDS = st.from_regex(r"[a-z][a-z0-9-]{0,30}", fullmatch=True)
HOSTS = st.one_of(st.from_regex(r"[a-z][a-z0-9-]{0,20}(\.[a-z][a-z0-9-]{0,10}){0,3}", fullmatch=True), st.just("[::1]"))
PORTS = st.one_of(st.sampled_from(["", ":80", ":443", ":4566"]), st.integers(1, 65535).map(lambda port: f":{port}"))
ENDPOINTS = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https"]),
    HOSTS,
    PORTS,
    st.from_regex(r"(/[A-Za-z0-9_~-]{1,9}){0,3}", fullmatch=True),
)
VALUES = st.from_regex(r"[!-~]([ -~]{0,60}[!-~])?", fullmatch=True).filter(lambda value: "  " not in value)
KEYS = st.from_regex(r"[A-Za-z0-9/+=]{1,60}", fullmatch=True)
BODIES = st.one_of(st.text().map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary())
TIMES = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2099, 12, 31))  # noqa: DTZ001 (botocore's own are naive too)


def theirs(url: str, headers: dict[str, str], body: bytes, keys: Credentials, scope: Scope, when: Any) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", lambda: when)
        request = AWSRequest("POST", url, dict(headers), body)
        credentials = TheirCredentials(keys.access_key, keys.secret_key, keys.session_token or None)
        SigV4Auth(credentials, scope.service, scope.region).add_auth(request)
    return str(request.headers["Authorization"])


@given(
    url=ENDPOINTS,
    extra=st.dictionaries(WORDS.map(lambda word: f"x-{word}"), VALUES, max_size=5),
    body=BODIES,
    keys=st.builds(Credentials, KEYS, KEYS, st.one_of(st.just(""), KEYS)),
    scope=st.builds(Scope, WORDS, WORDS),
    when=TIMES,
)
def test_a_signature_is_the_one_that_botocore_makes(
    url: str, extra: dict[str, str], body: bytes, keys: Credentials, scope: Scope, when: dt.datetime
) -> None:
    extra = {name: value for name, value in extra.items() if not name.startswith("x-amz-")}
    extra.pop("x-amzn-trace-id", None)  # botocore does not sign it
    to = HttpConnectionPool(url, TIMEOUTS)
    headers = {"content-type": "application/x-amz-json-1.0", **extra}
    signed = sign(to.path, {"host": to.host, **headers}, body, keys, scope, when.strftime("%Y%m%dT%H%M%SZ"))
    assert signed["authorization"] == theirs(url, headers, body, keys, scope, when)
    assert signed.get("x-amz-security-token", "") == keys.session_token


def test_neither_the_key_nor_the_token_is_in_a_repr() -> None:
    assert repr(Credentials("AKID", "zebra", "giraffe")) == "Credentials('AKID')"
