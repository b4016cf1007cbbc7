"""The requests, with the one answer that each must get everywhere: design.md's HTTP table, row by row."""

import base64
import gzip
import json
import random
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode

from core.webhook import BODY_LIMIT, sign
from tests.builders import NOW, SECRET, webhook

NEWER = "a secret that is newer"
UNAVAILABLE = "this cannot be taken now, try again later"
UNVERIFIED = "the signature does not verify"
ELSEWHERE = "there is only POST /telemetry"
OWNER, REPO = "octo-org", "telemetry-data"
"""The data repository."""
INCIDENT = "sev 1"
"""The one label that makes an incident: not the default's, so that each runtime must have been told."""


class Vector(NamedTuple):
    """A request, and what must come of it."""

    name: str
    status: int
    answer: dict[str, Any] | None
    """None if the API gateway itself may answer, in its own words."""
    headers: list[tuple[str, str]]
    body: bytes
    method: str = "POST"
    path: str = "/telemetry"
    condition: str = "usual"
    """In what state the place is: CONDITIONS."""
    chunked: bool = False


CONDITIONS = ("usual", "rotated", "secret missing", "secret empty", "secret unreachable", "queue unreachable")


def vectors() -> list[Vector]:
    """All of them; names are unique."""
    samples = [
        *_accepted(),
        *_ignored(),
        *_unauthorized(),
        *_bad(),
        *_elsewhere(),
        *_too_large(),
        *_rotated(),
        *_unavailable(),
    ]
    assert len({vector.name for vector in samples}) == len(samples)
    return samples


def _vector(  # noqa: PLR0913 (a request has many parts, most of them as usual)
    name: str,
    status: int,
    answer: dict[str, Any] | None,
    body: bytes | dict[str, Any] = b"",
    *,
    secret: str | None = SECRET,
    signature: str | None = None,
    event: str | None = "check_suite",
    more: Iterable[tuple[str, str]] = (),
    content_type: str = "application/json",
    **rest: Any,
) -> Vector:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = [("Content-Type", content_type)] if content_type else []
    if event is not None:
        headers.append(("X-GitHub-Event", event))
    shown = signature if signature is not None else sign(raw, secret) if secret is not None else None
    if shown is not None:
        headers.append(("X-Hub-Signature-256", shown))
    if not any(key.lower() == "x-github-delivery" for key, _ in more):
        headers.append(("X-GitHub-Delivery", f"delivery-{name.replace(' ', '-')}"[:100]))
    return Vector(name, status, answer, [*headers, *((k, v) for k, v in more if v)], raw, **rest)


def _taken(name: str, signature: str, delivery: str = "") -> tuple[int, dict[str, Any]]:
    delivery = delivery or f"delivery-{name.replace(' ', '-')}"[:100]
    return 202, {"status": "accepted", "signature": signature, "delivery": delivery}


