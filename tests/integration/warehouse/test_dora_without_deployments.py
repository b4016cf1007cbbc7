"""Teams without GitHub deployments, which use releases, merges or workflow runs, with manually computed results."""

import pytest

from tests.unit.warehouse.scenarios import (
    HOUR,
    RecordSpec,
    at,
    incident,
    items,
    job,
    pull_request,
    success,
    tag,
    values,
)
from warehouse.services import Services, parsed

LEAD, FREQUENCY, FAIL_RATE = "change_lead_time", "deployment_frequency", "change_fail_rate"
RECOVERY, REWORK = "failed_deployment_recovery_time", "deployment_rework_rate"


def rule(**options: object) -> Services:
    return parsed({"repositories": {"octo-org/shop": options}})


RELEASES = rule(deployments="releases", branch="main")
MERGES = rule(deployments="merges", branch="main")
WORKFLOW = rule(deployments="workflow", workflow="Deploy", branch="main")


def merged(number: int, opened: int, merged_at: int, *written: int, **options: object) -> list[RecordSpec]:
    return pull_request(number, opened, merged_at, f"s{number}", written, **options)  # type: ignore[arg-type]


def test_a_release_contains_pull_requests_merged_since_the_previous_one() -> None:
    # 7 was merged before the first release, which is compared with nothing; 8 and 9 came with the second.
    records = (
        merged(7, at(2, "08:00"), at(2, "10:00"), at(2, "07:00")),
        tag("v1.0.0", at(2, "12:00")),
        merged(8, at(3, "08:00"), at(3, "10:00"), at(3, "07:00")),
        merged(9, at(3, "08:00"), at(3, "11:00"), at(3, "08:00"), at(3, "09:00")),
        tag("v1.1.0", at(3, "12:00"), previous="v1.0.0"),
        merged(10, at(3, "08:00"), at(3, "13:00"), at(3, "07:00")),
    )
    assert values(FREQUENCY, *records, services=RELEASES) == {"v1.0.0": 1, "v1.1.0": 1}
    assert sorted((item.value or 0) / HOUR for item in items(LEAD, *records, services=RELEASES)) == [0, 3, 4, 5]
    [unknown] = [item for item in items(LEAD, *records, services=RELEASES) if item.value is None]
    assert (unknown.item, unknown.why) == ("of v1.0.0", "first deployment: there is nothing to compare with")


def test_a_pre_release_is_not_deployed() -> None:
    records = (tag("v1.0.0", at(2)), tag("v1.1.0-rc.1", at(3), "1.1.0-rc.1"), tag("v1.1.0", at(4)))
    assert list(values(FREQUENCY, *records, services=RELEASES)) == ["v1.0.0", "v1.1.0"]


def test_a_release_from_backfill_has_no_time_and_is_no_deployment() -> None:
    records = (tag("v0.9.0", at(20), collected_by="backfill"), tag("v1.0.0", at(2)), tag("v1.1.0", at(4)))
    assert list(values(FREQUENCY, *records, services=RELEASES)) == ["v1.0.0", "v1.1.0"]
    cadence = {item.item: (item.at, item.value, item.why) for item in items("release_cadence", *records)}
    assert cadence == {
        "v0.9.0": (None, None, "found by backfill: GitHub reports no time of a tag"),
        "v1.0.0": (at(2), None, "the first that is known"),
        "v1.1.0": (at(4), 48 * HOUR, None),
    }


def test_changes_of_releases_without_a_branch_are_unknown() -> None:
    records = (
        tag("v1.0.0", at(2)),
        merged(8, at(3, "08:00"), at(3, "10:00"), at(3, "07:00")),
        tag("v1.1.0", at(4), previous="v1.0.0"),
    )
    rows = items(LEAD, *records, services=rule(deployments="releases"))
    assert [(item.item, item.value, item.why) for item in rows] == [
        ("of v1.0.0", None, "first deployment: there is nothing to compare with"),
        ("of v1.1.0", None, "the branch of its releases is not configured"),
    ]


