import base64
import json
import threading
from typing import Any

import pytest

from core import message
from core.handler import Request, Response, accept, process
from core.secrets_cache import WEBHOOK_SECRET, SecretsCache
from core.services import WebhookServices
from core.stores.directory import DirectoryStore
from core.webhook import BODY_LIMIT, sign
from core.webhook_settings import WebhookSettings
from tests.builders import NOW, SECRET, Clock, Lines, processing, receiving, signed, webhook
from tests.environment import PATIENCE
from tests.memory_adapters import MemoryQueue, MemorySecrets
from tests.unit.core.recording import (
    DELIVERY,
    RecordingStore,
    ScriptedGitHub,
    check_suite,
    new_tag,
    pull_request,
    repository,
    request,
    snapshot,
    workflow_job,
)

UNAVAILABLE = Response(
    503, {"status": "error", "reason": "this cannot be taken now, try again later"}, {"Retry-After": "60"}
)
UNAUTHORIZED = Response(401, {"status": "error", "reason": "the signature does not verify"}, {})


def accepted(signature: str, delivery: str = DELIVERY) -> Response:
    return Response(202, {"status": "accepted", "signature": signature, "delivery": delivery}, {})


def ignored(reason: str) -> Response:
    return Response(200, {"status": "ignored", "reason": reason}, {})


def error(status: int, reason: str) -> Response:
    return Response(status, {"status": "error", "reason": reason}, {})


class BrokenQueue(MemoryQueue):
    def send(self, body: str, delay: int = 0) -> str:
        raise RuntimeError(f"{len(body)} {delay} {SECRET}")


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("check_suite", check_suite()),
        ("pull_request", pull_request(merged=False)),
        ("workflow_job", workflow_job()),
        ("create", new_tag()),
        ("deployment", {"action": "created", "repository": repository()}),
    ],
)
def test_an_event_that_some_metric_wants_is_accepted_and_queued(event: str, payload: dict[str, Any]) -> None:
    services, queue, _ = receiving()
    response = accept(request(payload, event), services)
    assert response == accepted(f"github::{event}")
    assert [message.decode(received.body) for received in queue.receive()] == [signed(f"github::{event}", payload)]


def test_an_event_of_our_own_is_accepted_and_queued() -> None:
    services, queue, _ = receiving()
    response = accept(request(snapshot(), "", x_deven_event="tooling-usage"), services)
    assert response == accepted("deven::tooling-usage")
    assert [message.decode(received.body) for received in queue.receive()] == [
        signed("deven::tooling-usage", snapshot())
    ]


def test_a_form_is_accepted_like_json() -> None:
    from urllib.parse import urlencode

    services, queue, _ = receiving()
    body = urlencode({"payload": json.dumps(check_suite())}).encode()
    response = accept(request(body, content_type="application/x-www-form-urlencoded"), services)
    assert response == accepted("github::check_suite")
    assert [message.decode(received.body).payload for received in queue.receive()] == [
        signed("github::check_suite", check_suite()).payload
    ]


def test_a_delivery_without_an_id_is_accepted_under_one_of_its_body() -> None:
    services, _, _ = receiving()
    first, second = (accept(request(check_suite(), delivery=""), services) for _ in range(2))
    assert first == second == accepted("github::check_suite", first.body["delivery"])
    assert len(first.body["delivery"]) == 36


@pytest.mark.parametrize(("secret", "expected"), [("new", "newest"), ("old", "older"), ("oldest", "older")])
def test_a_ping_says_whether_the_newest_secret_signed_it(secret: str, expected: str) -> None:
    services, queue, _ = receiving(secret="new\nold\noldest")
    response = accept(request({"zen": "Keep it logically awesome."}, "ping", secret=secret), services)
    assert response == Response(200, {"status": "pong", "secret": expected}, {})
    assert len(queue) == 0


def test_a_ping_of_our_own_source_is_no_ping() -> None:
    services, _, _ = receiving()
    assert accept(request({}, "", x_deven_event="ping"), services) == ignored("no metric listens to deven::ping")


