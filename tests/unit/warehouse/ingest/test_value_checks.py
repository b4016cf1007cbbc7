"""Invalid numbers: which records SQL selects, and what becomes of each number."""

import json
import re
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW
from warehouse.ingest.value_checks import MAX_CLOCK_SKEW_MS, Rejected, sanitize, suspicious_number_pattern
from warehouse.schema.json_types import MAX_TIMESTAMP_MS
from warehouse.schema.metric_tables import Table, metric_table

LATEST = NOW + MAX_CLOCK_SKEW_MS
THREE_HOURS = 10_000_000
"""The precision of the pattern in ms: it also selects a few valid times just before the latest one."""


class Step(NamedTuple):
    """A nested object."""

    number: int | None
    started_at: int | None
    duration: int | None


class Output(NamedTuple):
    """An output with a number of each kind."""

    id: int
    duration: int | None
    updated_to_closed: int | None
    closed_at: int | None
    title: str | None
    steps: list[Step | None]


class Metric(NamedTuple):
    """The part of a metric that its table is derived from."""

    name: str = "example"
    output: type = Output
    versioned: bool = False
    repository_scoped: bool = False


TABLE: Table = metric_table(Metric())  # type: ignore[arg-type]
OUTPUT = {"id": 1, "duration": 2, "updated_to_closed": 3, "closed_at": NOW, "title": "-1", "steps": []}


def record(**output: Any) -> dict[str, Any]:
    return {"created_at": NOW, "repository_id": 7, "schema": 1, "output": OUTPUT | output}


def sanitized(content: dict[str, Any] | str) -> tuple[dict[str, Any], list[str]]:
    output, anomalies = sanitize(content if isinstance(content, str) else json.dumps(content), TABLE, NOW)
    return json.loads(output), anomalies


def is_suspicious(text: str, now: int = NOW) -> bool:
    return re.search(suspicious_number_pattern(now), text) is not None


@pytest.mark.parametrize(
    "text",
    [
        '{"a":-1}',
        '{"a": -1}',
        "[1,-2]",
        "[-0.5]",
        '{"a":\n\t-1}',
        '{"a":99999999999999}',
        f'{{"a":{LATEST + 1}}}',
    ],
)
def test_a_negative_or_late_number_is_suspicious(text: str) -> None:
    assert is_suspicious(text)


@pytest.mark.parametrize(
    "text", ['{"a":0}', f'{{"a":{NOW}}}', f"[{LATEST - THREE_HOURS}]", '{"a":"b-1"}', '{"a":"99999999999999"}']
)
def test_a_usual_number_or_a_text_is_not_suspicious(text: str) -> None:
    assert not is_suspicious(text)


NOWS = st.integers(1_000_000_000_000, 9_800_000_000_000)


@given(NOWS, st.integers(0, 10**20))
def test_every_number_that_is_too_late_is_suspicious(now: int, later: int) -> None:
    assert is_suspicious(f"[{now + MAX_CLOCK_SKEW_MS + 1 + later}]", now)


@given(NOWS, st.integers(0, 9_800_000_000_000))
def test_no_number_until_now_is_suspicious(now: int, number: int) -> None:
    assert not is_suspicious(f"[{min(now, number)}]", now)


def test_a_valid_record_is_not_changed() -> None:
    assert sanitized(record()) == (OUTPUT, [])


@pytest.mark.parametrize("name", ["duration", "updated_to_closed"])
def test_a_negative_duration_is_null_with_an_anomaly(name: str) -> None:
    assert sanitized(record(**{name: -1})) == (OUTPUT | {name: None}, ["negative_duration"])


@pytest.mark.parametrize("time", [-62_135_596_800_000, -1, MAX_TIMESTAMP_MS + 1])
def test_an_impossible_time_is_null_with_an_anomaly(time: int) -> None:
    assert sanitized(record(closed_at=time)) == (OUTPUT | {"closed_at": None}, ["impossible_time"])


def test_numbers_of_nested_objects_are_sanitized() -> None:
    steps = [{"number": 1, "started_at": -5, "duration": -5}, None, {"number": 2, "started_at": 5, "duration": 5}]
    output, anomalies = sanitized(record(steps=steps))
    assert output["steps"] == [{"number": 1, "started_at": None, "duration": None}, *steps[1:]]
    assert anomalies == ["impossible_time", "negative_duration"]


def test_an_anomaly_is_listed_once_after_those_of_the_record() -> None:
    content = record(duration=-1, updated_to_closed=-1) | {"anomalies": ["clock_skew", "negative_duration"]}
    assert sanitized(content)[1] == ["clock_skew", "negative_duration"]


@pytest.mark.parametrize("value", [NOW, LATEST])
def test_a_time_up_to_a_day_ahead_is_accepted(value: int) -> None:
    assert sanitized(record(closed_at=value) | {"created_at": value}) == (OUTPUT | {"closed_at": value}, [])


def test_the_time_of_a_nested_object_may_be_in_the_future() -> None:
    steps = [{"number": 1, "started_at": LATEST + 1, "duration": None}]
    assert sanitized(record(steps=steps)) == (OUTPUT | {"steps": steps}, [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (record() | {"created_at": LATEST + 1}, "created_at: in the future"),
        (record() | {"created_at": -1}, "created_at: a negative number"),
        (record() | {"repository_id": -1}, "repository_id: a negative number"),
        (record() | {"schema": 2**63}, "schema: too large a number"),
        (record(closed_at=LATEST + 1), "output.closed_at: in the future"),
        (record(id=-1), "output.id: a negative number"),
        (record(id=2**63), "output.id: too large a number"),
        (record(duration=2**63), "output.duration: too large a number"),
        (record(steps=[{"number": -1}]), "output.steps[].number: a negative number"),
        (json.dumps(record())[:-1] + ',"output":7}', "a key is there twice"),
        (json.dumps(record())[:-1] + ',"created_at":"x"}', "a key is there twice"),
        ('{"created_at":' + "9" * 5_000 + "}", "a number is too long"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 50 else "",
)
def test_a_record_with_an_invalid_number_is_rejected(content: Any, reason: str) -> None:
    with pytest.raises(Rejected) as rejected:
        sanitized(content)
    assert str(rejected.value) == reason


def test_the_largest_number_is_accepted() -> None:
    assert sanitized(record(id=2**63 - 1)) == (OUTPUT | {"id": 2**63 - 1}, [])
