from typing import Any, NamedTuple

import pytest

from core.backfill import fill as module
from core.backfill.fill import fill
from core.metric import Metric
from core.payload import Json


class Item(NamedTuple):
    sha: str
    is_revert: bool
    kind: str | None


class Stamp(NamedTuple):
    authored: int | None
    committed: int | None
    kind: str | None


class Inner(NamedTuple):
    items: list[Item]
    truncated: bool


class Output(NamedTuple):
    id: int
    inner: Inner | None
    stamps: list[Stamp]
    words: list[str]
    labels: list[str]
    later: Inner | None


def never(*_: object) -> Any:
    raise AssertionError


def metric(name: str = "any") -> Metric:
    return Metric(name, "github::x", Output, never, never, never)


def record(schema: int = 1, **output: Any) -> Json:
    return {"created_at": 5, "status": "success", "output": output, "schema": schema, "anomalies": ["missing_time"]}


def test_absent_fields_are_filled_at_every_depth_in_the_order_of_the_type() -> None:
    old_items = [{"sha": "a", "is_revert": True}, {"sha": "b", "is_revert": False}]
    new_items = [{"sha": sha, "is_revert": False, "kind": f"of {sha}"} for sha in ("b", "a")]
    stored = record(id=1, inner={"items": old_items, "truncated": False}, words=["old"])
    new = record(2, id=2, inner={"items": new_items, "truncated": True}, words=["new"], labels=["x"], stamps=[])
    filled = fill(stored, new, metric())
    items = [{"sha": "a", "is_revert": True, "kind": "of a"}, {"sha": "b", "is_revert": False, "kind": "of b"}]
    output = {
        "id": 1,
        "inner": {"items": items, "truncated": False},
        "stamps": [],
        "words": ["old"],
        "labels": ["x"],
        "later": None,
    }
    assert filled == {**stored, "output": output, "schema": 2}
    assert list(filled["output"]) == list(Output._fields)


@pytest.mark.parametrize("value", [None, 0, False, [], {}])
def test_a_stored_value_stays_even_if_it_is_empty(value: Any) -> None:
    filled = fill(record(id=1, later=value, labels=value), record(2, later={"truncated": True}, labels=["x"]), metric())
    assert (filled["output"]["labels"], (filled["output"]["later"] or {}).get("items")) == (value, None)


def test_items_without_a_sha_are_the_same_only_if_all_agree() -> None:
    old = [{"authored": 1, "committed": 2}, {"authored": 3, "committed": 4}]
    new = [{**item, "kind": "k"} for item in old]
    filled = fill(record(stamps=old), record(2, stamps=new), metric())
    assert filled["output"]["stamps"] == new
    for other in ([new[0]], [new[1], new[0]], [new[0], {**new[1], "committed": 5}], None):
        filled = fill(record(stamps=old), record(2, stamps=other), metric())
        assert filled["output"]["stamps"] == [{**item, "kind": None} for item in old]


def test_an_unknown_field_of_the_stored_record_stays() -> None:
    assert fill(record(id=1, surplus=7), record(2), metric())["output"]["surplus"] == 7


def test_only_anomalies_of_new_fields_are_added() -> None:
    new = {**record(2), "anomalies": ["no_comparison", "labels_truncated", "missing_time"]}
    assert fill(record(), new, metric())["anomalies"] == ["missing_time", "labels_truncated"]
    assert "labels_truncated" not in module._OF_SCHEMA_1


def test_a_release_keeps_why_the_release_before_is_unknown() -> None:
    new = {**record(2, previous=None), "anomalies": ["previous_not_found"]}
    assert fill(record(), new, metric("release-versions"))["anomalies"] == ["missing_time", "previous_not_found"]
    first = {**record(2, previous=None), "anomalies": []}
    assert fill(record(), first, metric("release-versions"))["anomalies"] == ["missing_time"]


def test_a_later_release_that_is_dropped_leaves_an_anomaly() -> None:
    new = {**record(2, previous={"committed_at": 6}), "anomalies": ["changes_truncated"]}
    filled = fill(record(), new, metric("release-versions"))
    assert "previous" not in filled["output"]
    assert filled["anomalies"] == ["missing_time", "changes_truncated", "previous_not_found"]
    earlier = {**record(2, previous={"committed_at": 5}), "anomalies": []}
    assert fill(record(), earlier, metric("release-versions"))["anomalies"] == ["missing_time"]


def test_what_describes_a_moment_that_has_passed_is_null() -> None:
    output = fill(record(id=1), record(2, labels=["x"]), metric("code-review-involvement"))["output"]
    assert output["labels"] is None


def consistent(name: str, stored: Json, new: Json) -> Json:
    return module._consistent(stored, new, name)


def test_times_after_the_merge_are_dropped() -> None:
    timeline = {"first_review_at": 10, "last_approval_at": 11, "is_merged_by_queue": True, "queued_at": None}
    known = consistent("code-review-involvement", record(merged_at=10), {"timeline": timeline})
    assert known["timeline"] == {**timeline, "last_approval_at": None}
    assert timeline["last_approval_at"] == 11


@pytest.mark.parametrize(
    ("stored", "new", "kept"),
    [
        ({"sha": "a"}, {"sha": "a"}, True),
        ({"sha": "a"}, {"sha": "b"}, False),
        (None, {"sha": "a"}, False),
        (None, None, True),
    ],
)
def test_a_comparison_with_another_commit_is_dropped(stored: Any, new: Any, kept: bool) -> None:  # noqa: FBT001 (a table)
    output = {"previous": new, "comparison_status": "ahead", "changes": {}, "task": "deploy"}
    known = consistent("deployment-status", record(previous=stored), output)
    assert known == (output if kept else {"previous": new, "task": "deploy"})


@pytest.mark.parametrize(("committed_at", "kept"), [(4, True), (5, True), (6, False), (None, False)])
def test_a_previous_release_that_came_later_is_dropped(committed_at: int | None, kept: bool) -> None:  # noqa: FBT001 (a table)
    output = {"previous": {"committed_at": committed_at}, "comparison_status": "ahead", "changes": {}, "sha": "a"}
    known = consistent("release-versions", record(), output)
    assert known == (output if kept else {"sha": "a"})