def test_an_event_that_no_metric_listens_to_is_ignored() -> None:
    services, queue, _ = receiving()
    response = accept(request({"action": "created", "repository": repository()}, "star"), services)
    assert response == ignored("no metric listens to github::star")
    assert len(queue) == 0


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("check_suite", check_suite(action="no-such-action")),
        ("pull_request", {**pull_request(), "action": "no-such-action"}),
        ("workflow_job", {**workflow_job(), "action": "no-such-action"}),
        ("deployment", {"action": "no-such-action", "repository": repository()}),
        ("create", {**new_tag(), "ref_type": "no-such-type"}),
    ],
)
def test_an_event_to_which_no_metric_applies_is_ignored(event: str, payload: dict[str, Any]) -> None:
    services, queue, _ = receiving()
    assert accept(request(payload, event), services) == ignored(f"no metric applies to this github::{event}")
    assert len(queue) == 0


def test_an_issue_is_accepted_if_it_has_an_incident_label() -> None:
    issue = webhook("issues", label__name="SEV 1")
    services, queue, _ = receiving(incident_labels="incident,sev 1")
    assert accept(request(issue, "issues"), services) == accepted("github::issues")
    assert [message.decode(received.body) for received in queue.receive()] == [signed("github::issues", issue)]


def test_an_issue_with_other_labels_is_ignored() -> None:
    services, queue, _ = receiving(incident_labels="outage")
    assert accept(request(webhook("issues"), "issues"), services) == ignored("no metric applies to this github::issues")
    assert len(queue) == 0


@pytest.mark.parametrize(("owner", "repo"), [("acme", "telemetry-data"), ("ACME", "Telemetry-DATA")])
def test_an_event_of_the_data_repository_is_ignored_in_any_case(owner: str, repo: str) -> None:
    services, queue, _ = receiving(repo_owner="Acme", repo_name="telemetry-Data")
    response = accept(request(check_suite(repository=repository(owner, repo))), services)
    assert response == ignored("an event of the data repository")
    assert len(queue) == 0


def test_another_repository_of_the_data_repository_s_owner_is_not_ignored() -> None:
    services, _, _ = receiving(repo_owner="octo-org", repo_name="data")
    assert accept(request(check_suite()), services).status == 202


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("check_suite", {"action": "completed"}),
        ("check_suite", {**check_suite(), "repository": None}),
        ("check_suite", {**check_suite(), "repository": []}),
        ("check_suite", {**check_suite(), "check_suite": None}),
        ("pull_request", {**pull_request(), "pull_request": None}),
        ("workflow_job", {**workflow_job(), "workflow_job": []}),
        ("create", new_tag(None)),
        ("create", {"ref_type": "tag"}),
        ("check_suite", check_suite(repository=repository("..", "x"))),
    ],
)
def test_a_malformed_payload_of_a_known_event_is_queued(event: str, payload: dict[str, Any]) -> None:
    services, queue, _ = receiving()
    assert accept(request(payload, event), services) == accepted(f"github::{event}")
    assert len(queue) == 1


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"payload": b""}, "the body is empty"),
        ({"payload": b"{"}, "the body is not JSON"),
        ({"payload": b"[]"}, "the body is not a JSON object"),
        ({"payload": b"{}", "event": ""}, "there is no X-GitHub-Event or X-Deven-Event header"),
        ({"payload": b"{}", "event": "a b"}, "x-github-event is not a valid name of an event"),
    ],
)
def test_what_is_signed_but_no_event_is_a_400(changed: dict[str, Any], reason: str) -> None:
    services, queue, _ = receiving()
    assert accept(request(**changed), services) == error(400, reason)
    assert len(queue) == 0


@pytest.mark.parametrize("depth", [100, 300, 450, 490, 600, 900, 980, 5000, 200_000])
def test_a_deeply_nested_body_is_accepted_or_rejected_never_a_503(depth: int) -> None:
    services, _, _ = receiving()
    deep = b'{"action":"completed","deep":' + b"[" * depth + b"]" * depth + b"}"
    assert accept(request(deep), services).status in (202, 400)


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=" + "0" * 64, "sha1=" + "0" * 40, "é"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}"])
def test_every_unsigned_request_is_the_same_401(signature: str, body: bytes) -> None:
    services, queue, _ = receiving()
    assert accept(request(body, x_hub_signature_256=signature), services) == UNAUTHORIZED
    assert len(queue) == 0


def test_a_body_over_25_megabytes_is_a_413() -> None:
    services, _, _ = receiving()
    response = accept(Request({"x-hub-signature-256": "sha256=0"}, b" " * (BODY_LIMIT + 1)), services)
    assert response == error(413, "the body is over 26214400 bytes")


