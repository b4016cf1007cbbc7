"""Validation of the records that are not canonical: what is inserted, and the reasons of the rest."""

import pytest

from tests.builders import NOW
from tests.unit.warehouse.record_factory import METRICS, one, original, record, text
from warehouse.database import open_database
from warehouse.ingest.legacy_format import METRICS as ORIGINAL
from warehouse.ingest.validation import validate_and_insert

REVIEW = record("review")


def validated(*contents: bytes) -> tuple[dict[str, str], int]:
    """Return the reasons of rejects, and the number of reviews."""
    texts = {f"{number}.json": content.decode() for number, content in enumerate(contents)}
    with open_database(":memory:") as connection:
        reasons = validate_and_insert(connection, texts, "here", NOW)
        return reasons, one(connection, "SELECT count(*) FROM review")[0]


def test_no_texts_are_no_rejects() -> None:
    assert validated() == ({}, 0)


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_a_record_with_other_spaces_and_fields_is_inserted(metric: str) -> None:
    content = text(record(metric), more=1).decode().replace(":", " : ")
    with open_database(":memory:") as connection:
        assert validate_and_insert(connection, {"a": content}, "here", NOW) == {}


@pytest.mark.parametrize("metric", sorted(ORIGINAL))
def test_a_record_of_the_original_is_inserted(metric: str) -> None:
    texts = {path: content.decode() for path, content in original(record(metric)).items()}
    with open_database(":memory:") as connection:
        assert validate_and_insert(connection, texts, "here", NOW) == {}


def test_rejects_of_several_kinds_do_not_affect_valid_records() -> None:
    reasons, reviews = validated(
        b"not JSON",
        text(REVIEW, output__id="x"),
        text(REVIEW, id="octo-org/other/review/1"),
        text(REVIEW, output__id=-1),
        text(REVIEW, metric_signature="mood"),
        text(REVIEW, more=1),
    )
    assert reasons == {
        "0.json": "not JSON",
        "1.json": "output.id: expected a whole number",
        "2.json": "id: not of this owner, repo and metric",
        "3.json": "output.id: a negative number",
        "4.json": "metric_signature: 'mood' is unknown",
    }
    assert reviews == 1


def test_a_sanitized_number_is_null_and_its_anomaly_is_stored() -> None:
    content = text(record("workflow-job"), output__duration=-1).decode()
    with open_database(":memory:") as connection:
        assert validate_and_insert(connection, {"a": content}, "here", NOW) == {}
        assert one(connection, "SELECT duration, anomalies FROM workflow_job") == (None, ["negative_duration"])
