"""Sections 3, 4 and 8: attempts, rollbacks, and what counts as a deployment."""

import pytest

from tests.histories.build import at, commit, comparison, failure, job, release, revert, run, status
from tests.histories.extend import Record
from tests.integration.oracle.answers import (
    BASE,
    FREQUENCY,
    LEAD,
    RATE,
    RECOVERY,
    REWORK,
    failed,
    items,
    reworked,
    unknown,
    values,
)
from tests.oracle import measures
from tests.oracle.items import INFERRED, KNOWN

JOB = {"id": 1, "name": "deploy"}


def test_a_retry_of_a_run_is_one_attempt() -> None:
    records = [
        BASE[0],
        failure(2, at(3, "10:00"), "b", run=5, job=JOB),
        status(3, at(3, "10:20"), "b", commit("b", at(3, "09:00")), run=5, job={**JOB, "id": 2}, attempt=2),
    ]
    assert values(FREQUENCY, *records) == {"1": 1, "3": 1}
    assert values("deployment_attempts_failed", *records) == {}


def test_a_run_that_succeeded_and_fails_again_deployed_once() -> None:
    records = [
        BASE[0],
        status(2, at(3, "10:00"), "b", commit("b", at(3, "09:00")), run=5, job=JOB),
        failure(3, at(3, "10:20"), "b", run=5, job={**JOB, "id": 2}, attempt=2),
    ]
    assert values(FREQUENCY, *records) == {"1": 1, "2": 1}
    assert values("deployment_attempts_failed", *records) == {}


def test_another_job_of_the_same_run_does_not_count_again() -> None:
    records = [
        BASE[0],
        status(2, at(3, "10:00"), "b", commit("b", at(3, "09:00")), run=5, job=JOB),
        status(3, at(3, "10:05"), "b", run=5, job={"id": 2, "name": "smoke"}),
        status(4, at(3, "11:00"), "b", run=6, job={"id": 3, "name": "deploy"}),
        status(5, at(3, "11:05"), "b", run=5, attempt=2, job={"id": 4, "name": "notify"}),
    ]
    assert values(FREQUENCY, *records) == {"1": 1, "2": 1, "4": 1}


def test_a_commit_again_of_an_unknown_run_is_an_unknown_item() -> None:
    records = [*BASE, status(3, at(4), "b", schema=1)]
    assert values(FREQUENCY, *records) == {"1": 1, "2": 1, "3": None}


@pytest.mark.parametrize(("conclusion", "certainty"), [("failure", KNOWN), (None, INFERRED)])
def test_an_attempt_whose_end_no_record_tells_is_inferred(conclusion: str | None, certainty: str) -> None:
    records = [BASE[0], failure(2, at(3, "10:00"), "b"), status(3, at(3, "10:30"), "a", event="workflow_dispatch")]
    if conclusion:
        records.append(run(9002, conclusion, at(3, "10:00")))
    answer = items(RATE, *records)["2"]
    assert (answer.value, answer.certainty) == (1, certainty)
    assert reworked(*records) == {"3"}
    assert values(RECOVERY, *records) == {"2": 0.5}


def test_a_failed_attempt_of_the_same_commit_is_a_retry() -> None:
    records = [
        *BASE,
        failure(3, at(3, "11:00"), "b"),
        run(9003, "failure", at(3, "11:00")),
        status(4, at(3, "11:30"), "b"),
    ]
    assert (failed(*records), reworked(*records)) == (set(), set())
    assert values(FREQUENCY, *records) == {"1": 1, "2": 1, "4": 1}


def test_a_failed_attempt_before_a_fix_is_a_possible_failure() -> None:
    records = [
        *BASE,
        failure(3, at(3, "11:00"), "c"),
        run(9003, "failure", at(3, "11:00")),
        status(4, at(3, "12:00"), "d", commit("c", at(3, "10:30")), commit("d", at(3, "11:30"))),
    ]
    assert failed(*records) == set()
    assert values("possible_failures", *records) == {"3": 1}
    assert failed(*records, services={"failed_attempts": "count"}) == {"3"}


