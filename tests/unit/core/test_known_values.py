import json
from typing import Any

import pytest

from core.known_values import keep_known
from core.payload import Json
from core.record_file import to_line

PATH = "o/r/m/2026-11-20/1.json"


def record(metric: str, output: Json, **more: Any) -> bytes:
    common = {"created_at": 1, "metric_signature": metric, "status": "success", "id": f"o/r/{metric}/1", "schema": 2}
    return to_line({**common, "output": output, "anomalies": [], **more})


def kept(metric: str, before: Json, after: Json, **more: Any) -> Json:
    output = json.loads(keep_known(PATH, record(metric, before), record(metric, after, **more)))["output"]
    assert isinstance(output, dict)
    return output


COMMIT = {"sha": "a" * 40, "pr_number": 12, "number_kind": "pull_request"}
UNKNOWN = {**COMMIT, "number_kind": None}
PREVIOUS = {"id": 1, "sha": "b" * 40}
OTHER = {"id": 2, "sha": "c" * 40}


def changes(*commits: Json) -> Json:
    return {"commits": list(commits), "truncated": False}


def test_what_only_the_stored_record_knows_stays() -> None:
    before = {"id": 1, "run_event": "push", "workflow_path": "ci.yml", "approval_wait": 5}
    after = {"id": 1, "run_event": None, "approval_wait": 6}
    assert kept("workflow-job", before, after) == {**before, "approval_wait": 6}


def test_a_null_and_an_unknown_value_are_filled_by_the_later_record() -> None:
    assert kept("workflow-job", {"id": 1, "run_event": None}, {"id": 1, "run_event": "push"})["run_event"] == "push"


def test_the_kind_of_a_number_stays_in_each_commit() -> None:
    status = {"previous": PREVIOUS, "changes": changes(COMMIT, {"sha": "d"}), "is_rollback": False}
    after = {**status, "changes": changes({"sha": "d"}, UNKNOWN)}
    assert kept("deployment-status", status, after)["changes"]["commits"] == [{"sha": "d"}, COMMIT]
    listed = {"commits": {"amount": 1, "commit_timestamps": [COMMIT]}}
    unknown = {"commits": {"amount": 1, "commit_timestamps": [UNKNOWN]}}
    assert kept("commits-per-pr", listed, unknown) == listed


def test_commits_without_a_sha_are_the_same_by_position_if_all_agree() -> None:
    def steps(*conclusions: str | None) -> Json:
        return {"steps": [{"number": n, "conclusion": conclusion} for n, conclusion in enumerate(conclusions)]}

    assert kept("workflow-job", steps("success", "failure"), steps(None, "failure")) == steps("success", "failure")
    assert kept("workflow-job", steps("success", "failure"), steps(None, "success")) == steps(None, "success")


def test_a_comparison_with_another_deployment_is_not_mixed_in() -> None:
    before = {"previous": PREVIOUS, "changes": changes(COMMIT), "is_rollback": True, "comparison_status": "behind"}
    after = {"previous": OTHER, "changes": None, "is_rollback": None, "comparison_status": None}
    assert kept("deployment-status", before, after) == after
    assert kept("deployment-status", before, {**after, "previous": None}) == before


def test_a_first_deployment_says_nothing_of_one_that_has_a_previous() -> None:
    before = {"previous": None, "changes": None, "is_rollback": False, "comparison_status": None}
    after = {"previous": OTHER, "changes": None, "is_rollback": None, "comparison_status": None}
    assert kept("deployment-status", before, after) == after
    assert kept("deployment-status", after, before) == after
    assert kept("deployment-status", {**after, "is_rollback": True}, before) == {**after, "is_rollback": True}


def test_what_a_tag_brought_before_it_was_moved_is_not_kept() -> None:
    before = {"sha": "a" * 40, "committed_at": 5, "previous": PREVIOUS, "changes": changes(COMMIT)}
    after = {"sha": "b" * 40, "committed_at": None, "previous": None, "changes": None}
    assert kept("release-versions", before, after) == after
    assert kept("release-versions", {**before, "tagged_at": 4}, {**after, "tagged_at": None})["tagged_at"] is None
    assert kept("release-versions", before, {**after, "sha": None}) == before


