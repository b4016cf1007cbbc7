"""A signed body under other headers than GitHub sent it with: it may be refused, and never becomes another fact.

Whoever may read one delivery of a webhook (`Recent Deliveries` of their own repository's) has a body with its
signature. Headers are not signed, so everything but the body is theirs to choose.
"""

import gzip
import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from core import message
from core.batch import work
from core.handler import Request, Response, accept
from core.metrics import events_of_github
from core.stores.directory import DirectoryStore
from core.webhook import sign
from tests.builders import SECRET, Clock, a_github, processing, receiving, webhook

FORM = "application/x-www-form-urlencoded"
CONTENT_TYPES = (
    "application/json",
    FORM,
    f"{FORM}; charset=utf-8",
    FORM.upper(),
    "text/plain",
    "multipart/form-data",
    "",
)
FILES = {
    "check_suite": "check_suite",
    "create": "create_tag",
    "deployment": "deployment",
    "deployment_status": "deployment_status",
    "issues": "issues",
    "pull_request": "pull_request_merged",
    "pull_request_review": "pull_request_review",
    "workflow_job": "workflow_job",
    "workflow_run": "workflow_run",
}
HEADERS = (
    *(("x-github-event", name) for name in (*FILES, "ping")),
    ("x-deven-event", "comparison"),
    ("x-deven-event", "tooling-usage"),
    ("x-deven-event", "canary"),
)


def sent(
    body: bytes, event: str = "check_suite", header: str = "x-github-event", **more: str
) -> tuple[Response, list[Any]]:
    """The answer, and the events that were queued."""
    services, queue, _ = receiving(incident_labels="incident")
    headers = {header: event, "x-github-delivery": "any", "x-hub-signature-256": sign(body, SECRET)}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    response = accept(Request(headers, body), services)
    return response, [message.decode(queued.body) for queued in queue.receive()]


def forged() -> dict[str, Any]:
    return webhook("deployment_status", repository__name="crown-jewels", repository__owner={"login": "victim-org"})


def with_text(text: str) -> bytes:
    """An issue of the attacker's own repository, as GitHub signs it."""
    own = {"id": 7, "name": "mine", "owner": {"login": "attacker"}}
    issue = {"id": 1, "number": 1, "title": text, "body": text, "labels": [], "state": "open"}
    return json.dumps({"action": "opened", "issue": issue, "repository": own}).encode()


TEXTS = {
    "a field": "hello &payload={}& bye",
    "a field at the end": "&payload={}",
    "several fields": "&payload={0}&payload={0}",
    "semicolons": ";payload={};",
    "an encoded name": "&p%61yload={}&",
    "lines": "\r\n\r\npayload={}\r\n",
}


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize(("header", "event"), HEADERS)
def test_text_inside_a_json_body_is_never_an_event(content_type: str, text: str, header: str, event: str) -> None:
    body = with_text(text.format(quote(json.dumps(forged()), safe="")))
    response, queued = sent(body, event, header, content_type=content_type)
    assert response.status in (200, 400)
    assert queued == []


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_the_content_type_does_not_change_the_event(content_type: str) -> None:
    body = json.dumps(webhook("check_suite")).encode()
    for signed in (body, b"payload=" + quote(body).encode(), urlencode({"payload": body}).encode()):
        response, queued = sent(signed, content_type=content_type)
        assert response.status == 202
        assert [event.payload["check_suite"]["id"] for event in queued] == [webhook("check_suite")["check_suite"]["id"]]


@pytest.mark.parametrize(
    "more", [{}, {"content_encoding": "gzip"}, {"content_type": FORM, "content_encoding": "deflate"}]
)
def test_a_body_is_never_decompressed(more: dict[str, str]) -> None:
    response, queued = sent(gzip.compress(json.dumps(webhook("check_suite")).encode()), **more)
    assert (response.status, queued) == (400, [])


def test_a_body_is_json_even_where_a_header_says_that_it_is_compressed() -> None:
    response, _ = sent(json.dumps(webhook("check_suite")).encode(), content_encoding="gzip")
    assert response.status == 202


def test_the_last_value_of_a_duplicate_key_counts() -> None:
    body = json.dumps(webhook("check_suite", check_suite__id=1)).encode()
    doubled = (
        body[:-1] + b"," + json.dumps({"check_suite": {**webhook("check_suite")["check_suite"], "id": 2}})[1:].encode()
    )
    _, queued = sent(doubled)
    assert [event.payload["check_suite"]["id"] for event in queued] == [2]


@pytest.mark.parametrize(("header", "event"), HEADERS)
@pytest.mark.parametrize("stated", FILES)
def test_a_body_under_the_header_of_another_event_is_refused(stated: str, header: str, event: str) -> None:
    body = json.dumps({**webhook(FILES[stated]), "sender": {"login": "octocat"}}).encode()
    response, queued = sent(body, event, header)
    if event == stated:
        assert response.status in (200, 202)
    else:
        reason = f"the body is not of the event {header.split('-')[1]}::{event}"
        assert (response.status, response.body) == (400, {"status": "error", "reason": reason})
        assert queued == []