def test_an_event_too_large_for_the_queue_when_compressed_is_a_413() -> None:
    services, queue, _ = receiving(queue=MemoryQueue(Clock().seconds, limit=300))
    response = accept(request(check_suite()), services)
    assert response == error(413, "the event is over the queue's limit, even when compressed")
    assert len(queue) == 0


def test_an_event_that_fits_the_queue_only_compressed_is_accepted() -> None:
    services, queue, _ = receiving(queue=MemoryQueue(Clock().seconds, limit=5000))
    assert accept(request(check_suite(padding=["x" * 100] * 1000)), services).status == 202
    assert len(queue) == 1


@pytest.mark.parametrize("secret", ["", "  ", "\n\n", "unset", " unset\n", "unset\nunset", "unset\n\n unset"])
def test_without_a_secret_nothing_verifies_and_the_answer_is_a_503(secret: str) -> None:
    services, queue, _ = receiving(secret=secret)
    for key in ("", "unset", secret):
        assert accept(request(check_suite(), secret=key), services) == UNAVAILABLE
    assert len(queue) == 0


def test_a_secret_that_does_not_exist_is_a_503() -> None:
    services, _, source = receiving()
    source.values.clear()
    assert accept(request(check_suite()), services) == UNAVAILABLE


def test_a_placeholder_among_the_secrets_verifies_nothing() -> None:
    services, _, _ = receiving(secret=f"unset\n{SECRET}")
    assert accept(request(check_suite(), secret="unset"), services) == UNAUTHORIZED
    assert accept(request(check_suite()), services).status == 202


def test_a_secret_source_that_is_out_is_a_503() -> None:
    services, _, source = receiving()
    source.out = True
    assert accept(request(check_suite()), services) == UNAVAILABLE


def test_a_queue_that_is_out_is_a_503_and_nothing_is_accepted() -> None:
    services, queue, _ = receiving()
    queue.out = True
    assert accept(request(check_suite()), services) == UNAVAILABLE
    assert len(queue) == 0


def test_an_unexpected_error_of_the_queue_is_a_503_without_its_text() -> None:
    lines = Lines()
    services, _, _ = receiving(queue=BrokenQueue(Clock().seconds), lines=lines)
    assert accept(request(check_suite()), services) == UNAVAILABLE
    assert lines.lines == [
        {
            "severity": "ERROR",
            "step": "accept",
            "outcome": "unavailable",
            "status": 503,
            "reason": "unexpected RuntimeError",
            "ms": lines.lines[0]["ms"],
            "signature": "github::check_suite",
            "delivery": DELIVERY,
        }
    ]


def test_a_queue_that_is_out_does_not_keep_a_ping_from_its_answer() -> None:
    services, queue, _ = receiving()
    queue.out = True
    assert accept(request({}, "ping"), services).status == 200


def rotating() -> tuple[WebhookServices, Clock, MemorySecrets]:
    clock = Clock()
    source = MemorySecrets({WEBHOOK_SECRET: "old"})
    cache = SecretsCache(source, monotonic=clock.seconds)
    return WebhookServices(WebhookSettings(), cache, MemoryQueue(clock.seconds), clock, Lines().log), clock, source


def test_a_rotated_secret_is_picked_up_at_once_on_a_mismatch() -> None:
    services, _, source = rotating()
    before = accept(request(check_suite(), secret="old"), services)
    source.values[WEBHOOK_SECRET] = "new"
    after = accept(request(check_suite(), secret="new"), services)
    assert (before.status, after.status, source.asked) == (202, 202, 2)


def test_the_retired_secret_no_longer_verifies_once_the_new_one_was_seen() -> None:
    services, _, source = rotating()
    accept(request(check_suite(), secret="old"), services)
    source.values[WEBHOOK_SECRET] = "new"
    accept(request(check_suite(), secret="new"), services)
    assert accept(request(check_suite(), secret="old"), services) == UNAUTHORIZED


def test_wrong_signatures_ask_for_the_secret_at_most_every_30_seconds() -> None:
    services, clock, source = rotating()
    asked = []
    for pause in (0, 0, 29.9, 0.1, 0, 30):
        clock.move(pause)
        assert accept(request(check_suite(), secret="wrong"), services) == UNAUTHORIZED
        asked.append(source.asked)
    assert asked == [2, 2, 2, 3, 3, 4]


