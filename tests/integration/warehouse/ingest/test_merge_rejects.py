from datetime import datetime
from typing import Any

import pytest

from core.stores.folder_reader import LONGEST
from tests.builders import NOW
from tests.unit.warehouse.record_factory import (
    DAY,
    METRICS,
    Files,
    database,
    dumped,
    files,
    merged,
    one,
    record,
    rejects,
    text,
)
from warehouse.database import open_database
from warehouse.ingest.merge import Merged

REVIEW, JOB, SUITE = record("review"), record("workflow-job"), record("check-suite")
GOOD = text(REVIEW)
AHEAD = NOW + DAY + 1


CASES = [
    (b"", "not JSON"),
    (GOOD[:200], "not JSON"),
    (GOOD + GOOD, "not JSON"),
    (b"\xef\xbb\xbf" + GOOD, "not JSON"),
    (GOOD.replace(b"approved", b"\xff"), "not UTF-8"),
    (b"[" + GOOD + b"]", "not an object"),
    (b"null", "not an object"),
    (b"7", "not an object"),
    (b'"review"', "not an object"),
    (b"{}", "no record: it has no created_at"),
    (b'{"name":"left-pad","version":"1.0.0"}', "no record: it has no created_at"),
    (text(REVIEW, output=None), "no record: it has no output"),
    (text(REVIEW, id=...), "no record: it has no id"),
    (text(REVIEW, schema=...), "no record: it has no schema"),
    (text(REVIEW, schema=3), "schema: 3 is unknown, this version reads 1 and 2"),
    (text(REVIEW, status="perhaps"), "status: 'perhaps' is unknown"),
    (text(REVIEW, metric_signature="mood"), "metric_signature: 'mood' is unknown"),
    (text(REVIEW, owner=7), "owner: expected a string"),
    (text(REVIEW, created_at="2026-11-24T06:00:00Z"), "created_at: expected a whole number"),
    (text(REVIEW, created_at=True), "created_at: expected a whole number"),
    (text(REVIEW, anomalies="none"), "anomalies: expected a list"),
    (text(REVIEW, anomalies=[7]), "anomalies[]: expected a string"),
    (text(REVIEW, id="octo-org/other/review/237895671"), "id: not of this owner, repo and metric"),
    (text(REVIEW, id="octo-org/hello-world/review/"), "id: not of this owner, repo and metric"),
    (text(REVIEW, output=[]), "output: expected an object"),
    (text(REVIEW, output__id="237895671"), "output.id: expected a whole number"),
    (text(REVIEW, output__id=1.5), "output.id: expected a whole number"),
    (text(REVIEW, output__id=2**63), "output.id: too large a number"),
    (text(REVIEW, output__id=2**64), "output.id: expected a whole number"),
    (text(REVIEW, output__id=-1), "output.id: a negative number"),
    (text(REVIEW, output__is_bot="no"), "output.is_bot: expected a boolean"),
    (text(REVIEW, output__submitted_at="yesterday"), "output.submitted_at: expected a time (UNIX ms)"),
    (text(REVIEW, output__submitted_at=AHEAD), "output.submitted_at: in the future"),
    (text(REVIEW, created_at=AHEAD), "created_at: in the future"),
    (text(REVIEW, created_at=-1), "created_at: a negative number"),
    (text(REVIEW, repository_id=-7), "repository_id: a negative number"),
    (text(REVIEW, x="y" * LONGEST), f"longer than {LONGEST:,} bytes"),
    (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    (text(REVIEW, x="@").replace(b'"@"', b"9" * 5_000), "a number is too long"),
    (text(JOB, output__steps={}), "output.steps: expected a list"),
    (text(JOB, output__steps=[{"number": 1}, 7]), "output.steps[]: expected an object, with fields"),
    (text(JOB, output__duration=-1).replace(b'"steps":', b'"steps":7,"steps":'), "output.steps: expected a list"),
    (text(JOB, output__duration=-1)[:-2] + b',"output":{},"output":7}', "a key is there twice"),
    (text(JOB, output__steps=[7]), "output.steps[]: expected an object"),
    (text(JOB, output__steps=[{"name": 7}]), "output.steps[].name: expected a string"),
    (text(JOB, output__steps=[{"number": -7}]), "output.steps[].number: a negative number"),
    (text(SUITE, output__pull_requests=[{"id": 1}, {"id": "2"}]), "output.pull_requests[].id: expected a whole number"),
    (text(SUITE, output__updated_at=AHEAD), "output.updated_at: in the future"),
]


@pytest.fixture(scope="module")
def judged() -> dict[str, str]:
    """Return the rejects of all cases, each in a file named by its number, among valid records."""
    with database({**files(REVIEW), **{f"{n}.json": content for n, (content, _) in enumerate(CASES)}}) as connection:
        return rejects(connection)


@pytest.mark.parametrize(("number", "reason"), [(n, reason) for n, (_, reason) in enumerate(CASES)])
def test_what_is_no_record_is_a_reject_with_its_reason(judged: dict[str, str], number: int, reason: str) -> None:
    assert judged[f"{number}.json"] == reason


@pytest.mark.parametrize(("content", "reason"), CASES[::7])
def test_what_lies_in_the_folder_of_its_metric_is_judged_alike(content: bytes, reason: str) -> None:
    with database({REVIEW.path: content}) as connection:
        assert rejects(connection) == {REVIEW.path: reason}


def test_bad_files_do_not_affect_records() -> None:
    good = files(*map(record, METRICS))
    bad = {"bad.json": GOOD[:100], "octo-org/x/review/bad.json": b"{}", "octo-org/x/workflow-job/bad.json": b"\xff"}
    with database({**good, **bad}) as connection, database(good) as alone:
        assert set(rejects(connection)) == set(bad)
        assert {**dumped(connection), "main.rejects": []} == dumped(alone)


def test_a_reject_says_where_it_lies_and_when_it_was_read() -> None:
    with database({"data/bad.json": b"{"}, root="data/", name="there") as connection:
        assert one(connection, "FROM rejects") == ("there", "bad.json", "not JSON", datetime(2026, 11, 24, 6))


def test_a_corrected_file_is_no_longer_a_reject() -> None:
    store = Files({REVIEW.path: GOOD[:100]})
    with database(store) as connection:
        assert rejects(connection) == {REVIEW.path: "not JSON"}
        store.put({REVIEW.path: GOOD})
        assert merged(connection, store) == Merged(1, 0, 1)
        assert rejects(connection) == {}


def test_a_reject_of_another_source_stays() -> None:
    with database({REVIEW.path: b"{"}, name="a") as connection:
        merged(connection, {REVIEW.path: GOOD}, name="b")
        assert connection.execute("SELECT source FROM rejects").fetchall() == [("a",)]


def test_a_record_that_becomes_broken_is_a_reject_and_what_was_known_stays() -> None:
    store = Files({REVIEW.path: GOOD})
    with database(store) as connection:
        store.put({REVIEW.path: b"{"})
        assert merged(connection, store) == Merged(1, 1, 0)
        assert (rejects(connection), one(connection, "SELECT id FROM review")) == (
            {REVIEW.path: "not JSON"},
            (237895671,),
        )


@pytest.mark.parametrize("field", ["created_at", "output__submitted_at"])
def test_a_future_record_is_merged_once_its_time_has_passed(field: str) -> None:
    changes: dict[str, Any] = {field: AHEAD}
    store = Files({REVIEW.path: text(REVIEW, **changes)})
    with database(store) as connection:
        assert merged(connection, store) == Merged(1, 1, 0)
        assert merged(connection, store, now=NOW + DAY) == Merged(1, 0, 1)
        assert merged(connection, store, now=NOW + DAY) == Merged(0, 0, 0)
        assert rejects(connection) == {}


def test_a_clock_may_be_a_day_ahead() -> None:
    with database({REVIEW.path: text(REVIEW, created_at=NOW + DAY)}) as connection:
        assert rejects(connection) == {}


def test_a_future_record_does_not_block_the_current_one() -> None:
    contents = {
        **files(REVIEW),
        "octo-org/hello-world/review/2099-01-01/1.json": text(REVIEW, created_at=4_070_908_800_000),
    }
    with database(contents) as connection:
        assert one(connection, "SELECT received_at FROM review") == (datetime(2026, 11, 24, 6),)


def test_a_commit_may_name_any_time() -> None:
    event_record = record("commits-per-pr")
    late = [{"authored": 4_070_908_800_000, "committed": None}]
    contents = {event_record.path: text(event_record, output__commits={"amount": 1, "commit_timestamps": late})}
    with database(contents) as connection:
        assert one(connection, "SELECT commits.commit_timestamps[1].authored FROM commits_per_pr") == (
            datetime(2099, 1, 1),
        )


@pytest.mark.parametrize(
    ("changes", "column", "anomaly"),
    [
        ({"output__duration": -1}, "duration", "negative_duration"),
        ({"output__started_at": -62_135_596_800_000}, "started_at", "impossible_time"),
        ({"output__started_at": 253_402_300_800_000}, "started_at", "impossible_time"),
        ({"output__steps": [{"number": 1, "duration": -5}]}, "steps[1].duration", "negative_duration"),
        ({"output__steps": [{"number": 1, "started_at": -5}]}, "steps[1].started_at", "impossible_time"),
        ({"output__steps": [{"started_at": -5}, {"started_at": NOW}]}, "steps[1].started_at", "impossible_time"),
    ],
)
def test_a_negative_duration_and_an_invalid_time_are_null_with_anomalies(
    changes: dict[str, Any], column: str, anomaly: str
) -> None:
    with database({JOB.path: text(JOB, **changes)}) as connection:
        assert one(connection, f"SELECT {column}, anomalies FROM workflow_job") == (None, [anomaly])


def test_a_path_that_is_no_utf_8_is_a_reject() -> None:
    with database({"octo-org/\udcff.json": GOOD}) as connection:
        assert rejects(connection) == {"octo-org/\\udcff.json": "not UTF-8"}


def test_reading_from_the_beginning_validates_all_rejects_again() -> None:
    store = Files({"a.json": b"{"})
    with open_database(":memory:") as connection:
        merged(connection, store)
        connection.execute("UPDATE sources SET cursor = NULL")
        merged(connection, Files({"b.json": b"{"}))
        assert rejects(connection) == {"b.json": "not JSON"}