def test_a_merge_to_the_branch_deploys_its_pull_request() -> None:
    # To another branch it is none. 4 and 3 hours from commit to merge.
    records = (
        merged(7, at(2, "08:00"), at(2, "11:00"), at(2, "07:00"), at(2, "08:00")),
        merged(8, at(2, "08:00"), at(2, "12:00"), at(2, "07:00"), base="develop"),
    )
    key = f"1007-{at(2, '11:00')}"
    assert values(FREQUENCY, *records, services=MERGES) == {key: 1}
    assert values(LEAD, *records, services=MERGES) == {f"{key}#1": 4, f"{key}#2": 3}


def test_a_merged_revert_of_a_pull_request_fails_its_merge() -> None:
    # 8 was merged when 9, the revert of 7, was open already. 7 failed for three hours. If 9 names nothing, that is inferred.
    records = (
        merged(7, at(2, "08:00"), at(2, "11:00"), at(2, "07:00")),
        merged(8, at(2, "08:00"), at(2, "13:00"), at(2, "07:00")),
    )
    unnamed = merged(9, at(2, "12:00"), at(2, "14:00"), at(2, "12:00"), revert=True)
    revert = [unnamed[0]._replace(output=unnamed[0].output._replace(reverts_number=7)), unnamed[1]]
    seventh, eighth, ninth = (f"100{n}-{at(2, time)}" for n, time in ((7, "11:00"), (8, "13:00"), (9, "14:00")))
    assert values(FAIL_RATE, *records, revert, services=MERGES) == {seventh: 1, eighth: 0, ninth: 0}
    assert values(RECOVERY, *records, revert, services=MERGES) == {seventh: 3}
    assert values(REWORK, *records, revert, services=MERGES) == {seventh: 0, eighth: 0, ninth: 1}
    assert values(FAIL_RATE, *records, unnamed, services=MERGES) == {seventh: 1, eighth: 0, ninth: 0}
    [failure] = [item for item in items(FAIL_RATE, *records, unnamed, services=MERGES) if item.item == seventh]
    assert failure.certainty == "inferred"


def test_an_incident_fails_the_last_release_before_it() -> None:
    records = (tag("v1.0.0", at(2)), tag("v1.1.0", at(4)), incident(7, at(4, "02:00"), at(4, "05:00")))
    assert values(FAIL_RATE, *records, services=RELEASES) == {"v1.0.0": 0, "v1.1.0": 1}
    assert values(RECOVERY, *records, services=RELEASES) == {"v1.1.0": 5}


def test_a_workflow_run_is_a_deployment_once_its_last_job_succeeded() -> None:
    # Jobs of one run: the deployment is at the end of the last one that was not skipped. Another workflow, or branch, is none.
    records = (
        job(1, at(2, "10:00"), run=1, name="build"),
        job(2, at(2, "10:30"), run=1, name="deploy"),
        job(3, at(2, "10:40"), "skipped", run=1, name="notify"),
        job(4, at(3, "10:00"), run=2, workflow="CI", sha="b"),
        job(5, at(3, "10:00"), run=3, branch="topic", sha="b"),
    )
    [item] = items(FREQUENCY, *records, services=WORKFLOW)
    assert (item.item, item.at, item.environment, item.why) == ("1#1", at(2, "10:30"), "production", "workflow")


def test_a_run_contains_what_was_merged_until_its_commit() -> None:
    # Run 2 is of s8, merged at 10:00; 9 was merged at 10:05, before the run even began, and came with run 3.
    records = (
        job(1, at(2, "12:00"), run=1, sha="s7"),
        merged(8, at(3, "08:00"), at(3, "10:00"), at(3, "08:00")),
        merged(9, at(3, "08:00"), at(3, "10:05"), at(3, "09:00")),
        job(2, at(3, "11:00"), run=2, sha="s8"),
        job(3, at(3, "12:00"), run=3, sha="s9"),
    )
    eighth, ninth = f"1008-{at(3, '10:00')}#1", f"1009-{at(3, '10:05')}#1"
    assert values(LEAD, *records, services=WORKFLOW) == {"of 1#1": None, eighth: 3, ninth: 3}


