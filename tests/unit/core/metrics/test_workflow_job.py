import json
from typing import Any

import pytest

from core.errors import MalformedPayload
from core.events import plain
from core.metrics.workflow_job import METRIC
from core.store_data import to_json
from tests.builders import webhook
from tests.unit.core.metrics.fakes import output, recorded, wants

STARTED, COMPLETED, CREATED = 1795168800000, 1795169100000, 1795168790000
FOLDER = "octo-org/hello-world/workflow-job"


def step(number: int, name: str, start: int, end: int) -> dict[str, Any]:
    """A step that succeeded; start and end in ms after the job's own start."""
    return {
        "name": name,
        "conclusion": "success",
        "number": number,
        "started_at": STARTED + start,
        "completed_at": STARTED + end,
        "duration": end - start,
    }


JOB = {
    "id": 2832853555,
    "head_sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
    "completed_at": COMPLETED,
    "created_at": CREATED,
    "started_at": STARTED,
    "conclusion": "success",
    "workflow_name": "CI",
    "run_attempt": 2,
    "duration": 300_000,
    "steps": [
        step(1, "Set up job", 0, 2_000),
        step(2, "Check out", 2_000, 5_000),
        step(3, "Build", 5_000, 60_000),
        step(4, "Run unit tests", 60_000, 180_250),
        step(5, "Run jest", 181_000, 270_000),
        step(6, "Upload the latest build", 270_000, 290_000),
        step(7, "Complete job", 290_000, 300_000),
    ],
    "head_branch": "changes",
    "run_id": 940463255,
    "name": "build",
    "is_copy": False,
}


def with_step(**changes: Any) -> dict[str, Any]:
    """A job of one step: the last one, changed."""
    payload = webhook("workflow_job")
    payload["workflow_job"]["steps"] = [{**payload["workflow_job"]["steps"][6], **changes}]
    return payload


def test_a_completed_job_is_recorded_to_the_field() -> None:
    record = recorded(METRIC, webhook("workflow_job"))

    assert record.event.output == JOB
    assert list(record.event.output) == list(JOB)
    assert list(record.event.output["steps"][0]) == list(step(1, "", 0, 0))
    assert record.path == f"{FOLDER}/2026-11-20/2832853555-2.json"
    assert record.event.id == f"{FOLDER}/2832853555-2"
    assert (record.event.status, record.event.anomalies) == ("success", [])


@pytest.mark.parametrize("action", ["queued", "in_progress", "waiting", None, ...])
def test_a_job_that_is_not_completed_is_ignored(action: Any) -> None:
    assert not wants(METRIC, webhook("workflow_job", action=action))


def test_a_skipped_step_with_null_times_has_no_duration() -> None:
    record = recorded(METRIC, with_step(conclusion="skipped", started_at=None, completed_at=None))

    assert record.event.output["steps"] == [
        {
            "name": "Complete job",
            "conclusion": "skipped",
            "number": 7,
            "started_at": None,
            "completed_at": None,
            "duration": None,
        }
    ]
    assert (record.event.anomalies, record.event.status) == (["missing_time"], "success")


@pytest.mark.parametrize("missing", ["started_at", "completed_at"])
def test_a_step_that_lacks_one_time_keeps_the_other(missing: str) -> None:
    record = recorded(METRIC, with_step(**{missing: None}))

    assert record.event.output["steps"] == [{**JOB["steps"][6], missing: None, "duration": None}]  # type: ignore[index]
    assert record.event.anomalies == ["missing_time"]


def test_a_step_that_ends_before_it_starts_has_no_duration() -> None:
    record = recorded(METRIC, with_step(conclusion="cancelled", completed_at="2026-11-20T10:04:49.999Z"))

    assert record.event.output["steps"] == [
        {
            "name": "Complete job",
            "conclusion": "cancelled",
            "number": 7,
            "started_at": STARTED + 290_000,
            "completed_at": STARTED + 289_999,
            "duration": None,
        }
    ]
    assert record.event.anomalies == ["negative_duration"]


def test_a_step_may_take_no_time() -> None:
    record = recorded(METRIC, with_step(completed_at="2026-11-20T10:04:50Z"))

    assert (record.event.output["steps"][0]["duration"], record.event.anomalies) == (0, [])


