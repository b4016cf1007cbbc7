"""Canonical records are inserted without validation, and every other text is returned."""

from typing import Any

import pytest

from tests.builders import NOW
from tests.unit.warehouse.record_factory import DAY, METRICS, content, one, record, text
from warehouse.database import open_database
from warehouse.ingest.fast_path import insert_canonical

PATH = "octo-org/hello-world/{}/2026-11-24/1.json"


def inserted(metric: str, content: bytes | str, path: str = PATH) -> tuple[int, list[str]]:
    """Return the number of rows of the metric, and the paths that were not inserted."""
    decoded = content.decode() if isinstance(content, bytes) else content
    with open_database(":memory:") as connection:
        others = insert_canonical(connection, {path.format(metric): decoded}, "here", NOW)
        assert set(others.values()) <= {decoded}
        return one(connection, f"SELECT count(*) FROM {metric.replace('-', '_')}")[0], list(others)


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_a_record_of_the_pipeline_is_canonical(metric: str) -> None:
    assert inserted(metric, content(record(metric)))[1] == []


@pytest.mark.parametrize("changes", [None, {"commits": None, "truncated": None}, {"commits": [], "truncated": False}])
def test_a_list_or_the_object_around_it_may_be_null(changes: Any) -> None:
    assert inserted("deployment-status", text(record("deployment-status"), output__changes=changes)) == (1, [])


REVIEW, JOB = record("review"), record("workflow-job")
CASES: dict[str, tuple[str, bytes | str]] = {
    "not JSON": ("review", "x"),
    "an array": ("review", "[]"),
    "without a last line break": ("review", content(REVIEW)[:-1]),
    "with a space": ("review", content(REVIEW).replace(b":", b": ", 1)),
    "an unknown field": ("review", text(REVIEW, output__more=1)),
    "a missing field": ("review", text(REVIEW, output__id=...)),
    "a text for a number": ("review", text(REVIEW, output__id="1")),
    "another metric": ("review", content(JOB)),
    "another status": ("review", text(REVIEW, status="perhaps")),
    "another schema": ("review", text(REVIEW, schema=3)),
    "an id of another repository": ("review", text(REVIEW, id="octo-org/other/review/1")),
    "an empty id": ("review", text(REVIEW, id="octo-org/hello-world/review/")),
    "no host": ("review", text(REVIEW, github_host=None)),
    "no delivery": ("review", text(REVIEW, delivery_id=None)),
    "a negative number": ("review", text(REVIEW, output__id=-1)),
    "a negative repository": ("review", text(REVIEW, repository_id=-1)),
    "a time before 1970": ("review", text(REVIEW, output__submitted_at=-1)),
    "a time in the future": ("review", text(REVIEW, output__submitted_at=NOW + DAY + 1)),
    "created in the future": ("review", text(REVIEW, created_at=NOW + DAY + 1)),
    "a negative number in a list": ("workflow-job", text(JOB, output__steps=[{"number": -1}])),
}


@pytest.mark.parametrize(("metric", "content"), CASES.values(), ids=CASES)
def test_any_other_text_is_returned(metric: str, content: Any) -> None:
    assert inserted(metric, content) == (0, [PATH.format(metric)])


def test_a_time_of_a_day_ahead_is_canonical() -> None:
    assert inserted("review", text(REVIEW, created_at=NOW + DAY)) == (1, [])


@pytest.mark.parametrize(
    ("path", "rows"), [("review/1.json", 1), ("review/2026-11-24/1.json", 1), ("x/1.json", 0), ("1.json", 0)]
)
def test_the_folder_names_the_metric_with_or_without_a_day(path: str, rows: int) -> None:
    assert inserted("review", content(REVIEW), path) == (rows, [] if rows else [path])


def test_a_text_that_is_not_canonical_does_not_affect_others() -> None:
    texts = {PATH.format("review"): content(REVIEW).decode(), PATH.format("workflow-job"): "x", "1.json": "{}"}
    with open_database(":memory:") as connection:
        others = insert_canonical(connection, texts, "here", NOW)
        assert others == {PATH.format("workflow-job"): "x", "1.json": "{}"}
        assert one(connection, "SELECT source, path FROM review") == ("here", PATH.format("review"))
