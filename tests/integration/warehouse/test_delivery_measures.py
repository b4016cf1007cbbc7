"""The measures beyond DORA: small scenarios with manually computed results (durations in hours)."""

import pytest

from tests.unit.warehouse.scenarios import (
    HOUR,
    RecordSpec,
    at,
    documented,
    items,
    job,
    number,
    pull_request,
    report,
    requested,
    review,
    success,
    suite,
    tag,
    values,
)

MERGED = pull_request(7, at(3, "08:00"), at(4, "12:00"), "s7", [at(3, "07:00")])


def why(measure: str, *records: object) -> dict[str, str | None]:
    return {item.item: item.why for item in items(measure, *records)}  # type: ignore[arg-type]


def test_review_latency_is_to_the_first_review_by_a_person() -> None:
    # A bot after 5 minutes, people after 3 and 6 hours; somebody else's review of another pull request.
    records = (
        MERGED,
        review(1, 7, at(3, "08:05"), bot=True),
        review(2, 7, at(3, "14:00")),
        review(3, 7, at(3, "11:00")),
        review(4, 8, at(3, "08:30")),
    )
    assert values("review_latency", *records) == {"1007": 3}


def test_a_pull_request_without_a_human_review_has_unknown_review_time() -> None:
    records = (MERGED, review(1, 7, at(3, "08:05"), bot=True))
    assert values("review_latency", *records) == {"1007": None}
    assert why("review_latency", *records) == {"1007": "no review by a person is known"}


def test_a_review_by_an_account_that_is_gone_counts_as_a_person_s() -> None:
    assert values("review_latency", MERGED, review(1, 7, at(3, "09:00"), bot=None)) == {"1007": 1}


def test_a_review_before_the_opening_is_unknown_and_not_negative() -> None:
    records = (MERGED, review(1, 7, at(3, "07:00")))
    assert values("review_latency", *records) == {"1007": None}
    assert why("review_latency", *records) == {"1007": "reviewed before it was opened"}


def test_a_pull_request_has_a_size_in_lines_and_a_lifetime_until_merge() -> None:
    assert values("pull_request_size", MERGED) == {"1007": 10}
    assert values("pull_request_lifetime", MERGED) == {"1007": 28}


@pytest.mark.parametrize(
    ("lines", "reason"),
    [(0, "no lines are reported: there are none, or more than GitHub counts"), (None, "its lines are not known")],
)
def test_a_size_that_github_omits_is_unknown(lines: int | None, reason: str) -> None:
    records = pull_request(7, at(3), at(4), "s7", [], lines=lines)
    assert values("pull_request_size", records) == {"1007": None}
    assert why("pull_request_size", records) == {"1007": reason}


def test_a_lifetime_of_times_out_of_order_is_unknown() -> None:
    assert values("pull_request_lifetime", pull_request(7, at(5), at(4), "s7", [])) == {"1007": None}


def test_ci_lasts_from_the_first_job_start_to_the_last_end_per_attempt() -> None:
    # Attempt 1: 10:00 to 11:00; a skipped job of no time. Attempt 2, two hours later: 30 minutes.
    records = (
        job(1, at(3, "10:30"), run=5, workflow="CI", minutes=30, name="lint"),
        job(2, at(3, "11:00"), "failure", run=5, workflow="CI", minutes=50, name="test"),
        job(3, None, "skipped", run=5, workflow="CI", name="deploy"),
        job(4, at(3, "13:30"), run=5, attempt=2, workflow="CI", minutes=30, name="test"),
    )
    assert values("ci_duration", *records) == {"CI 5#1": 1, "CI 5#2": 0.5}


def test_ci_whose_times_are_not_known_is_unknown() -> None:
    records = (job(1, at(3, "10:30"), run=5, workflow="CI"), job(2, at(3, "10:40"), run=5, workflow="CI", minutes=-5))
    assert values("ci_duration", *records) == {"CI 5#1": None}