def test_a_run_of_a_pushed_commit_contains_merges_until_its_start() -> None:
    records = (
        job(1, at(2, "12:00"), run=1, sha="s7"),
        merged(8, at(3, "08:00"), at(3, "10:00"), at(3, "08:00")),
        merged(9, at(3, "08:00"), at(3, "10:52"), at(3, "09:00")),
        job(2, at(3, "11:00"), run=2, sha="pushed"),  # began at 10:49
    )
    assert values(LEAD, *records, services=WORKFLOW) == {"of 1#1": None, f"1008-{at(3, '10:00')}#1": 3}


def test_a_run_that_failed_and_is_tried_again_is_no_failure() -> None:
    records = (
        job(1, at(2, "12:00"), run=1, sha="s7"),
        job(2, at(3, "11:00"), "failure", run=2, sha="s8"),
        job(3, at(3, "11:30"), run=2, attempt=2, sha="s8"),
    )
    assert values(FREQUENCY, *records, services=WORKFLOW) == {"1#1": 1, "2#2": 1}
    assert values(FAIL_RATE, *records, services=WORKFLOW) == {"1#1": 0, "2#2": 0}


def test_a_failed_run_is_a_failed_change_if_a_hotfix_is_about_it() -> None:
    # 9 was written at 11:10, after the failure of 11:00, and deployed at 12:00.
    records = (
        job(1, at(2, "12:00"), run=1, sha="s7"),
        job(2, at(3, "11:00"), "failure", run=2, sha="s8"),
        merged(9, at(3, "11:15"), at(3, "11:30"), at(3, "11:10")),
        job(3, at(3, "12:00"), run=3, sha="s9"),
    )
    assert values(FAIL_RATE, *records, services=WORKFLOW) == {"1#1": 0, "3#1": 0}
    review, size = records[2]
    hotfix = (*records[:2], review._replace(output=review.output._replace(head_ref="hotfix/9")), size, records[3])
    assert values(FAIL_RATE, *hotfix, services=WORKFLOW) == {"1#1": 0, "2#1": 1, "3#1": 0}
    assert values(RECOVERY, *hotfix, services=WORKFLOW) == {"2#1": 1}
    assert values(REWORK, *hotfix, services=WORKFLOW) == {"1#1": 0, "3#1": 1}


def test_a_nightly_run_of_the_same_commit_is_not_another_deployment() -> None:
    records = [job(night, at(2 + night, "02:00"), run=night, sha="s7") for night in range(1, 5)]
    # The records do not say which event started the runs, so the later ones are not known to be none.
    assert values(FREQUENCY, *records, services=WORKFLOW) == {"1#1": 1, "2#1": None, "3#1": None, "4#1": None}


def test_a_run_of_an_older_commit_is_a_rollback() -> None:
    records = (
        job(1, at(2, "12:00"), run=1, sha="s7"),
        job(2, at(3, "12:00"), run=2, sha="s8"),
        job(3, at(3, "13:00"), run=1, attempt=2, sha="s7"),
    )
    assert values(FAIL_RATE, *records, services=WORKFLOW) == {"1#1": 0, "2#1": 1, "1#2": 0}
    assert values(RECOVERY, *records, services=WORKFLOW) == {"2#1": 1}


@pytest.mark.parametrize("conclusion", ["cancelled", "action_required", "stale", None])
def test_a_run_with_a_rejected_job_neither_deployed_nor_failed(conclusion: str | None) -> None:
    records = (job(1, at(2, "12:00"), run=1, name="build"), job(2, at(2, "12:30"), conclusion, run=1, name="deploy"))
    assert values(FREQUENCY, *records, services=WORKFLOW) == {}
    assert values(FAIL_RATE, *records, services=WORKFLOW) == {}


def test_jobs_without_a_run_are_of_one_by_their_commit() -> None:
    records = (job(1, at(2, "12:00"), run=None, sha="s7"), job(2, at(2, "12:30"), run=None, sha="s7", name="deploy"))
    [item] = items(FREQUENCY, *records, services=WORKFLOW)
    assert (item.item, item.at) == ("s7#1", at(2, "12:30"))


@pytest.mark.parametrize("services", [RELEASES, MERGES, WORKFLOW], ids=["releases", "merges", "workflow"])
def test_deployment_statuses_are_ignored_if_configured_otherwise(services: Services) -> None:
    assert values(FREQUENCY, success(1, at(2), "a", first=True), services=services) == {}