def test_an_attempt_of_schema_1_may_have_been_cancelled() -> None:
    records = [BASE[0], failure(2, at(3, "10:00"), "b", schema=1), status(3, at(3, "10:30"), "a", event="push")]
    assert unknown(RATE, *records) == {"2"}
    assert values(RECOVERY, *records) == {}
    assert unknown(REWORK, *records) == {"3"}


def test_a_rollback_to_a_commit_that_never_was_here_took_out_the_last() -> None:
    records = [*BASE, status(3, at(3, "11:00"), "old", behind=True)]
    assert (failed(*records), reworked(*records)) == ({"2"}, {"3"})
    assert values(LEAD, *records) == {"of 1": None, "b": 1}


def test_of_several_that_a_rollback_takes_out_the_first_is_inferred() -> None:
    records = [
        *BASE,
        status(3, at(3, "11:00"), "c", commit("c", at(3, "10:30"))),
        status(4, at(3, "12:00"), "a", behind=True),
    ]
    found = items(RATE, *records)
    assert {name: (answer.value, answer.certainty) for name, answer in found.items()} == {
        "1": (0, KNOWN),
        "2": (1, INFERRED),
        "3": (None, "unknown"),
        "4": (0, KNOWN),
    }
    assert values(RECOVERY, *records) == {"2": 2}


def test_a_second_rollback_takes_out_what_is_still_there() -> None:
    # a, b, c, back to b (c failed), back to a: only b is taken out.
    records = [
        *BASE,
        status(3, at(3, "11:00"), "c", commit("c", at(3, "10:30"))),
        status(4, at(3, "12:00"), "b", behind=True),
        status(5, at(3, "13:00"), "a", behind=True),
    ]
    assert failed(*records) == {"2", "3"}
    assert {answer.certainty for answer in items(RATE, *records).values()} == {KNOWN}
    assert values(RECOVERY, *records) == {"2": 3, "3": 1}


def test_a_deployment_of_a_part_of_what_an_excluded_one_listed() -> None:
    nightly = status(3, at(4, "02:00"), "d", commit("c", at(3, "20:00")), commit("d", at(3, "21:00")), event="schedule")
    services = {"deployments": {"kind": "statuses", "exclude": [{"event": "sched*"}]}}
    records = [*BASE, nightly, status(4, at(4, "10:00"), "c", behind=True)]
    assert failed(*records, services=services) == set()
    assert values(LEAD, *records, services=services) == {"of 1": None, "b": 1, "c": 14}
    later = [*records, status(5, at(5, "21:00"), "e", commit("d", at(3, "21:00")), commit("e", at(5, "20:00")))]
    assert values(LEAD, *later, services=services) == {"of 1": None, "b": 1, "c": 14, "d": 48, "e": 1}


def test_what_waits_behind_an_unread_list_is_unknown_too() -> None:
    nights = [
        status(3, at(4, "02:00"), "c", commit("c", at(3, "20:00")), event="schedule"),
        status(4, at(4, "03:00"), "d", event="schedule", unread=True),
    ]
    services = {"deployments": {"kind": "statuses", "exclude": [{"event": "schedule"}]}}
    records = [*BASE, *nights, status(5, at(4, "10:00"), "c", behind=True), status(6, at(4, "11:00"), "e")]
    assert values(LEAD, *records, services=services) == {"of 1": None, "b": 1, "of 5": None, "c": 14, "of 6": None}


def test_a_rollback_past_an_excluded_deployment_is_one() -> None:
    nightly = status(3, at(4, "02:00"), "c", commit("c", at(3, "20:00")), event="schedule")
    services = {"deployments": {"kind": "statuses", "exclude": [{"event": "schedule"}]}}
    records = [*BASE, nightly, status(4, at(4, "10:00"), "old", behind=True)]
    assert failed(*records, services=services) == {"2"}
    assert list(measures(records, services)["deployments_left_out"]) == [("octo-org/shop", "production", "3")]