def test_an_object_about_another_thing_is_not_mixed_in() -> None:
    before, other = {"workflow_run": {"id": 1, "name": "ci"}}, {"workflow_run": {"id": 2, "name": None}}
    assert kept("deployment", before, other) == other
    assert kept("deployment", before, {"workflow_run": {"id": 1, "name": None}}) == before


def test_labels_that_changed_in_one_second_decide_the_severity() -> None:
    before = {"labels": ["incident"], "all_labels": ["incident", "sev1"], "severity": 1, "issue_type": "Bug"}
    after = {"labels": ["incident"], "all_labels": ["incident"], "severity": None, "issue_type": None}
    assert kept("incident", before, after) == {**after, "issue_type": "Bug"}


def test_an_incident_reopened_in_the_second_of_its_end_has_no_end() -> None:
    closed = {"action": "closed", "at": 7000, "closed_at": 7000, "state_reason": "completed"}
    reopened = {"action": "reopened", "at": 7000, "closed_at": None, "state_reason": None}
    assert kept("incident", closed, reopened) == reopened


def test_the_times_of_a_timeline_are_known_one_without_the_other() -> None:
    before = {"timeline": {"first_review_at": 1, "last_approval_at": 2}}
    after = {"timeline": {"first_review_at": None, "last_approval_at": 3}}
    assert kept("code-review-involvement", before, after) == {"timeline": {"first_review_at": 1, "last_approval_at": 3}}


def test_anomalies_are_those_of_the_values_that_are_kept() -> None:
    before = record("m", {"a": 1, "b": None}, anomalies=["no_b"])
    gone = record("m", {"a": None, "b": None}, anomalies=["no_a", "no_b"], created_at=9)
    merged = json.loads(keep_known(PATH, before, gone))
    assert (merged["anomalies"], merged["created_at"]) == (["no_b"], 9)
    other = record("m", {"a": None, "b": 2}, anomalies=["no_a"])
    assert json.loads(keep_known(PATH, before, other))["anomalies"] == ["no_b", "no_a"]


@pytest.mark.parametrize(("anomalies", "known"), [(5, []), ("no_b", []), ([{"no": "b"}, "no_b"], ["no_b"])])
def test_a_stored_record_with_odd_anomalies_stops_no_write(anomalies: object, known: list[str]) -> None:
    merged = keep_known(PATH, record("m", {"a": 1}, anomalies=anomalies), record("m", {"a": None}))
    assert json.loads(merged) | {"output": {"a": 1}, "anomalies": known} == json.loads(merged)


def test_a_stored_commit_with_an_odd_sha_stops_no_write() -> None:
    assert kept("comparison", {"changes": changes({"sha": [1]})}, {"changes": changes(COMMIT)})["changes"] == changes(
        COMMIT
    )


def test_a_record_that_was_received_earlier_only_fills_what_is_unknown() -> None:
    stored, late = record("m", {"a": 2, "b": None}, created_at=9), record("m", {"a": 1, "b": 3}, created_at=8)
    assert json.loads(keep_known(PATH, stored, late)) == json.loads(record("m", {"a": 2, "b": 3}, created_at=9))
    assert keep_known(PATH, stored, record("m", {"a": 1}, created_at=8)) == stored


@pytest.mark.parametrize("created_at", [None, "9", True])
def test_a_stored_record_without_a_time_of_receipt_is_the_older(created_at: object) -> None:
    assert keep_known(PATH, record("m", {"a": 2}, created_at=created_at), record("m", {"a": 1})) == record(
        "m", {"a": 1}
    )


def test_a_later_schema_keeps_its_fields_and_its_number() -> None:
    merged = json.loads(keep_known(PATH, record("m", {"a": 1, "new": 2}, schema=3), record("m", {"a": 1})))
    assert (merged["output"], merged["schema"]) == ({"a": 1, "new": 2}, 3)


@pytest.mark.parametrize(
    ("path", "stored"),
    [
        (PATH, None),
        (PATH, b"not JSON"),
        (PATH, record("other", {"a": 1})),
        (PATH, b'{"output":{"a":1}}'),
        ("_system/backfill/github.com/1.json", record("m", {"a": 1})),
        ("x/_system/ledger/2026.json", record("m", {"a": 1})),
    ],
)
def test_a_file_that_is_no_record_of_the_fact_is_replaced(path: str, stored: bytes | None) -> None:
    new = record("m", {"a": None})
    assert keep_known(path, stored, new) == new