def test_each_anomaly_is_named_once_however_many_steps_have_it() -> None:
    payload = webhook("workflow_job")
    for item in payload["workflow_job"]["steps"][:4]:
        item["started_at"] = None
    for item in payload["workflow_job"]["steps"][4:]:
        item["completed_at"] = "2020-01-01T00:00:00Z"

    assert recorded(METRIC, payload).event.anomalies == ["missing_time", "negative_duration"]


def test_a_skipped_job_that_ends_before_it_starts_has_no_duration() -> None:
    payload = webhook(
        "workflow_job",
        workflow_job__conclusion="skipped",
        workflow_job__completed_at="2026-11-20T09:59:59Z",
        workflow_job__steps=[],
    )

    record = recorded(METRIC, payload)

    assert record.event.output == JOB | {
        "conclusion": "skipped",
        "completed_at": STARTED - 1000,
        "duration": None,
        "steps": [],
    }
    assert record.event.anomalies == ["negative_duration"]


@pytest.mark.parametrize("missing", [None, ...])
@pytest.mark.parametrize("field", ["workflow_name", "conclusion", "head_sha", "created_at"])
def test_a_missing_field_of_a_job_is_null_without_an_anomaly(field: str, missing: Any) -> None:
    record = recorded(METRIC, webhook("workflow_job", **{f"workflow_job__{field}": missing}))

    undecided = {"is_copy": None} if field == "created_at" else {}
    assert record.event.output == JOB | {field: None} | undecided
    assert (record.event.anomalies, record.path) == ([], f"{FOLDER}/2026-11-20/2832853555-2.json")


@pytest.mark.parametrize("missing", [None, ...])
def test_a_job_without_a_start_has_no_duration(missing: Any) -> None:
    record = recorded(METRIC, webhook("workflow_job", workflow_job__started_at=missing))

    assert record.event.output == JOB | {"started_at": None, "duration": None, "is_copy": None}
    assert record.event.anomalies == ["missing_time"]


@pytest.mark.parametrize("missing", [None, ...])
def test_a_job_without_a_run_attempt_has_its_id_for_a_key(missing: Any) -> None:
    record = recorded(METRIC, webhook("workflow_job", workflow_job__run_attempt=missing))

    assert record.event.output == JOB | {"run_attempt": None}
    assert record.path == f"{FOLDER}/2026-11-20/2832853555.json"


@pytest.mark.parametrize("missing", [None, ...])
def test_a_job_may_have_no_branch(missing: Any) -> None:
    assert output(METRIC, webhook("workflow_job", workflow_job__head_branch=missing)) == JOB | {"head_branch": None}


@pytest.mark.parametrize("steps", [None, [], [None], ...])
def test_a_job_without_steps_has_none(steps: Any) -> None:
    assert output(METRIC, webhook("workflow_job", workflow_job__steps=steps)) == JOB | {"steps": []}


@pytest.mark.parametrize("field", ["name", "conclusion", "number"])
def test_a_missing_field_of_a_step_is_null(field: str) -> None:
    assert output(METRIC, with_step(**{field: None}))["steps"] == [{**JOB["steps"][6], field: None}]  # type: ignore[index]


@pytest.mark.parametrize(
    ("completed", "started", "created", "folder"),
    [
        ("2026-11-22T00:00:00Z", "2026-11-21T23:59:59Z", "2026-11-20T00:00:00Z", "2026-11-22"),
        (None, "2026-11-21T23:59:59Z", "2026-11-20T00:00:00Z", "2026-11-21"),
        (None, None, "2026-11-20T00:00:00Z", "2026-11-20"),
        (None, None, None, "undated"),
    ],
)
def test_the_day_is_that_of_the_first_known_time(
    completed: str | None, started: str | None, created: str | None, folder: str
) -> None:
    payload = webhook(
        "workflow_job",
        workflow_job__completed_at=completed,
        workflow_job__started_at=started,
        workflow_job__created_at=created,
    )

    assert recorded(METRIC, payload).path == f"{FOLDER}/{folder}/2832853555-2.json"


def test_an_id_beyond_2_to_the_53_stays_exact() -> None:
    record = recorded(METRIC, webhook("workflow_job", workflow_job__id=2**53 + 1))

    assert json.loads(to_json(plain(record.event)))["output"]["id"] == 9007199254740993
    assert record.event.id == f"{FOLDER}/9007199254740993-2"