def test_a_request_without_a_signature_never_refreshes_the_secret() -> None:
    services, _, source = rotating()
    for _ in range(3):
        assert accept(request(check_suite(), x_hub_signature_256=""), services) == UNAUTHORIZED
    assert source.asked == 1


def test_a_source_that_is_out_on_a_mismatch_leaves_a_401() -> None:
    services, _, source = rotating()
    accept(request(check_suite(), secret="old"), services)
    source.out = True
    assert accept(request(check_suite(), secret="wrong"), services) == UNAUTHORIZED


def test_deliveries_that_arrive_together_after_a_rotation_are_all_accepted() -> None:
    services, clock, source = rotating()
    accept(request(check_suite(), secret="old"), services)
    source.values[WEBHOOK_SECRET] = "new"
    both_hold_the_old_one = threading.Barrier(2)

    def now() -> int:
        both_hold_the_old_one.wait(PATIENCE)
        return clock()

    answers: list[int] = []
    waiting = services._replace(now=now)
    threads = [
        threading.Thread(target=lambda: answers.append(accept(request(check_suite(), secret="new"), waiting).status))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert answers == [202, 202]


def log_lines(sent: Request) -> list[dict[str, Any]]:
    lines = Lines()
    services, _, _ = receiving(lines=lines)
    accept(sent, services)
    for line in lines.lines:
        assert type(line.pop("ms")) is float
    return lines.lines


def test_an_accepted_request_is_one_line_of_the_log() -> None:
    assert log_lines(request(check_suite(), x_github_hook_id="292430182")) == [
        {
            "severity": "INFO",
            "step": "accept",
            "outcome": "accepted",
            "signature": "github::check_suite",
            "delivery": DELIVERY,
            "hook": "292430182",
        }
    ]


def test_an_ignored_request_is_one_line_of_the_log_with_its_reason() -> None:
    assert log_lines(request({}, "star")) == [
        {
            "severity": "INFO",
            "step": "accept",
            "outcome": "ignored",
            "reason": "no metric listens to github::star",
            "signature": "github::star",
            "delivery": DELIVERY,
        }
    ]


def test_a_ping_is_one_line_of_the_log() -> None:
    line = {"severity": "INFO", "step": "accept", "outcome": "pong", "signature": "github::ping", "delivery": DELIVERY}
    assert log_lines(request({}, "ping")) == [line]


def test_an_unsigned_request_is_one_line_of_the_log_with_its_reason() -> None:
    assert log_lines(request(check_suite(), secret="wrong")) == [
        {
            "severity": "INFO",
            "step": "accept",
            "outcome": "rejected",
            "status": 401,
            "reason": "the signature does not verify",
            "event": "check_suite",
            "delivery": DELIVERY,
        }
    ]


def test_a_verified_request_that_is_no_event_logs_its_delivery() -> None:
    lines = log_lines(request(b"{"))
    assert [(line["status"], line.get("delivery")) for line in lines] == [(400, DELIVERY)]


@pytest.mark.parametrize("hook", ["", "a1", "1 2", "-1", "1" * 21, "٣", "1\n", "²"])
def test_a_hook_id_that_is_no_number_is_not_logged(hook: str) -> None:
    assert ["hook" in line for line in log_lines(request(check_suite(), x_github_hook_id=hook))] == [False]


SENTINEL = "zebra-in-a-header"


@pytest.mark.parametrize(
    "sent",
    [
        request(check_suite(note="zebra-in-a-body", title="zebra-in-a-body"), x_odd=SENTINEL),
        request({"zen": "zebra-in-a-body"}, "ping", x_odd=SENTINEL),
        request({"note": "zebra-in-a-body"}, "star", user_agent=SENTINEL),
        request(check_suite(note="zebra-in-a-body"), x_odd=SENTINEL, delivery=f"{SENTINEL} {SENTINEL}"),
        request(check_suite(note="zebra-in-a-body"), x_github_hook_id=SENTINEL),
        request(check_suite(note="zebra-in-a-body"), f"{SENTINEL} {SENTINEL}"),
        request(check_suite(note="zebra-in-a-body"), secret="zebra-wrong", x_odd=SENTINEL, delivery=SENTINEL + "!"),
        request(check_suite(note="zebra-in-a-body"), x_hub_signature_256=f"sha256={SENTINEL}"),
        request(b"zebra-in-a-body", x_odd=SENTINEL),
        request(b'["zebra-in-a-body"]', content_type=SENTINEL),
        request(b"zebra-in-a-body=1", content_type="application/x-www-form-urlencoded", x_odd=SENTINEL),
        request(new_tag("zebra-in-a-body"), "create", x_odd=SENTINEL),
    ],
)
@pytest.mark.parametrize("fault", ["none", "queue-out", "queue-broken", "secrets-out", "queue-small"])
def test_no_secret_signature_body_or_header_value_is_ever_logged_or_echoed(sent: Request, fault: str) -> None:
    lines, clock = Lines(), Clock()
    queue = (BrokenQueue if fault == "queue-broken" else MemoryQueue)(
        clock.seconds, limit=10 if fault == "queue-small" else 100_000
    )
    services, _, source = receiving(lines=lines, queue=queue)
    queue.out = fault == "queue-out"
    source.out = fault == "secrets-out"
    response = accept(sent, services)
    text = str(lines) + json.dumps(response.body) + json.dumps(dict(response.headers))
    digest = sign(sent.body, SECRET).removeprefix("sha256=")
    signature = sent.headers["x-hub-signature-256"].removeprefix("sha256=")
    encoded = base64.b64encode(SECRET.encode()).decode()
    assert len(lines.lines) == 1
    assert [bad for bad in ("zebra", SECRET, encoded, digest, signature) if bad in text] == []


def test_processing_stores_what_was_accepted() -> None:
    store = RecordingStore()
    outcomes = process([signed("github::check_suite", check_suite())], processing(store, ScriptedGitHub()))
    assert [(outcome.result, outcome.records) for outcome in outcomes] == [("stored", 1)]
    assert list(store.records()) == [
        "octo-org/Hello-World/check-suite/2026-11-24/118578147-1795497000000.json",
    ]


def test_processing_skips_events_of_the_data_repository_in_their_places() -> None:
    ours = check_suite(repository=repository("ACME", "data"))
    events = [signed("github::check_suite", payload) for payload in (check_suite(id=1), ours, check_suite(id=2))]
    store = RecordingStore()
    outcomes = process(events, processing(store, ScriptedGitHub(), repo_owner="acme", repo_name="DATA"))
    assert [(outcome.event, outcome.result, outcome.reason) for outcome in outcomes] == [
        (events[0], "stored", None),
        (events[1], "skipped", "an event of the data repository"),
        (events[2], "stored", None),
    ]


def test_processing_nothing_writes_nothing() -> None:
    store = RecordingStore()
    assert process([], processing(store, ScriptedGitHub())) == []
    assert store.writes == []


@pytest.mark.parametrize("name", [".lock", ".tmp-files", ".github", "-", "..a", "a.git"])
def test_any_repository_name_of_github_can_be_stored_in_a_folder(name: str, tmp_path: Any) -> None:
    event = signed("github::check_suite", check_suite(repository=repository(name=name)))
    outcomes = process([event], processing(DirectoryStore(tmp_path), ScriptedGitHub()))
    assert [(outcome.result, outcome.reason) for outcome in outcomes] == [("stored", None)]


def test_the_time_of_receipt_is_the_clock_s() -> None:
    services, queue, _ = receiving()
    accept(request(check_suite()), services)
    assert [message.decode(received.body).received_at for received in queue.receive()] == [NOW]


def test_a_secret_in_a_header_is_reported_without_its_value() -> None:
    lines = Lines()
    services, queue, _ = receiving(lines=lines)
    response = accept(request(check_suite(), x_github_encoded_secret="c2VjcmV0"), services)
    assert (response.status, len(queue)) == (202, 1)
    assert [line["outcome"] for line in lines.lines] == ["secret-leaked", "accepted"]
    assert lines.lines[0]["severity"] == "ERROR"
    assert "c2VjcmV0" not in str(lines)


def test_an_unknown_header_raises_no_alarm() -> None:
    lines = Lines()
    services, _, _ = receiving(lines=lines)
    accept(request(check_suite(), secret="another", x_github_encoded_secret="c2VjcmV0"), services)
    assert [line["outcome"] for line in lines.lines] == ["rejected"]