@pytest.mark.parametrize(("header", "event"), HEADERS)
@pytest.mark.parametrize(
    "payload",
    [
        pytest.param({"ref": "v1.0.0", "ref_type": "tag", "pusher_type": "user"}, id="a-deleted-tag"),
        pytest.param({"action": "created", "check_run": {"id": 1, "check_suite": {"id": 2}}}, id="a-check-run"),
        pytest.param({"action": "closed", "issue": {"id": 1}, "comment": {"id": 2}}, id="a-comment"),
        pytest.param({"action": "submitted", "pull_request": {"id": 1}, "comment": {"id": 2}}, id="a-review-comment"),
        pytest.param({"action": "closed", "pull_request": {"id": 1}, "thread": {"id": 2}}, id="a-review-thread"),
        pytest.param({"action": "created", "deployment": {"id": 1}, "deployment_callback_url": "x"}, id="a-protection"),
        pytest.param({"action": "approved", "since": "x", "workflow_run": {"id": 1}}, id="a-deployment-review"),
        pytest.param({"ref": "refs/tags/v1.0.0", "before": "0", "after": "1", "commits": []}, id="a-push"),
    ],
)
def test_a_body_of_an_event_that_no_metric_wants_is_none_that_one_wants(
    payload: dict[str, Any], header: str, event: str
) -> None:
    body = json.dumps({**payload, "repository": webhook("check_suite")["repository"], "sender": {}}).encode()
    response, queued = sent(body, event, header)
    assert (response.status, queued) == (400, [])


@pytest.mark.parametrize("event", ["star", "workflow_dispatch", "deployment_review", "anything"])
def test_an_event_header_that_no_metric_uses_is_ignored_with_any_body(event: str) -> None:
    response, queued = sent(json.dumps(webhook("check_suite")).encode(), event)
    assert (response.status, response.body["status"], queued) == (200, "ignored", [])


@pytest.mark.parametrize("name", ["comparison", "tooling-usage", "canary"])
def test_an_event_of_our_own_is_none_of_github_s_and_not_the_other(name: str) -> None:
    bodies = {"tooling-usage": webhook("tooling_usage"), "canary": {"sent_at": 1_795_500_000_000}}
    bodies["comparison"] = webhook("comparison")
    for own, body in bodies.items():
        response, _ = sent(json.dumps(body).encode(), name, "x-deven-event")
        assert response.status == (202 if own == name else 400)
    for event in events_of_github():
        response, queued = sent(json.dumps(bodies[name]).encode(), event)
        assert (response.status, queued) == (200, [])


def test_two_event_headers_choose_github_s_and_change_no_fact() -> None:
    suite = json.dumps(webhook("check_suite")).encode()
    _, queued = sent(suite, x_deven_event="tooling-usage")
    assert [event.trigger_event_signature for event in queued] == ["github::check_suite"]
    response, queued = sent(suite, "deployment", x_deven_event="check_suite")
    assert (response.status, queued) == (400, [])


NUMBERS = (
    "1e999",
    "-1e999",
    "1E+400",
    "NaN",
    "Infinity",
    "-Infinity",
    "9" * 400 + ".5",
    "1" * 5000,
    "[" * 50_000 + "]" * 50_000,
)


@pytest.mark.parametrize("number", NUMBERS, ids=lambda text: text[:8])
@pytest.mark.parametrize("position", ['"id":{}', '"a":[1,[{}]]', '"a":{{"b":{{"c":{}}}}}'])
@pytest.mark.parametrize("form", [False, True])
def test_a_number_that_json_cannot_hold_is_a_400_at_any_depth(number: str, position: str, *, form: bool) -> None:
    document = json.dumps(webhook("check_suite"))
    body = document.replace('"check_suite": {', '"check_suite": {' + position.format(number) + ",", 1).encode()
    response, queued = sent(b"payload=" + quote(body).encode() if form else body)
    assert (response.status, queued) == (400, [])


def test_what_was_accepted_is_stored_under_the_repository_of_the_body(tmp_path: Any) -> None:
    services, queue, _ = receiving()
    body = json.dumps(webhook("check_suite")).encode()
    headers = {"x-github-event": "check_suite", "x-github-delivery": "a", "x-hub-signature-256": sign(body, SECRET)}
    assert accept(Request({**headers, "x-github-hook-installation-target-id": "42"}, body), services).status == 202
    store = DirectoryStore(str(tmp_path))
    work(queue.receive(), processing(store, a_github(), queue=queue, clock=Clock()))
    assert {path.partition("/check-suite/")[0] for path in store.list("") if not path.startswith("_system")} == {
        "octo-org/hello-world"
    }
