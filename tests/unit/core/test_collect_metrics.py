from typing import Any

import pytest

from core.collect_metrics import FIRST_READS, YOUNG_FOR, Collected, collect_all, collect_metrics, is_young
from core.errors import (
    MalformedPayload,
    NotAvailable,
    NotFound,
    OutOfTime,
    PermanentError,
    SecretMissing,
    TransientReadError,
    Unavailable,
)
from core.events import EnhancedTriggerEvent, Record
from core.services import WorkerServices
from tests.builders import NOW, Lines, processing, signed, webhook
from tests.unit.core.recording import (
    COMMITS,
    DELIVERY,
    FILES,
    RecordingStore,
    ScriptedGitHub,
    check_suite,
    new_tag,
    pull_request,
    repository,
    snapshot,
)

MERGED = signed("github::pull_request", pull_request())
FINE: dict[str, list[Any]] = {COMMITS: [[]], FILES: [[]]}


def services(**answers: Any) -> WorkerServices:
    return processing(RecordingStore(), ScriptedGitHub({**FINE, **answers}))


def reading(commits: Any = (), files: Any = ()) -> WorkerServices:
    return processing(RecordingStore(), ScriptedGitHub({COMMITS: [commits], FILES: [files]}))


def metrics_of(collected: Collected) -> list[str]:
    return [record.event.metric_signature for record in collected.records]


def test_a_record_has_every_field_of_the_published_table() -> None:
    event = signed("github::create", new_tag(), collected_by="recovery", delivery_id="d-1")
    github = ScriptedGitHub({"query ReleaseTag": [NotAvailable("no GraphQL")]})
    collected = collect_metrics(event, processing(RecordingStore(), github))
    unknown = dict.fromkeys(("sha", "committed_at", "tagged_at", "previous", "comparison_status", "changes"))
    version = {
        "raw": "1.2.3",
        "major": 1,
        "minor": 2,
        "patch": 3,
        "prerelease": [],
        "build": [],
        "version": "1.2.3",
    }
    record = EnhancedTriggerEvent(
        created_at=NOW,
        owner="octo-org",
        repo="Hello-World",
        trigger_event_signature="github::create",
        metric_signature="release-versions",
        status="success",
        output={"release_version": version, "prefix": "", **unknown},
        id="octo-org/Hello-World/release-versions/v1.2.3",
        repository_id=1296269,
        github_host="github.com",
        schema=2,
        delivery_id="d-1",
        collected_by="recovery",
        anomalies=["tag_not_available"],
    )
    path = "octo-org/Hello-World/release-versions/v1.2.3.json"
    assert collected == Collected(event, (Record(path, record),), None, None)


def test_an_event_without_a_host_is_of_the_host_whose_api_is_read() -> None:
    event = signed("deven::tooling-usage", snapshot())
    github = ScriptedGitHub({"octo-org/Hello-World/deven-skeleton-install.config.json@": [None]})
    services = processing(RecordingStore(), github, github_api_url="https://ghes.example.com/api/v3")
    assert [record.event.github_host for record in collect_metrics(event, services).records] == ["ghes.example.com"]


def test_every_metric_of_an_event_is_collected() -> None:
    collected = collect_metrics(MERGED, services())
    assert (metrics_of(collected), collected.failure, collected.skipped) == (
        ["code-review-involvement", "commits-per-pr", "documentation-updated"],
        None,
        None,
    )


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (TransientReadError("GET: 502", 7), TransientReadError, "GET: 502"),
        (Unavailable("token out", 8), Unavailable, "token out"),
        (SecretMissing("no token"), SecretMissing, "no token"),
        (PermanentError("GET: 404"), PermanentError, "commits-per-pr: GET: 404"),
        (MalformedPayload("a.b: wrong"), PermanentError, "commits-per-pr: a.b: wrong"),
        (KeyError("zebra"), PermanentError, "commits-per-pr: unexpected KeyError"),
        (ZeroDivisionError("zebra"), PermanentError, "commits-per-pr: unexpected ZeroDivisionError"),
        (RecursionError("zebra"), PermanentError, "commits-per-pr: unexpected RecursionError"),
    ],
)
def test_one_metric_s_failure_leaves_its_siblings_records(error: Exception, kind: type, reason: str) -> None:
    collected = collect_metrics(MERGED, reading(commits=error))
    assert metrics_of(collected) == ["code-review-involvement", "documentation-updated"]
    assert (type(collected.failure), str(collected.failure)) == (kind, reason)


