import json
from typing import Any

import pytest

from core.collect_metrics import Collected, collect_metrics
from core.errors import Conflict, NotAvailable, PermanentError, TransientReadError, Unavailable
from core.events import EnhancedTriggerEvent
from core.services import WorkerServices
from core.store_data import Outcome, store_data
from tests.builders import Clock, processing, signed
from tests.unit.core.recording import DELIVERY, RecordingStore, ScriptedGitHub, check_suite, new_tag

GITHUB = ScriptedGitHub()
FOLDER = "octo-org/Hello-World/check-suite/2026-11-24"


def suite(id: int, **changes: Any) -> Collected:
    event = signed("github::check_suite", check_suite(id=id, **changes), delivery_id=f"delivery-{id}")
    return collect_metrics(event, processing(RecordingStore(), GITHUB))


def suites(count: int) -> list[Collected]:
    return [suite(n) for n in range(count)]


def path(id: int) -> str:
    return f"{FOLDER}/{id}-1795497000000.json"


def poisoned(id: int = 99) -> Collected:
    return suite(id)._replace(records=(), failure=PermanentError("check-suite: bad"))


def run(batch: list[Collected], services: WorkerServices) -> tuple[list[Outcome], list[float]]:
    pauses: list[float] = []
    return store_data(batch, services, pauses.append), pauses


def results(outcomes: list[Outcome]) -> list[tuple[str, int, str | None]]:
    return [(outcome.result, outcome.records, outcome.reason) for outcome in outcomes]


def test_a_record_is_one_line_of_compact_json_in_the_table_s_order() -> None:
    store = RecordingStore()
    github = ScriptedGitHub({"query ReleaseTag": [NotAvailable("no GraphQL")]})
    tag = collect_metrics(signed("github::create", new_tag()), processing(store, github))
    run([tag], processing(store, GITHUB))
    text = store.files["octo-org/Hello-World/release-versions/v1.2.3.json"].decode()
    assert text == (
        '{"created_at":1795500000000,"owner":"octo-org","repo":"Hello-World",'
        '"trigger_event_signature":"github::create","metric_signature":"release-versions","status":"success",'
        '"output":{"release_version":{"raw":"1.2.3","major":1,"minor":2,"patch":3,"prerelease":[],"build":[],'
        '"version":"1.2.3"},"prefix":"","sha":null,"committed_at":null,"tagged_at":null,"previous":null,'
        '"comparison_status":null,"changes":null},"id":"octo-org/Hello-World/release-versions/v1.2.3",'
        '"repository_id":1296269,"github_host":"github.com","schema":2,'
        f'"delivery_id":"{DELIVERY}","collected_by":"webhook","anomalies":["tag_not_available"]}}\n'
    )
    assert tuple(json.loads(text)) == EnhancedTriggerEvent._fields


def test_a_lone_surrogate_in_a_payload_is_stored_escaped() -> None:
    store = RecordingStore()
    suite_with_surrogate = check_suite()
    suite_with_surrogate["check_suite"]["head_branch"] = "é\ud800"
    collected = collect_metrics(signed("github::check_suite", suite_with_surrogate), processing(store, GITHUB))
    outcomes, _ = run([collected], processing(store, GITHUB))
    assert results(outcomes) == [("stored", 1, None)]
    assert b'"head_branch":"\\u00e9\\ud800"' in store.files[path(118578147)]


def test_many_events_are_one_write_with_one_receipt() -> None:
    store = RecordingStore()
    outcomes, pauses = run(suites(30), processing(store, GITHUB))
    assert [len(write) for write in store.writes] == [31]
    assert store.messages == ["Store 30 events"]
    assert results(outcomes) == [("stored", 1, None)] * 30
    assert pauses == []


def test_a_receipt_has_a_line_with_outcome_and_record_ids_per_event() -> None:
    store = RecordingStore()
    skipped = suite(2, action="requested")
    run([suite(1), skipped, poisoned(3)], processing(store, GITHUB))
    fields = {"trigger_event_signature": "github::check_suite", "received_at": 1795500000000, "collected_by": "webhook"}
    ids = ["octo-org/Hello-World/check-suite/1-1795497000000"]
    receipts = store.receipts()
    digests = [receipt.pop("payload_sha256") for receipt in receipts]
    assert receipts == [
        {"delivery_id": "delivery-1", **fields, "outcome": "stored", "records": ids, **of("completed")},
        {
            "delivery_id": "delivery-2",
            **fields,
            "outcome": "skipped",
            "records": [],
            **of("requested"),
            "reason": "no metric applies",
        },
        {
            "delivery_id": "delivery-3",
            **fields,
            "outcome": "failed",
            "records": [],
            **of("completed"),
            "reason": "check-suite: bad",
        },
    ]
    assert [len(digest) for digest in set(digests)] == [64] * 3


def of(action: str) -> dict[str, Any]:
    """What a receipt says of the event beside its signature."""
    return {"action": action, "repository_id": 1296269}


def test_a_receipt_lies_in_the_folder_of_the_day_under_a_hash_of_its_lines() -> None:
    store = RecordingStore()
    run([suite(1)], processing(store, GITHUB))
    (receipt,) = store.list("_system/")
    folder, _, name = receipt.rpartition("/")
    assert folder == "_system/receipts/2026-11-24"
    assert name.removesuffix(".jsonl").isalnum()
    assert len(name) == len(".jsonl") + 32


def test_an_event_without_a_result_has_no_receipt() -> None:
    store = RecordingStore()
    waiting = suite(1)._replace(records=(), failure=TransientReadError("GET: 502"))
    outcomes, _ = run([waiting], processing(store, GITHUB))
    assert results(outcomes) == [("read-again", 0, "GET: 502")]
    assert store.writes == []