def test_an_exclusion_that_old_records_cannot_decide_is_unknown() -> None:
    services = {"deployments": {"kind": "statuses", "exclude": [{"event": "schedule", "ref": "main"}]}}
    old = [status(1, at(2, "09:00"), "a", first=True, schema=1)]
    assert values(FREQUENCY, *old, services=services) == {"1": None}
    other = {"deployments": {"kind": "statuses", "exclude": [{"event": "schedule", "ref": "release"}]}}
    assert values(FREQUENCY, *old, services=other) == {"1": 1}


def test_a_deployment_that_ends_after_a_newer_one_is_compared_with_that() -> None:
    # 2 was created before 3 and ends after it: GitHub compared it with 1.
    first = {"id": 1, "sha": "a", "created_at": at(2, "09:00")}
    records = [
        BASE[0],
        status(3, at(3, "10:00"), "c", commit("b", at(3, "08:00")), commit("c", at(3, "09:00")), previous=first),
        status(2, at(3, "10:30"), "b", commit("b", at(3, "08:00")), previous=first),
    ]
    assert unknown(RATE, *records) == {"3"}
    known = [*records, comparison("c", "b", "behind")]
    assert (failed(*known), reworked(*known)) == ({"3"}, {"2"})


RUNS = {"deployments": {"kind": "workflow", "workflow": "Deploy", "job": "deploy*", "branches": ["main", "v*"]}}


def jobs(run_id: int, day: int, *conclusions: str, **options: object) -> list[Record]:
    return [
        job(
            run_id * 10 + index,
            at(day, "10:00"),
            at(day, "10:10"),
            conclusion,
            run=run_id,
            name=f"deploy-{index}",
            **options,
        )
        for index, conclusion in enumerate(conclusions)
    ]


@pytest.mark.parametrize(
    ("conclusions", "counts", "cancelled", "failures"),
    [
        (("success", "skipped"), 1, 0, 0),
        (("skipped", "skipped"), 0, 0, 0),
        (("success", "cancelled"), 0, 1, 0),
        (("success", "timed_out"), 0, 0, 1),
        (("failure", "cancelled"), 0, 1, 0),
    ],
)
def test_a_run_deploys_by_its_matching_jobs(
    conclusions: tuple[str, ...], counts: int, cancelled: int, failures: int
) -> None:
    records = jobs(1, 2, *conclusions)
    assert len(values(FREQUENCY, *records, services=RUNS)) == counts
    assert len(values("deployment_attempts_cancelled", *records, services=RUNS)) == cancelled
    assert len(values("deployment_attempts_failed", *records, services=RUNS)) == failures


def test_a_run_of_which_one_job_is_tried_again_deploys_then() -> None:
    records = [
        *jobs(1, 2, "success", "failure"),
        job(20, at(2, "11:00"), at(2, "11:30"), run=1, attempt=2, name="deploy-1"),
        job(21, at(2, "10:00"), at(2, "10:10"), run=1, attempt=2, name="deploy-0", is_copy=True),
    ]
    assert values(FREQUENCY, *records, services=RUNS) == {"1#2": 1}


def test_without_a_job_the_jobs_with_a_deployment_decide() -> None:
    services = {"deployments": {"kind": "workflow", "workflow": "Deploy"}}
    records = [
        job(1, at(2, "10:00"), at(2, "10:10"), run=1, name="test"),
        job(
            2,
            at(2, "10:10"),
            at(2, "10:20"),
            run=1,
            name="deploy",
            also={"environment": "production", "deployment_id": 7},
        ),
        job(3, at(3, "10:00"), at(3, "10:10"), run=2, name="test"),
        job(4, at(3, "10:10"), at(3, "10:10"), "skipped", run=2, name="deploy"),
    ]
    assert values(FREQUENCY, *records, services=services) == {"1#1": 1}


def test_a_run_of_an_older_commit_is_a_rollback() -> None:
    records = [*jobs(1, 2, "success", sha="a"), *jobs(2, 3, "success", sha="b"), *jobs(3, 4, "success", sha="a")]
    assert failed(*records, services=RUNS) == {"2#1"}
    assert reworked(*records, services=RUNS) == {"3#1"}