def _accepted() -> list[Vector]:
    samples = []
    files = {
        "check_suite": "check_suite",
        "pull_request": "pull_request_merged",
        "workflow_job": "workflow_job",
        "workflow_run": "workflow_run",
        "create": "create_tag",
        "deployment": "deployment",
    }
    for event, file in files.items():
        name = f"an event that a metric wants: {event}"
        samples.append(_vector(name, *_taken(name, f"github::{event}"), webhook(file), event=event))
    name = "an incident by the label that is set"
    incident = webhook("issues", label__name=INCIDENT, issue__labels=[{"name": INCIDENT}])
    samples.append(_vector(name, *_taken(name, "github::issues"), incident, event="issues"))
    name = "an event of our own"
    own = [("X-Deven-Event", "tooling-usage")]
    samples.append(
        _vector(
            name,
            *_taken(name, "deven::tooling-usage"),
            webhook("tooling_usage", day="2026-11-24"),
            event=None,
            more=own,
        )
    )
    name = "a canary that no metric wants"
    bird = [("X-Deven-Event", "canary")]
    samples.append(_vector(name, *_taken(name, "deven::canary"), {"sent_at": NOW}, event=None, more=bird))

    number = 987_650_000
    suite = webhook("check_suite", check_suite__id=number)
    form = urlencode({"payload": json.dumps(suite)}).encode()
    of_form = "application/x-www-form-urlencoded"
    bodies = (
        ("a form", form, of_form),
        ("a form with a charset and in capitals", form, "Application/X-WWW-Form-Urlencoded; charset=utf-8"),
        ("a form with a field after it", form + b"&a=b", of_form),
        ("a form with plus signs", b"payload=" + quote_plus(json.dumps(suite)).encode(), of_form),
        ("a form that says it is JSON", form, "application/json"),
        ("a form without a content type", form, ""),
        ("JSON that says it is a form", json.dumps(suite).encode(), of_form),
        ("JSON with a form in its text", json.dumps({**suite, "x": "a&payload=%7B%7D&b"}).encode(), of_form),
        ("JSON nested 99 deep", json.dumps(suite).encode()[:-1] + b',"n":' + b"[" * 99 + b"]" * 99 + b"}", ""),
        ("JSON with a key twice", b'{"action":"requested",' + json.dumps(suite).encode()[1:], "application/json"),
        ("JSON without a content type", json.dumps(suite).encode(), ""),
        ("JSON as octets", json.dumps(suite).encode(), "application/octet-stream"),
        ("JSON with spaces around", b" \n" + json.dumps(suite, indent=1).encode() + b"\r\n\t", "application/json"),
        ("JSON that is not ASCII", json.dumps({**suite, "x": "日本 ü 🙂"}, ensure_ascii=False).encode(), "text/plain"),
    )
    for index, (name, body, kind) in enumerate(bodies):
        # a fact of its own: of two deliveries of one fact the last one of a batch wins, which the queue's order decides
        unique = body.replace(b"%d" % number, b"%d" % (number + index))
        samples.append(_vector(name, *_taken(name, "github::check_suite"), unique, content_type=kind))

    name = "in chunks"
    chunked = webhook("check_suite", check_suite__id=709)
    samples.append(_vector(name, *_taken(name, "github::check_suite"), chunked, chunked=True))
    name = "with a query"
    queried = webhook("check_suite", check_suite__id=710)
    samples.append(_vector(name, *_taken(name, "github::check_suite"), queried, path="/telemetry?a=b&c"))
    for name in ("a delivery", "the same delivery again"):
        same = webhook("check_suite", check_suite__id=701)
        answer = _taken(name, "github::check_suite", "the-same-delivery")
        samples.append(_vector(name, *answer, same, more=[("X-GitHub-Delivery", "the-same-delivery")]))
    by_body = json.dumps(webhook("check_suite", check_suite__id=702)).encode()
    for name, guid in (("without a delivery id", ""), ("with a delivery id that is none", "no id")):
        answer = _taken(name, "github::check_suite", _of(by_body))
        samples.append(_vector(name, *answer, by_body, more=[("X-GitHub-Delivery", guid)]))
    for name, changes in (
        ("poison: a field is missing", {"check_suite__id": ...}),
        ("poison: a field is of another type", {"check_suite__id": "seven"}),
        ("poison: there is no repository", {"repository": ...}),
    ):
        samples.append(_vector(name, *_taken(name, "github::check_suite"), webhook("check_suite", **changes)))
    return samples


def _of(body: bytes) -> str:
    from core.webhook import delivery_id

    return delivery_id({}, body)


def _ignored() -> list[Vector]:
    def ignored(name: str, reason: str, payload: dict[str, Any], event: str = "check_suite") -> Vector:
        return _vector(name, 200, {"status": "ignored", "reason": reason}, payload, event=event)

    ours = {"name": REPO.upper(), "full_name": f"{OWNER}/{REPO}", "owner": {"login": OWNER.title()}}
    suite = webhook("check_suite")
    return [
        _vector("a ping", 200, {"status": "pong", "secret": "newest"}, {"zen": "Design for failure."}, event="ping"),
        ignored("an unknown event", "no metric listens to github::star", {"action": "created"}, "star"),
        ignored("an unknown event of long name", f"no metric listens to github::{'a' * 100}", {}, "a" * 100),
        ignored(
            "a known event of another action",
            "no metric applies to this github::check_suite",
            webhook("check_suite_requested", action="no-such-action"),
        ),
        ignored("an issue of another label", "no metric applies to this github::issues", webhook("issues"), "issues"),
        ignored(
            "an unknown event's header on a known event's body", "no metric listens to github::star", suite, "star"
        ),
        ignored(
            "a reference that is neither a branch nor a tag",
            "no metric applies to this github::create",
            webhook("create_branch", ref_type="no-such-type"),
            "create",
        ),
        ignored(
            "the data repository's own event",
            "an event of the data repository",
            {**suite, "repository": {**suite["repository"], **ours}},
        ),
    ]