@pytest.mark.parametrize("error", [TransientReadError("x", 7), Unavailable("x", 7)])
def test_the_delay_of_a_transient_failure_is_kept(error: TransientReadError | Unavailable) -> None:
    assert collect_metrics(MERGED, reading(commits=error)).failure is error


READ, OUT, NEVER = TransientReadError("read"), Unavailable("out"), PermanentError("never")


@pytest.mark.parametrize(
    ("commits", "files", "expected"),
    [
        (READ, OUT, "read"),
        (OUT, READ, "read"),
        (READ, NEVER, "read"),
        (NEVER, READ, "read"),
        (OUT, NEVER, "out"),
        (NEVER, OUT, "out"),
        (NEVER, NEVER, "commits-per-pr: never; documentation-updated: never"),
    ],
)
def test_of_several_failures_a_failed_read_counts_first_and_then_an_outage(
    commits: Exception, files: Exception, expected: str
) -> None:
    collected = collect_metrics(MERGED, reading(commits, files))
    assert (metrics_of(collected), str(collected.failure)) == (["code-review-involvement"], expected)


def test_the_fifth_failed_read_becomes_a_partial_record() -> None:
    event = MERGED._replace(failed_reads=4)
    collected = collect_metrics(event, reading(commits=TransientReadError("GET: 502")))
    folder = "octo-org/Hello-World"
    assert [(record.path, record.event.status) for record in collected.records] == [
        (f"{folder}/code-review-involvement/2026-11-24/279147437-1795496400000.json", "success"),
        (f"{folder}/commits-per-pr/2026-11-24/279147437-1795496400000.partial.json", "networkError"),
        (f"{folder}/documentation-updated/2026-11-24/279147437-1795496400000.json", "success"),
    ]
    assert collected.records[1].event.output["commits"] is None
    assert collected.failure is None


def test_the_fourth_failed_read_is_no_record_yet() -> None:
    event = MERGED._replace(failed_reads=3)
    collected = collect_metrics(event, reading(commits=TransientReadError("GET: 502")))
    assert metrics_of(collected) == ["code-review-involvement", "documentation-updated"]
    assert isinstance(collected.failure, TransientReadError)


@pytest.mark.parametrize(
    ("collected_by", "failed_reads", "age", "expected"),
    [
        ("webhook", 0, 0, True),
        ("webhook", FIRST_READS, YOUNG_FOR - 1, True),
        ("webhook", FIRST_READS, YOUNG_FOR, False),
        ("webhook", 3, 0, True),
        ("webhook", 4, 0, False),
        ("webhook", FIRST_READS - 1, 100 * YOUNG_FOR, True),
        ("schedule", FIRST_READS, YOUNG_FOR - 1, True),
        ("recovery", FIRST_READS - 1, 0, True),
        ("recovery", FIRST_READS, 0, False),
        ("backfill", 0, 0, False),
    ],
)
def test_an_event_is_young_by_its_age_and_its_failed_reads(
    collected_by: str, failed_reads: int, age: int, expected: object
) -> None:
    event = MERGED._replace(collected_by=collected_by, failed_reads=failed_reads)
    assert is_young(event, event.received_at + age) is expected


def test_a_404_of_a_young_event_is_a_failed_read() -> None:
    collected = collect_metrics(MERGED, reading(files=NotFound("GET: 404")))
    assert metrics_of(collected) == ["code-review-involvement", "commits-per-pr"]
    assert (type(collected.failure), str(collected.failure)) == (TransientReadError, "GET: 404, which may pass")