RELEASES = {"deployments": "releases", "branch": "main"}


def test_a_lower_release_of_another_prefix_is_no_rollback() -> None:
    records = [
        release("api-v2.0.0", at(2), "a", prefix="api-v"),
        release("web-v1.0.0", at(3), "b", prefix="web-v"),
        release(
            "api-v1.9.9", at(4), "c", prefix="api-v", previous={"tag": "api-v1.9.8", "sha": "z", "committed_at": at(1)}
        ),
    ]
    assert (failed(*records, services=RELEASES), reworked(*records, services=RELEASES)) == (set(), set())


def test_a_higher_release_of_older_code_is_a_rollback() -> None:
    records = [
        release("v1.0.0", at(2), "a"),
        release("v1.1.0", at(3), "b", previous={"tag": "v1.0.0", "sha": "a", "committed_at": at(2)}),
        release("v1.1.1", at(4), "a", previous={"tag": "v1.1.0", "sha": "b", "committed_at": at(3)}, behind=True),
    ]
    assert failed(*records, services=RELEASES) == {"v1.1.0"}
    assert reworked(*records, services=RELEASES) == {"v1.1.1"}


def test_a_revert_of_what_only_a_failed_attempt_had_is_none() -> None:
    records = [
        *BASE,
        failure(3, at(3, "11:00"), "c"),
        status(4, at(3, "12:00"), "r", commit("c", at(3, "10:30")), revert("r", at(3, "11:30"), "c")),
    ]
    assert (failed(*records), reworked(*records)) == (set(), set())


def test_a_recorded_comparison_with_the_own_deployment_decides() -> None:
    # Between 2 and 4 an excluded deployment went to another branch: GitHub compared 4 with that.
    excluded = status(3, at(4, "02:00"), "x", commit("x", at(3, "20:00")), event="schedule")
    services = {"deployments": {"kind": "statuses", "exclude": [{"event": "schedule"}]}}
    records = [*BASE, excluded, status(4, at(4, "10:00"), "c", unread=True)]
    assert unknown(RATE, *records, services=services) == {"2"}
    known = [*records, comparison("b", "c", "ahead", commit("c", at(4, "09:00")))]
    assert failed(*known, services=services) == set()
    assert values(LEAD, *known, services=services) == {"of 1": None, "b": 1, "c": 1}


def test_the_oldest_record_may_be_compared_with_an_older_deployment() -> None:
    records = [
        status(5, at(3, "10:00"), "b", commit("b", at(3, "09:00"))),
        status(6, at(3, "11:00"), "c", commit("c", at(3, "10:30"))),
    ]
    assert values(LEAD, *records) == {"b": 1, "c": 0.5}
    back = [status(5, at(3, "10:00"), "a", behind=True), *records[1:]]
    assert (failed(*back), reworked(*back)) == (set(), {"5"})


def test_unknown_changes_leave_what_they_replaced_unknown() -> None:
    records = [
        *BASE,
        status(3, at(3, "12:00"), "c", commit("c", at(3, "11:00"))),
        status(4, at(3, "13:00"), "d", unread=True),
    ]
    assert unknown(RATE, *records) == {"3"}
    assert unknown(REWORK, *records) == {"4"}
    assert values(LEAD, *records)["of 4"] is None


def test_a_release_takes_out_the_one_before_in_its_line_not_in_time() -> None:
    def after(tag: str, sha: str, day: int) -> dict[str, object]:
        return {"tag": tag, "sha": sha, "committed_at": at(day)}

    records = [
        release("v1.9.4", at(2), "a"),
        release("v2.0.0", at(3), "b", previous=after("v1.9.4", "a", 2)),
        release("v1.9.5", at(4), "c", previous=after("v1.9.4", "a", 2)),
        release("v2.0.1", at(5), "a2", previous=after("v2.0.0", "b", 3), behind=True),
    ]
    assert failed(*records, services=RELEASES) == {"v2.0.0"}
