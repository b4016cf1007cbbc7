"""Jobs that GitHub copies into a new attempt when only the failed ones are re-run."""

from typing import Any

import pytest

from tests.unit.warehouse.scenarios import RecordSpec, at, job, values
from tests.unit.warehouse.scenarios import items as rows_of
from warehouse.services import parsed

MINUTE = 60_000
WORKFLOW = parsed({"repositories": {"*/*": {"deployments": "workflow", "workflow": "CI", "branch": "main"}}})


def run(id: int, start: int, minutes: int, conclusion: str = "success", **fields: Any) -> RecordSpec:
    return job(id, start + minutes * MINUTE, conclusion, minutes=minutes, run=5, workflow="CI", **fields)


def copied(id: int, start: int, minutes: int, created: int, conclusion: str = "success", **fields: Any) -> RecordSpec:
    copy = fields.pop("copy", True)
    spec = run(id, start, minutes, conclusion, copy=copy, **fields)
    return spec._replace(output=spec.output._replace(created_at=created))


FIRST_DAY, SECOND_DAY = at(3, "10:00"), at(4, "09:00")
ATTEMPTS = (
    run(1, FIRST_DAY, 10, name="unit"),
    run(2, FIRST_DAY, 12, "failure", name="e2e"),
    run(4, SECOND_DAY, 12, name="e2e", attempt=2),
)
COPY = copied(3, FIRST_DAY, 10, SECOND_DAY, name="unit", attempt=2)
OLD_COPY = COPY._replace(output=COPY.output._replace(is_copy=None))


@pytest.mark.parametrize("copy", [COPY, OLD_COPY], ids=["marked", "before the field"])
def test_a_copied_job_does_not_stretch_its_attempt(copy: RecordSpec) -> None:
    assert values("ci_duration", *ATTEMPTS, copy) == {"CI 5#1": 0.2, "CI 5#2": 0.2}
    assert values("queue_time", *ATTEMPTS, copy).keys() == {"1", "2", "4"}


def test_without_a_creation_time_the_duration_of_an_attempt_is_unknown() -> None:
    undecided = COPY._replace(output=COPY.output._replace(is_copy=None, created_at=None))
    rows = {row.item: (row.value, row.why) for row in rows_of("ci_duration", *ATTEMPTS, undecided)}
    assert rows == {
        "CI 5#1": (12 * MINUTE, None),
        "CI 5#2": (None, "whether a job ran again or is a copy is not known"),
    }


def test_a_copy_of_a_failed_job_is_no_second_failure() -> None:
    # only `lint` was re-run: `e2e` failed once and was not retried
    copy = copied(6, FIRST_DAY, 12, SECOND_DAY, "failure", name="e2e", attempt=2)
    [item] = rows_of("flakiness", run(2, FIRST_DAY, 12, "failure", name="e2e"), copy)
    assert (item.value, item.why) == (None, "failed, and was not retried")
    undecided = copy._replace(output=copy.output._replace(is_copy=None, created_at=None))
    [item] = rows_of("flakiness", run(2, FIRST_DAY, 12, "failure", name="e2e"), undecided)
    assert (item.value, item.why) == (None, "failed, and whether it was retried is not known")
    again = run(6, SECOND_DAY, 12, "failure", name="e2e", attempt=2)
    [item] = rows_of("flakiness", run(2, FIRST_DAY, 12, "failure", name="e2e"), again)
    assert item.value == 0


def test_a_job_that_failed_and_passed_is_flaky_beside_copies() -> None:
    assert values("flakiness", *ATTEMPTS, COPY) == {"CI / unit at a": 0, "CI / e2e at a": 1}


def test_an_attempt_of_which_only_copies_are_known_deploys_nothing() -> None:
    assert values("deployment_frequency", ATTEMPTS[0], COPY, services=WORKFLOW).keys() == {"5#1"}