def _unauthorized() -> list[Vector]:
    body = json.dumps(webhook("check_suite", check_suite__id=703)).encode()
    right = sign(body, SECRET)
    forms = {
        "empty": "",
        "of another secret": sign(body, "another"),
        "of another body": sign(body + b" ", SECRET),
        "without its name": right.removeprefix("sha256="),
        "of SHA-1's name": right.replace("sha256", "sha1"),
        "in capitals": right.upper(),
        "with a capital name": right.replace("sha256", "SHA256"),
        "one digit short": right[:-1],
        "one digit long": right + "0",
        "of one digit": "sha256=0",
        "without digits": "sha256=",
        "twice in one": f"{right},{right}",
        "that is no hex": f"sha256={'z' * 64}",
        "with a space inside": right.replace("=", "= "),
        "very long": f"sha256={'0' * 4000}",
        "that is not ASCII": "sha256=" + "ü" * 64,
    }
    answer = {"status": "error", "reason": UNVERIFIED}
    samples = [_vector(f"a signature {form}", 401, answer, body, signature=value) for form, value in forms.items()]
    twice = [("X-Hub-Signature-256", right)]
    return [
        *samples,
        _vector("no signature", 401, answer, body, secret=None),
        _vector("two signatures, each right", 401, answer, body, more=twice),
        _vector("only the old kind of signature", 401, answer, body, secret=None, more=[("X-Hub-Signature", "sha1=0")]),
        _vector("no signature and no event", 401, answer, body, secret=None, event=None),
        _vector("no signature and no body", 401, answer, b"", secret=None),
        _vector("an empty secret's signature", 401, answer, body, secret=""),
        _vector("a signature of the payload in a form", 401, answer, b"payload=" + body, signature=right),
    ]


