from typing import Any

from core.backfill.later_fields import Gaps, Run, close_gaps, gaps, numbers_of
from core.backfill.stored_records import StoredRecord


def no_timeline(_number: int, _merged_at: int | None) -> None:
    """Nothing is known."""


def stored(metric: str, schema: int = 2, **output: Any) -> StoredRecord:
    return StoredRecord(f"{metric}/2026-11-24/1", "path", {"id": "x", "schema": schema, "output": output})


def status(*commits: dict[str, Any], schema: int = 2) -> StoredRecord:
    return stored("deployment-status", schema, changes={"commits": list(commits), "truncated": False})


def test_a_number_of_unknown_kind_is_a_gap() -> None:
    commits = (
        {"pr_number": 7, "number_kind": None},
        {"pr_number": 8, "number_kind": "issue"},
        {"pr_number": None, "number_kind": None},
    )
    assert gaps(status(*commits)) == Gaps(frozenset({7}))
    pull = stored("commits-per-pr", commits={"amount": 1, "commit_timestamps": [{"number": 9, "number_kind": None}]})
    assert gaps(pull) == Gaps(frozenset({9}))
    assert not gaps(stored("deployment-status", changes=None))


def test_a_record_of_an_earlier_schema_has_numbers_but_no_gaps_yet() -> None:
    older = status({"pr_number": 7}, schema=1)
    assert (bool(gaps(older)), numbers_of(older)) == (False, {7})
    assert numbers_of(stored("deployment")) == frozenset()


def test_a_job_needs_its_run_unless_it_has_both_fields() -> None:
    job = stored("workflow-job", run_id=5, run_event=None, workflow_path="ci.yml")
    assert gaps(job) == Gaps(run_id=5)
    closed = close_gaps(job, {}, {5: Run("push", "other.yml")}.get, no_timeline)
    assert closed is not None
    assert closed["output"] == {"run_id": 5, "run_event": "push", "workflow_path": "ci.yml"}
    assert close_gaps(job, {}, {6: Run("push", "x")}.get, no_timeline) is None
    assert close_gaps(job, {}, {5: Run(None, None)}.get, no_timeline) is None
    assert not gaps(stored("workflow-job", run_id=5, run_event="push", workflow_path="ci.yml"))
    assert not gaps(stored("workflow-job", run_id=None, run_event=None, workflow_path=None))
    assert not gaps(stored("workflow-job", run_id=5))


def test_known_kinds_are_filled_and_others_stay_null() -> None:
    record = status({"pr_number": 7, "number_kind": None}, {"pr_number": 8, "number_kind": None})
    closed = close_gaps(record, {7: "pull_request"}, {}.get, no_timeline)
    assert closed is not None
    assert [item["number_kind"] for item in closed["output"]["changes"]["commits"]] == ["pull_request", None]
    assert close_gaps(status({"pr_number": 8, "number_kind": None}), {7: "issue"}, {}.get, no_timeline) is None


def test_odd_values_are_no_gaps() -> None:
    for output in ({"changes": 7}, {"changes": {"commits": 7}}, {"changes": {"commits": [7, {"pr_number": "7"}]}}, {}):
        assert not gaps(stored("deployment-status", **output))


def test_a_timeline_that_github_refused_is_a_gap_until_it_is_known() -> None:
    output = {"number": 7, "merged": True, "merged_at": 5, "timeline": None}
    review = stored("code-review-involvement", **output)
    review.record["anomalies"] = ["missing_time", "timeline_not_available"]
    assert gaps(review) == Gaps(timeline=7)
    closed = close_gaps(review, {}, {}.get, lambda number, until: ({"queued_at": until}, [f"of {number}"]))
    assert closed is not None
    assert closed["output"] == {**output, "timeline": {"queued_at": 5}}
    assert closed["anomalies"] == ["missing_time", "of 7"]
    assert close_gaps(review, {}, {}.get, no_timeline) is None
    for change in ({"merged": False}, {"timeline": {}}, {"number": None}):
        other = stored("code-review-involvement", **{**output, **change})
        assert not gaps(other._replace(record=other.record | {"anomalies": ["timeline_not_available"]}))
    assert not gaps(stored("code-review-involvement", **output))