def test_a_run_without_a_result_is_no_ci() -> None:
    assert values("ci_duration", job(1, at(3), "cancelled"), job(2, at(3), "neutral", run=2)) == {}


def test_ci_duration_and_queue_time_leave_out_waits_for_an_approval() -> None:
    # 10:00 to 10:20 test; deploy is created at 10:20, waits an hour for its approval, is queued for 5 minutes, runs for 15.
    # lint runs from 11:00 to 11:10: the CI rested for 40 and 10 minutes.
    test = job(1, at(3, "10:20"), run=5, workflow="CI", minutes=20, name="test")
    deploy = job(2, at(3, "11:40"), run=5, workflow="CI", minutes=15, queued=65, name="deploy")
    lint = job(3, at(3, "11:10"), run=5, workflow="CI", minutes=10, queued=0, name="lint")
    assert values("ci_duration", test, _waited(deploy, 60), lint) == {"CI 5#1": 50 / 60}
    assert values("queue_time", _waited(deploy, 60)) == {"2": 5 / 60}
    assert values("queue_time", _waited(deploy, 66)) == {"2": 0}


def test_ci_duration_and_queue_time_are_unknown_if_a_wait_may_change_them() -> None:
    test = job(1, at(3, "10:20"), run=5, workflow="CI", minutes=20, name="test")
    deploy = job(2, at(3, "11:40"), run=5, workflow="CI", minutes=15, queued=65, name="deploy")
    reason = "whether it waited for an approval is not known"
    unknown = _waited(deploy, None)
    assert why("ci_duration", test, unknown) == {"CI 5#1": reason}
    assert why("queue_time", unknown) == {"2": reason}
    busy = job(3, at(3, "11:30"), run=5, workflow="CI", minutes=90, name="lint")
    assert values("ci_duration", test, unknown, busy) == {"CI 5#1": 100 / 60}


def _waited(record: RecordSpec, minutes: int | None) -> RecordSpec:
    wait = None if minutes is None else minutes * 60_000
    return record._replace(output=record.output._replace(environment="production", approval_wait=wait))


def test_ci_fails_by_the_last_state_of_each_suite() -> None:
    # Suite 1 failed and succeeded when it was run again; 2 failed; 3 timed out; the others neither failed nor succeeded.
    records = (
        suite(1, at(3, "10:00"), "failure"),
        suite(1, at(3, "11:00"), "success"),
        suite(2, at(3, "11:00"), "failure"),
        suite(3, at(3, "11:00"), "timed_out"),
        *(
            suite(4 + n, at(3), conclusion)
            for n, conclusion in enumerate(("cancelled", "neutral", "skipped", "stale", None))
        ),
    )
    assert values("ci_failure_rate", *records) == {"1": 0, "2": 1, "3": 1}
    rate = number(report(*records), "ci_failure_rate", "2026-11")
    assert rate is not None
    assert (rate.value, rate.known, rate.items) == (2 / 3, 3, 3)


def test_a_job_that_fails_and_passes_at_the_same_commit_is_flaky() -> None:
    records = (
        job(1, at(3, "10:00"), "failure", run=5, workflow="CI", name="unit"),
        job(2, at(3, "10:00"), "success", run=5, workflow="CI", name="lint"),
        job(3, at(3, "11:00"), "success", run=5, attempt=2, workflow="CI", name="unit"),
        job(4, at(3, "12:00"), "failure", run=6, workflow="CI", name="unit", sha="b"),
        job(5, at(3, "12:00"), "failure", run=7, workflow="CI", name="unit", sha="c"),
        job(6, at(3, "13:00"), "failure", run=7, attempt=2, workflow="CI", name="unit", sha="c"),
        job(7, at(3, "13:00"), "cancelled", run=8, workflow="CI", name="unit", sha="d"),
    )
    # lint passed; unit failed and passed at a, failed once at b (nobody knows), and failed twice at c: it is broken
    assert values("flakiness", *records) == {
        "CI / unit at a": 1,
        "CI / lint at a": 0,
        "CI / unit at b": None,
        "CI / unit at c": 0,
    }


