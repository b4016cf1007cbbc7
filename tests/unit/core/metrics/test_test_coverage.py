from typing import Any

import pytest

from core.metrics.test_coverage import METRIC, is_about_tests
from tests.builders import webhook
from tests.unit.core.metrics.fakes import output, recorded, wants

STARTED = 1795168800000
FOLDER = "octo-org/hello-world/test-coverage"
UNIT = {
    "name": "Run unit tests",
    "conclusion": "success",
    "number": 4,
    "started_at": STARTED + 60_000,
    "completed_at": STARTED + 180_250,
    "duration": 120_250,
}
JEST = {
    "name": "Run jest",
    "conclusion": "success",
    "number": 5,
    "started_at": STARTED + 181_000,
    "completed_at": STARTED + 270_000,
    "duration": 89_000,
}
JOB = {
    "id": 2832853555,
    "conclusion": "success",
    "is_job_name_about_test": False,
    "is_workflow_name_about_test": False,
    "has_failed_steps": False,
    "total_tests_duration": 209_250,
    "steps_about_test": [UNIT, JEST],
    "head_branch": "changes",
    "is_copy": False,
}


def with_steps(*changes: dict[str, Any]) -> dict[str, Any]:
    """A job whose first steps about tests are changed like this."""
    payload = webhook("workflow_job")
    for step, change in zip(payload["workflow_job"]["steps"][3:], changes, strict=False):
        step.update(change)
    return payload


def test_a_completed_job_about_tests_is_recorded_to_the_field() -> None:
    record = recorded(METRIC, webhook("workflow_job"))

    assert record.event.output == JOB
    assert list(record.event.output) == list(JOB)
    assert list(record.event.output["steps_about_test"][0]) == list(UNIT)
    assert record.path == f"{FOLDER}/2026-11-20/2832853555-2.json"
    assert record.event.id == f"{FOLDER}/2832853555-2"
    assert (record.event.status, record.event.anomalies) == ("success", [])


@pytest.mark.parametrize("action", ["queued", "in_progress", None, ...])
def test_a_job_that_is_not_completed_is_ignored(action: Any) -> None:
    assert not wants(METRIC, webhook("workflow_job", action=action))


@pytest.mark.parametrize("steps", [[], None, [{"name": "Build"}, {"name": None}, {}], ...])
@pytest.mark.parametrize("name", ["build", None, ...])
def test_a_job_where_no_name_is_about_tests_is_ignored(name: Any, steps: Any) -> None:
    assert not wants(METRIC, webhook("workflow_job", workflow_job__name=name, workflow_job__steps=steps))


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({"workflow_job__name": "Tests (3.11)"}, (True, False)),
        ({"workflow_job__workflow_name": "Integration tests"}, (False, True)),
        ({"workflow_job__name": "jest", "workflow_job__workflow_name": "Test"}, (True, True)),
    ],
)
def test_the_name_of_the_job_or_of_its_workflow_is_enough(changes: Any, about: tuple[bool, bool]) -> None:
    payload = webhook("workflow_job", workflow_job__steps=[], **changes)

    assert output(METRIC, payload) == JOB | {
        "is_job_name_about_test": about[0],
        "is_workflow_name_about_test": about[1],
        "total_tests_duration": 0,
        "steps_about_test": [],
    }


@pytest.mark.parametrize("steps", [None, [], ...])
def test_a_job_about_tests_without_steps_has_none(steps: Any) -> None:
    payload = webhook("workflow_job", workflow_job__name="test", workflow_job__steps=steps)

    assert output(METRIC, payload)["steps_about_test"] == []


@pytest.mark.parametrize("missing", [None, ...])
def test_a_job_without_a_workflow_name_is_not_of_a_workflow_about_tests(missing: Any) -> None:
    assert output(METRIC, webhook("workflow_job", workflow_job__workflow_name=missing)) == JOB


def test_a_step_without_a_name_is_not_about_tests() -> None:
    assert output(METRIC, with_steps({"name": None}))["steps_about_test"] == [JEST]


@pytest.mark.parametrize("conclusion", ["failure", "timed_out"])
def test_a_step_about_tests_that_ran_and_failed_is_a_failed_one(conclusion: str) -> None:
    assert output(METRIC, with_steps({"conclusion": conclusion})) == JOB | {
        "has_failed_steps": True,
        "steps_about_test": [UNIT | {"conclusion": conclusion}, JEST],
    }


@pytest.mark.parametrize("conclusion", ["cancelled", "skipped", "neutral", None, "exploded"])
@pytest.mark.parametrize("started_at", [None, "2026-11-20T10:01:00Z"])
def test_a_step_that_did_not_end_in_failure_is_no_failed_one(conclusion: str | None, started_at: str | None) -> None:
    payload = with_steps({"conclusion": conclusion, "started_at": started_at, "completed_at": None})

    assert output(METRIC, payload)["has_failed_steps"] is False