def test_a_retried_event_has_a_receipt_of_its_stored_records() -> None:
    store = RecordingStore()
    half = suite(1)._replace(failure=TransientReadError("GET: 502", 7))
    outcomes, _ = run([half], processing(store, GITHUB))
    assert outcomes == [Outcome(half.event, "read-again", 1, "GET: 502", 7)]
    assert [(line["outcome"], len(line["records"])) for line in store.receipts()] == [("read-again", 1)]


def test_the_same_batch_twice_writes_the_same_files() -> None:
    store, clock = RecordingStore(), Clock()
    for _ in range(2):
        run(suites(3), processing(store, GITHUB, clock=clock))
        clock.move(3600)
    assert store.writes[0] == store.writes[1]


def test_the_last_received_event_of_a_fact_is_stored_in_any_order() -> None:
    first = collect_metrics(
        signed("github::check_suite", check_suite(id=1), delivery_id="b", received_at=1),
        processing(RecordingStore(), GITHUB),
    )
    last = collect_metrics(
        signed("github::check_suite", check_suite(id=1), delivery_id="a", received_at=2),
        processing(RecordingStore(), GITHUB),
    )
    for batch in ([first, last], [last, first]):
        store = RecordingStore()
        run(batch, processing(store, GITHUB))
        assert json.loads(store.files[path(1)])["delivery_id"] == "a"


def test_every_path_begins_with_repo_path() -> None:
    store = RecordingStore()
    run([suite(1)], processing(store, GITHUB, repo_path="/data/telemetry/"))
    assert [
        name for name in store.files if not name.startswith(("data/telemetry/octo-org/", "data/telemetry/_system/"))
    ] == []
    assert len(store.files) == 2


@pytest.mark.parametrize("conflicts", [1, 3, 5])
def test_a_conflict_is_tried_again_with_growing_pauses(conflicts: int) -> None:
    store = RecordingStore()
    store.errors = [Conflict("faster")] * conflicts
    outcomes, pauses = run([suite(1)], processing(store, GITHUB))
    assert results(outcomes) == [("stored", 1, None)]
    assert len(pauses) == conflicts
    assert all(0.1 * 2**n <= pause <= 0.3 * 2**n for n, pause in enumerate(pauses))


@pytest.mark.parametrize("retries", [0, 1, 5])
def test_after_conflict_retries_the_batch_waits(retries: int) -> None:
    store = RecordingStore()
    store.errors = [Conflict("faster")] * (retries + 1)
    outcomes, pauses = run(suites(2), processing(store, GITHUB, conflict_retries=retries))
    assert results(outcomes) == [("waiting", 0, "faster")] * 2
    assert (len(pauses), store.errors, store.writes) == (retries, [], [])


def test_while_the_store_is_out_everything_waits_but_what_can_never_work() -> None:
    store = RecordingStore()
    store.out = Unavailable("the store is out", 9)
    unread = suite(2)._replace(records=(), failure=TransientReadError("GET: 502", 7))
    tokenless = suite(3)._replace(records=(), failure=Unavailable("token out", 8))
    skipped = suite(4, action="requested")
    half_poisoned = suite(5)._replace(failure=PermanentError("one metric: bad"))
    batch = [suite(1), unread, tokenless, skipped, half_poisoned, poisoned(6)]
    outcomes, pauses = run(batch, processing(store, GITHUB))
    assert outcomes == [
        Outcome(batch[0].event, "waiting", 0, "the store is out", 9),
        Outcome(unread.event, "read-again", 0, "GET: 502", 7),
        Outcome(tokenless.event, "waiting", 0, "the store is out", 9),
        Outcome(skipped.event, "waiting", 0, "the store is out", 9),
        Outcome(half_poisoned.event, "waiting", 0, "the store is out", 9),
        Outcome(batch[5].event, "failed", 0, "check-suite: bad", None),
    ]
    assert pauses == []


def test_an_outage_is_not_tried_again_at_once() -> None:
    store = RecordingStore()
    store.errors = [Unavailable("out")]
    outcomes, _ = run([suite(1)], processing(store, GITHUB))
    assert results(outcomes) == [("waiting", 0, "out")]


def test_a_token_that_is_out_makes_its_own_event_wait_and_no_other() -> None:
    store = RecordingStore()
    tokenless = suite(2)._replace(records=(), failure=Unavailable("token out", 8))
    outcomes, _ = run([suite(1), tokenless], processing(store, GITHUB))
    assert [(outcome.result, outcome.retry_after) for outcome in outcomes] == [("stored", None), ("waiting", 8)]
    assert [line["delivery_id"] for line in store.receipts()] == ["delivery-1"]


@pytest.mark.parametrize("culprit", range(7))
def test_an_unwritable_batch_is_bisected_to_the_failing_event(culprit: int) -> None:
    store = RecordingStore()
    store.cursed, store.curse = f"/{culprit}-", PermanentError("too large")
    outcomes, _ = run(suites(7), processing(store, GITHUB))
    expected: list[tuple[str, int, str | None]] = [("stored", 1, None)] * 7
    expected[culprit] = ("failed", 0, "too large")
    assert results(outcomes) == expected
    assert sorted(store.records()) == sorted(path(n) for n in range(7) if n != culprit)
    assert sorted(line["delivery_id"] for line in store.receipts()) == [
        f"delivery-{n}" for n in range(7) if n != culprit
    ]


def test_nothing_to_store_is_no_write() -> None:
    store = RecordingStore()
    assert run([], processing(store, GITHUB)) == ([], [])
    assert store.writes == []