def test_two_runs_of_one_commit_can_show_flakiness() -> None:
    records = (job(1, at(3, "10:00"), "failure", run=5, workflow="CI"), job(2, at(3, "10:00"), run=6, workflow="CI"))
    assert values("flakiness", *records) == {"CI / deploy at a": 1}


def test_jobs_without_a_name_go_by_the_whole_attempt() -> None:
    # Attempt 1: one failed, one passed; attempt 2 passed. Two jobs of one attempt are not one job twice.
    first = (
        job(1, at(3, "10:00"), "failure", run=None, workflow="CI", name=None),
        job(2, at(3, "10:00"), run=None, workflow="CI", name=None),
    )
    assert values("flakiness", *first) == {"CI at a": None}
    again = job(3, at(3, "11:00"), run=None, attempt=2, workflow="CI", name=None)
    assert values("flakiness", *first, again) == {"CI at a": 1}


def test_a_job_s_group_is_the_labels_of_its_runner() -> None:
    labels = {"1": ["Self-Hosted", "Linux"], "2": [], "3": None}
    jobs = [job(int(id), at(3)) for id in labels]
    records = [of._replace(output=of.output._replace(labels=labels[str(of.output.id)])) for of in jobs]
    found = {item.item: item.group for item in items("queue_time", *records)}
    assert found == {"1": "self-hosted, linux", "2": "", "3": None}


def test_a_job_s_queue_time_is_from_its_queueing_to_its_start() -> None:
    records = (
        job(1, at(3, "10:00"), queued=30),
        job(2, at(3, "10:00"), queued=-1, run=2),
        job(3, at(3, "10:00"), "skipped", run=3),
        job(4, None, "cancelled", run=4),
    )
    assert values("queue_time", *records) == {"1": 0.5, "2": None, "4": None}
    assert why("queue_time", *records) == {
        "1": None,
        "2": "started before it was queued",
        "4": "its times are not known",
    }


def test_time_since_last_deployment_is_for_production_only() -> None:
    records = (
        requested(1, at(2), None),
        requested(2, at(3), 24 * HOUR),
        requested(3, at(4), None, unread=True),
        requested(4, at(4), HOUR, env="staging"),
    )
    assert values("time_since_last_deployment", *records) == {"1": None, "2": 24, "3": None}


def test_documentation_is_the_share_of_pull_requests_that_touch_it() -> None:
    records = (
        *(pull_request(n, at(3), at(4), f"s{n}", []) for n in (1, 2, 3, 4)),
        documented(1, at(4), 2),
        documented(2, at(4), 0),
        documented(3, at(4), None),
    )
    assert values("documentation_share", *records) == {"1001": 1, "1002": 0, "1003": None, "1004": None}
    share = number(report(*records), "documentation_share", "2026-11")
    assert share is not None
    assert (share.value, share.known, share.items) == (0.5, 2, 4)


def test_release_cadence_is_the_time_between_releases() -> None:
    records = (
        tag("v1.0.0", at(2)),
        tag("v1.1.0-rc.1", at(3), "1.1.0-rc.1"),
        tag("v1.1.0", at(5)),
        tag("v1.2.0", at(6)),
    )
    assert values("release_cadence", *records) == {"v1.0.0": None, "v1.1.0": 72, "v1.2.0": 24}


def test_what_is_of_no_environment_has_an_empty_one() -> None:
    result = report(MERGED, success(1, at(2), "a", first=True))
    assert {number.measure: number.environment for number in result.numbers if number.kind == "month"} == {
        "change_lead_time": "production",
        "deployment_frequency": "production",
        "change_fail_rate": "production",
        "deployment_rework_rate": "production",
        "review_latency": "",
        "pull_request_size": "",
        "pull_request_lifetime": "",
        "documentation_share": "",
    }