def _bad() -> list[Vector]:
    def bad(name: str, reason: str, body: bytes, **fields: Any) -> Vector:
        return _vector(name, 400, {"status": "error", "reason": reason}, body, **fields)

    of_form = "application/x-www-form-urlencoded"
    suite = json.dumps(webhook("check_suite", check_suite__id=704)).encode()
    no_event = "there is no X-GitHub-Event or X-Deven-Event header"
    not_finite, two_payloads = "a number in the body is not finite", "the form has more than one payload field"
    return [
        bad("no event", no_event, suite, event=None),
        bad("an empty event", no_event, suite, event=""),
        bad("an event that is no name", "x-github-event is not a valid name of an event", suite, event="a b"),
        bad("an event of too long a name", "x-github-event is not a valid name of an event", suite, event="a" * 101),
        bad("an empty body", "the body is empty", b""),
        bad("no JSON", "the body is not JSON", b"{"),
        bad("words", "the body is not JSON", b"hello"),
        bad("bytes that are no text", "the body is not JSON", b"\xff\xfe\x00{}"),
        bad("JSON in UTF-16", "the body is not JSON", suite.decode().encode("utf-16")),
        bad("JSON twice", "the body is not JSON", suite + suite),
        bad("a list", "the body is not a JSON object", b"[]"),
        bad("a number", "the body is not a JSON object", b"1"),
        bad("null", "the body is not a JSON object", b"null"),
        bad("base64 of JSON", "the body is not JSON", base64.b64encode(suite)),
        bad("JSON after a byte order mark", "the body is not JSON", b"\xef\xbb\xbf" + suite),
        bad("JSON in gzip", "the body is not JSON", gzip.compress(suite, mtime=0), more=[("Content-Encoding", "gzip")]),
        bad("a form without a payload", "the body is not JSON", b"a=b", content_type=of_form),
        bad(
            "a form with a field before the payload",
            "the body is not JSON",
            b"a=b&payload=%7B%7D",
            content_type=of_form,
        ),
        bad("a form after a space", "the body is not JSON", b" payload=%7B%7D", content_type=of_form),
        bad("a form whose field's name is encoded", "the body is not JSON", b"p%61yload=%7B%7D", content_type=of_form),
        bad("a form with semicolons", "the body is not JSON", b"payload=%7B%7D;payload=%7B%7D", content_type=of_form),
        bad("a form with two payloads", two_payloads, b"payload=%7B%7D&payload=" + suite, content_type=of_form),
        bad("a form whose payload is no JSON", "the body is not JSON", b"payload=%7B", content_type=of_form),
        bad("a form whose payload is empty", "the body is not JSON", b"payload=", content_type=of_form),
        *(
            bad(f"a number that is not finite: {name}", not_finite, suite[:-1] + b',"n":' + number + b"}")
            for name, number in {"1e999": b"1e999", "-1e999": b"-1e999", "deep": b'[{"a":[1E+400]}]'}.items()
        ),
        bad("a number that is not finite, in a form", not_finite, b"payload=%7B%22a%22:1e999%7D", content_type=of_form),
        bad("NaN", "the body is not JSON", suite[:-1] + b',"n":NaN}'),
        bad("Infinity", "the body is not JSON", suite[:-1] + b',"n":[-Infinity]}'),
        bad("a number of 5,000 digits", "the body is not JSON", suite[:-1] + b',"n":' + b"1" * 5000 + b"}"),
        *(
            bad(f"JSON nested {depth} deep", "the body is nested too deeply", suite[:-1] + b',"n":' + nested + b"}")
            for depth, nested in {levels: b"[" * levels + b"]" * levels for levels in (100, 200, 450, 600)}.items()
        ),
        bad("JSON nested 100,000 deep", "the body is not JSON", b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        *(
            bad(f"a body of {stated} as {event}", f"the body is not of the event github::{event}", body, event=event)
            for stated, event, body in _forged()
        ),
        *(
            bad(
                f"a body of GitHub as {name}",
                f"the body is not of the event deven::{name}",
                suite,
                event=None,
                more=own,
            )
            for name, own in {
                event_name: [("X-Deven-Event", event_name)] for event_name in ("comparison", "tooling-usage", "canary")
            }.items()
        ),
    ]


def _forged() -> list[tuple[str, str, bytes]]:
    """The event that a body states, another that its unsigned header names, and the body."""
    files = {
        "deployment_status": ("deployment_status", "deployment"),
        "deployment": ("deployment", "deployment_status"),
        "pull_request_review": ("pull_request_review", "pull_request"),
        "pull_request": ("pull_request_merged", "pull_request_review"),
        "issues": ("issues", "deployment_status"),
        "check_suite": ("check_suite", "ping"),
    }
    bodies = [(stated, event, json.dumps(webhook(file)).encode()) for stated, (file, event) in files.items()]
    deleted = {
        "ref": "v1.0.0",
        "ref_type": "tag",
        "pusher_type": "user",
        "repository": webhook("create_tag")["repository"],
    }
    return [*bodies, ("delete", "create", json.dumps(deleted).encode())]


def _elsewhere() -> list[Vector]:
    body = json.dumps(webhook("check_suite", check_suite__id=705)).encode()
    answer = {"status": "error", "reason": ELSEWHERE}
    paths = (
        "/",
        "/telemetry/",
        "//telemetry",
        "/Telemetry",
        "/telemetr",
        "/telemetry/x",
        "/x/telemetry",
        "/%74elemetry",
    )
    return [
        *(_vector(f"POST {path}", 404, answer, body, path=path) for path in paths),
        *(
            _vector(f"{method} /telemetry", 404, None if method == "HEAD" else answer, body, method=method)
            for method in ("GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
        ),
    ]


def _too_large() -> list[Vector]:
    dense = random.Random(7).randbytes(7_200_000)  # what gzip cannot make smaller than the longest message of any queue
    suite = webhook("check_suite", check_suite__id=706)
    suite["check_suite"]["head_branch"] = base64.b64encode(dense).decode()
    over = "the event is over the queue's limit, even when compressed"
    return [
        _vector("a body over GitHub's own limit", 413, None, b" " * (BODY_LIMIT + 1)),
        _vector("an event over the queue's limit", 413, {"status": "error", "reason": over}, suite),
    ]


def _rotated() -> list[Vector]:
    suite = webhook("check_suite", check_suite__id=707)
    samples = []
    for name, secret, id in (("the newest of two secrets", NEWER, 711), ("the older of two secrets", SECRET, 712)):
        own = webhook("check_suite", check_suite__id=id)
        samples.append(_vector(name, *_taken(name, "github::check_suite"), own, secret=secret, condition="rotated"))
    ping = {"zen": "Design for failure."}
    for which, secret in (("newest", NEWER), ("older", SECRET)):
        answer = {"status": "pong", "secret": which}
        samples.append(
            _vector(f"a ping of the {which}", 200, answer, ping, secret=secret, event="ping", condition="rotated")
        )
    refused = {"status": "error", "reason": UNVERIFIED}
    both = f"{NEWER}\n{SECRET}"
    samples.append(_vector("both secrets as one", 401, refused, suite, secret=both, condition="rotated"))
    return samples


def _unavailable() -> list[Vector]:
    body = json.dumps(webhook("check_suite", check_suite__id=708)).encode()
    answer = {"status": "error", "reason": UNAVAILABLE}
    samples = [
        _vector(f"{condition}: {name}", 503, answer, body, secret=secret, condition=condition)
        for condition in ("secret missing", "secret empty", "secret unreachable")
        for name, secret in (("a right signature", SECRET), ("no signature", None), ("an empty secret's", ""))
    ]
    out = "queue unreachable"
    ping = {"status": "pong", "secret": "newest"}
    return [
        *samples,
        _vector("queue unreachable: an event that a metric wants", 503, answer, body, condition=out),
        _vector("queue unreachable: a ping", 200, ping, {"zen": "."}, event="ping", condition=out),
        _vector(
            "queue unreachable: a wrong signature",
            401,
            {"status": "error", "reason": UNVERIFIED},
            body,
            secret="x",
            condition=out,
        ),
    ]