def test_times_with_an_offset_and_fractions_are_cut_to_milliseconds() -> None:
    payload = webhook("workflow_job", workflow_job__completed_at="2026-11-20T12:05:00.1239999+02:00")

    assert output(METRIC, payload) == JOB | {"completed_at": COMPLETED + 123, "duration": 300_123}


@pytest.mark.parametrize("name", ["Übersetzen 🚀 \u2028 \x00", "e\u0301", "\ud83d"])
def test_any_unicode_stays_exact(name: str) -> None:
    record = recorded(METRIC, with_step(name=name))

    assert json.loads(to_json(plain(record.event)).encode())["output"]["steps"][0]["name"] == name


def test_a_malformed_step_is_named_by_its_index() -> None:
    payload = webhook("workflow_job")
    payload["workflow_job"]["steps"][2]["started_at"] = 7

    with pytest.raises(MalformedPayload, match=r"^workflow_job\.steps\[2\]\.started_at: expected a string"):
        recorded(METRIC, payload)


def test_an_impossible_time_of_a_step_costs_only_that_time() -> None:
    record = recorded(METRIC, with_step(started_at="0001-01-01T00:00:00Z", conclusion="exploded"))

    assert record.event.output["steps"] == [
        {**JOB["steps"][6], "started_at": None, "conclusion": None, "duration": None}  # type: ignore[index]
    ]
    assert record.event.anomalies == ["impossible_time", "missing_time", "unknown_conclusion"]


@pytest.mark.parametrize("zero", ["0001-01-01T00:00:00Z", "", "10000-01-01T00:00:00Z"])
def test_the_day_is_not_that_of_an_impossible_time(zero: str) -> None:
    record = recorded(METRIC, webhook("workflow_job", workflow_job__completed_at=zero))

    assert record.event.output == JOB | {"completed_at": None, "duration": None}
    assert record.path == f"{FOLDER}/2026-11-20/2832853555-2.json"


@pytest.mark.parametrize(
    ("changes", "is_copy"),
    [
        ({"run_attempt": 2, "created_at": "2026-11-21T09:00:00Z"}, True),
        ({"run_attempt": 3, "created_at": "2026-11-20T10:06:00Z", "conclusion": "failure"}, True),
        ({"run_attempt": None, "created_at": "2026-11-21T09:00:00Z"}, True),
        ({"run_attempt": 2, "created_at": "2026-11-21T09:00:00Z", "completed_at": None}, True),
        ({"run_attempt": 1, "created_at": "2026-11-21T09:00:00Z"}, False),
        ({"run_attempt": 1, "created_at": None}, False),
        ({"run_attempt": 2, "created_at": "2026-11-20T10:00:00Z"}, False),
        ({"run_attempt": 2, "created_at": "2026-11-20T10:04:00Z"}, False),
        ({"run_attempt": 2, "created_at": None}, None),
        ({"run_attempt": 2, "started_at": "0001-01-01T00:00:00Z"}, None),
        ({"run_attempt": 2, "created_at": "2026-11-20T10:00:09Z", "completed_at": "2026-11-20T10:00:08Z"}, None),
    ],
)
def test_a_job_that_ended_before_it_was_created_is_a_copy(changes: dict[str, Any], is_copy: bool | None) -> None:  # noqa: FBT001
    payload = webhook("workflow_job", **{f"workflow_job__{name}": value for name, value in changes.items()})

    assert output(METRIC, payload)["is_copy"] is is_copy


@pytest.mark.parametrize("steps", [{}, "none", 0])
def test_steps_that_are_no_list_are_malformed(steps: Any) -> None:
    with pytest.raises(MalformedPayload, match=r"^workflow_job\.steps: expected a list"):
        recorded(METRIC, webhook("workflow_job", workflow_job__steps=steps))


@pytest.mark.parametrize("field", ["run_id", "name"])
@pytest.mark.parametrize("missing", [None, ...])
def test_a_missing_run_or_name_is_null(field: str, missing: Any) -> None:
    assert output(METRIC, webhook("workflow_job", **{f"workflow_job__{field}": missing})) == JOB | {field: None}