def test_a_test_step_that_never_ran_did_not_fail() -> None:
    lost = {"status": "pending", "conclusion": None, "started_at": None, "completed_at": None}

    actual = output(METRIC, {**with_steps(lost, lost)} | {"action": "completed"})

    assert (actual["has_failed_steps"], actual["total_tests_duration"]) == (False, None)


def test_a_job_that_passed_in_an_earlier_attempt_is_a_copy() -> None:
    payload = webhook("workflow_job", workflow_job__created_at="2026-11-21T09:00:00Z")

    assert output(METRIC, payload) == JOB | {"is_copy": True}


def test_a_skipped_step_is_not_a_failed_test() -> None:
    record = recorded(METRIC, with_steps({"conclusion": "skipped", "started_at": None, "completed_at": None}))

    skipped = UNIT | {"conclusion": "skipped", "started_at": None, "completed_at": None, "duration": None}
    assert record.event.output == JOB | {"total_tests_duration": 89_000, "steps_about_test": [skipped, JEST]}
    assert record.event.anomalies == ["missing_time"]


def test_a_failed_step_that_is_not_about_tests_is_not_a_failed_test() -> None:
    assert output(METRIC, with_steps({}, {}, {"conclusion": "failure"})) == JOB


def test_a_step_that_ends_before_it_starts_is_not_in_the_total() -> None:
    record = recorded(METRIC, with_steps({"completed_at": "2026-11-20T10:00:59Z"}))

    assert record.event.output == JOB | {
        "total_tests_duration": 89_000,
        "steps_about_test": [UNIT | {"completed_at": STARTED + 59_000, "duration": None}, JEST],
    }
    assert record.event.anomalies == ["negative_duration"]


def test_where_no_duration_is_known_the_total_is_null_and_not_zero() -> None:
    unknown = {"started_at": None, "completed_at": None}

    assert output(METRIC, with_steps(unknown, unknown))["total_tests_duration"] is None


def test_a_step_that_is_not_about_tests_adds_no_anomaly() -> None:
    record = recorded(METRIC, with_steps({}, {}, {"started_at": None}))

    assert (record.event.output, record.event.anomalies) == (JOB, [])


def test_a_job_without_a_conclusion_has_a_null_one() -> None:
    assert output(METRIC, webhook("workflow_job", workflow_job__conclusion=None)) == JOB | {"conclusion": None}


def test_the_day_is_that_of_the_first_known_time() -> None:
    payload = webhook(
        "workflow_job",
        workflow_job__completed_at=None,
        workflow_job__started_at=None,
        workflow_job__created_at="2026-11-19T23:59:50Z",
    )

    assert recorded(METRIC, payload).path == f"{FOLDER}/2026-11-19/2832853555-2.json"


def test_without_a_time_and_an_attempt_the_path_is_the_id_without_a_day() -> None:
    payload = webhook(
        "workflow_job",
        workflow_job__completed_at=None,
        workflow_job__started_at=None,
        workflow_job__created_at=...,
        workflow_job__run_attempt=...,
    )

    assert recorded(METRIC, payload).path == f"{FOLDER}/undated/2832853555.json"


def test_an_id_beyond_2_to_the_53_stays_exact() -> None:
    record = recorded(METRIC, webhook("workflow_job", workflow_job__id=2**53 + 1))

    assert (record.event.output["id"], record.event.id) == (2**53 + 1, f"{FOLDER}/9007199254740993-2")


@pytest.mark.parametrize(
    "name",
    [
        "ava",
        "AVA",
        "run ava 5",
        "npx-ava",
        "test",
        "TESTS",
        "unit_test",
        "pytest",
        "vitest",
        "unittests",
        "e2e-tests",
        "testing",
        "Untested",
        "test123",
        "3test",
        "latest tests",
        "protest-free tests",
        "FormatTest",
        "ConcatTests",
        "attestationTests",
        "jest",
        "Puppeteer",
        "cypress-run",
        "selenium4",
        "playwright",
        "mochajs",
        "karma+jasmine",
        "🧪 tests ✓",
        "größentest",
    ],
)
def test_this_name_is_about_tests(name: str) -> None:
    assert is_about_tests(name)


@pytest.mark.parametrize(
    "name",
    [
        None,
        "",
        "java",
        "lava",
        "avatar",
        "javascript",
        "build",
        "latest",
        "ubuntu-latest",
        "LATEST",
        "greatest",
        "fastest",
        "contest",
        "contests",
        "contestant",
        "attest",
        "attestation",
        "Attestations",
        "protest",
        "protesting",
        "upload_latest",
        "te st",
        "te-st",
        "a v a",
    ],
)
def test_this_name_is_not_about_tests(name: str | None) -> None:
    assert not is_about_tests(name)


@pytest.mark.parametrize("missing", [None, ...])
def test_a_job_may_have_no_branch(missing: Any) -> None:
    assert output(METRIC, webhook("workflow_job", workflow_job__head_branch=missing)) == JOB | {"head_branch": None}