def test_a_404_that_lasts_is_final() -> None:
    event = MERGED._replace(failed_reads=FIRST_READS, received_at=NOW - YOUNG_FOR)
    collected = collect_metrics(event, reading(files=NotFound("GET: 404")))
    assert metrics_of(collected) == ["code-review-involvement", "commits-per-pr"]
    assert (type(collected.failure), str(collected.failure)) == (PermanentError, "documentation-updated: GET: 404")


def test_the_fifth_404_of_an_event_is_final_and_stores_no_nulls() -> None:
    collected = collect_metrics(MERGED._replace(failed_reads=4), reading(files=NotFound("GET: 404")))
    assert metrics_of(collected) == ["code-review-involvement", "commits-per-pr"]
    assert isinstance(collected.failure, PermanentError)


@pytest.mark.parametrize("error", [Unavailable("token out"), PermanentError("GET: 404"), KeyError("x")])
def test_only_a_failed_read_ever_becomes_a_partial_record(error: Exception) -> None:
    collected = collect_metrics(MERGED._replace(failed_reads=9), reading(commits=error))
    assert {record.event.status for record in collected.records} == {"success"}
    assert collected.failure is not None


@pytest.mark.parametrize(
    "event",
    [
        signed("github::check_suite", check_suite(action="requested")),
        MERGED._replace(trigger_event_signature="github::star"),
    ],
)
def test_an_event_to_which_no_metric_applies_is_skipped(event: Any) -> None:
    assert collect_metrics(event, services()) == Collected(event, (), None, "no metric applies")


def test_what_the_settings_do_not_choose_is_skipped() -> None:
    event = signed("github::issues", webhook("issues"))
    chosen, other = (processing(RecordingStore(), None, incident_labels=label) for label in ("Incident", "outage"))
    assert metrics_of(collect_metrics(event, chosen)) == ["incident"]
    assert collect_metrics(event, other) == Collected(event, (), None, "no metric applies")


@pytest.mark.parametrize(
    "payload", [{"action": "completed"}, check_suite(repository=repository("..")), check_suite(check_suite=[])]
)
def test_a_malformed_payload_is_a_failure_that_names_its_metric(payload: Any) -> None:
    collected = collect_metrics(signed("github::check_suite", payload), services())
    assert collected.records == ()
    assert isinstance(collected.failure, PermanentError)
    assert str(collected.failure).startswith("check-suite: ")


def test_many_events_keep_their_order() -> None:
    events = [signed("github::check_suite", check_suite(id=n)) for n in range(40)]
    collected = collect_all(events, services())
    assert [(result.event, result.records[0].event.output["id"]) for result in collected] == [
        (event, n) for n, event in enumerate(events)
    ]


def test_no_events_are_no_records() -> None:
    assert collect_all([], services()) == []


def test_a_collected_event_is_one_line_of_the_log() -> None:
    lines = Lines()
    github = ScriptedGitHub({COMMITS: [TransientReadError("GET: 502")], FILES: [KeyError("zebra")]})
    collect_metrics(MERGED, processing(RecordingStore(), github, lines=lines))
    assert lines.lines == [
        {
            "severity": "WARNING",
            "step": "collect",
            "outcome": "read-failed",
            "delivery": DELIVERY,
            "signature": "github::pull_request",
            "records": 1,
            "reason": "GET: 502; documentation-updated: unexpected KeyError",
            "ms": lines.lines[0]["ms"],
        }
    ]


def test_records_beyond_the_size_limit_are_left_for_the_next_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.collect_metrics.MOST_VALUES", 100_000)
    dates = {"author": {"date": "2026-11-20T00:00:00Z"}, "committer": {"date": "2026-11-20T00:00:00Z"}}
    collected = collect_all([MERGED] * 100, reading(commits=[{"commit": dates}] * 1000))
    done = [result for result in collected if result.failure is None]
    assert 7 <= len(done) <= 7 + 8  # the eighth passes the limit; as many are under way
    assert {str(result.failure) for result in collected if isinstance(result.failure, OutOfTime)} == {
        "the records of the batch are too large for another"
    }
    assert len(collected) == 100
