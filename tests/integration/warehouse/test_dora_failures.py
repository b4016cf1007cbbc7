"""Failed deployments and their recovery: small scenarios of edge cases with manually computed results."""

from tests.unit.warehouse.scenarios import (
    HOUR,
    at,
    commit,
    failure,
    incident,
    inferred,
    items,
    number,
    pull_request,
    report,
    success,
    values,
)
from warehouse.services import parsed

FAIL_RATE, RECOVERY, REWORK = "change_fail_rate", "failed_deployment_recovery_time", "deployment_rework_rate"
FIRST = success(1, at(2, "09:00"), "a", first=True)
BAD = success(2, at(3, "10:00"), "b", commit("b", at(3, "08:00")))
"""The deployment that fails in the scenarios below."""


def test_without_a_failure_signal_there_is_no_recovery_time() -> None:
    records = (FIRST, BAD)
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 0}
    assert values(REWORK, *records) == {"1": 0, "2": 0}
    assert values(RECOVERY, *records) == {}
    assert number(report(*records), RECOVERY, "2026-11") is None


def test_a_rollback_to_an_ancestor_fails_what_it_replaces_and_is_rework() -> None:
    # GitHub compares 3 with 2 and finds it behind. 2 failed, 3 fixed it after 2 hours; of three deployments one each.
    records = (FIRST, BAD, success(3, at(3, "12:00"), "a", back=True))
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 0}
    assert values(RECOVERY, *records) == {"2": 2}
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": 1}
    rate = number(report(*records), FAIL_RATE, "2026-11")
    assert rate is not None
    assert (rate.value, rate.known, rate.items) == (1 / 3, 3, 3)


def test_a_rollback_to_an_ancestor_that_was_never_deployed_counts() -> None:
    records = (FIRST, BAD, success(3, at(3, "12:00"), "between a and b", back=True))
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 0}


def test_an_unread_rollback_is_inferred_from_deployment_order() -> None:
    # a, b, a: the third was there before the one that it replaces.
    records = (FIRST, BAD, success(3, at(3, "12:00"), "a", unread=True))
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 0}
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": 1}


def test_of_several_deployments_that_a_rollback_takes_out_the_first_failed() -> None:
    # a, b, c, a: the first of b and c failed, as far as can be inferred, and of the other nothing is known.
    third = success(3, at(3, "11:00"), "c", commit("c", at(3, "09:00")))
    records = (FIRST, BAD, third, success(4, at(3, "12:00"), "a", back=True))
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": None, "4": 0}
    assert values(RECOVERY, *records) == {"2": 2}
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": 0, "4": 1}
    rate = number(report(*records), FAIL_RATE, "2026-11")
    assert rate is not None
    assert (rate.value, rate.known, rate.items) == (1 / 3, 2, 4)


def test_a_second_rollback_is_not_about_what_the_first_took_out() -> None:
    # a, b, c, b, a: c failed until the fourth, b until the fifth.
    third = success(3, at(3, "11:00"), "c", commit("c", at(3, "09:00")))
    records = (
        FIRST,
        BAD,
        third,
        success(4, at(3, "12:00"), "b", back=True),
        success(5, at(3, "14:00"), "a", back=True),
    )
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 1, "4": 0, "5": 0}
    assert values(RECOVERY, *records) == {"2": 4, "3": 1}
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": 0, "4": 1, "5": 1}


def test_a_redeployment_after_a_rollback_is_no_rollback() -> None:
    # a, b, a, b: the fourth was there before, but after the one that it replaces.
    records = (FIRST, BAD, success(3, at(3, "12:00"), "a", unread=True), success(4, at(4, "12:00"), "b", unread=True))
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": 1, "4": None}
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": None, "4": 0}


def test_an_older_run_that_ends_late_is_not_known_to_be_a_rollback() -> None:
    # Deployment 2 was made before 3 and ended after it: GitHub compared neither with the one that it replaced.
    records = (
        FIRST,
        success(3, at(3, "10:00"), "c", commit("b", at(3, "08:00")), commit("c", at(3, "09:00"))),
        success(2, at(3, "10:30"), "b", commit("b", at(3, "08:00"))),
    )
    assert values(FAIL_RATE, *records) == {"1": None, "3": None, "2": 0}


def test_a_deployment_without_a_comparison_leaves_two_unknown() -> None:
    # Whether 3 went back, or reverts 2, is not known: so neither is whether 2 failed, nor whether 3 is rework.
    records = (FIRST, BAD, success(3, at(4, "10:00"), "c", unread=True))
    assert values(FAIL_RATE, *records) == {"1": 0, "2": None, "3": 0}
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": None}
    rate = number(report(*records), FAIL_RATE, "2026-11")
    assert rate is not None
    assert (rate.value, rate.known, rate.items) == (0, 2, 3)


def test_a_comparison_that_was_cut_short_may_hide_a_revert() -> None:
    records = (FIRST, BAD, success(3, at(4, "10:00"), "z", commit("c", at(4, "08:00")), truncated=True))
    assert values(FAIL_RATE, *records) == {"1": 0, "2": None, "3": 0}
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": None}


def test_a_revert_fails_the_deployment_that_brought_what_it_takes_back() -> None:
    # b came with 2, c with 3; the revert, written after 3, names b. So 2 failed, and 4 mended it after 26 hours.
    records = (
        FIRST,
        BAD,
        success(3, at(4, "10:00"), "c", commit("c", at(4, "08:00"))),
        success(4, at(4, "12:00"), "d", commit("d", at(4, "11:00"), reverts="b")),
    )
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 0, "4": 0}
    assert values(RECOVERY, *records) == {"2": 26}
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": 0, "4": 1}


def test_a_revert_that_names_nothing_is_inferred_to_be_about_its_candidate() -> None:
    # Written at 10:25, after 2, and deployed only after 3. It is probably about 2: the candidate before it was written.
    records = (
        FIRST,
        BAD,
        pull_request(9, at(3, "10:30"), at(3, "12:30"), "r", [at(3, "10:25")], revert=True),
        success(3, at(3, "12:00"), "c", commit("c", at(3, "09:00"))),
        success(4, at(3, "13:00"), "r", commit("r", at(3, "12:30"), number=9)),
    )
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 0, "4": 0}
    assert values(RECOVERY, *records) == {"2": 3}
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": 0, "4": 1}
    assert inferred(FAIL_RATE, *records) == inferred(RECOVERY, *records) == {"2"}
    assert inferred(REWORK, *records) == {"4"}
    rate = number(report(*records), FAIL_RATE, "2026-11")
    assert rate is not None
    assert (rate.value, rate.known, rate.items) == (1 / 4, 3, 4)


def test_a_revert_after_a_rollback_fails_the_rolled_back_deployment() -> None:
    # 2 failed once, by two signs. The rollback, after an hour, fixed it. The revert names nothing: that 4 is rework is inferred.
    records = (
        FIRST,
        BAD,
        success(3, at(3, "11:00"), "a", back=True),
        pull_request(9, at(3, "11:30"), at(3, "12:30"), "r", [at(3, "11:25")], revert=True),
        success(4, at(3, "13:00"), "r", commit("b", at(3, "08:00")), commit("r", at(3, "12:30"), number=9)),
    )
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 0, "4": 0}
    assert values(RECOVERY, *records) == {"2": 1}
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": 1, "4": 1}
    assert (inferred(FAIL_RATE, *records), inferred(REWORK, *records)) == (set(), {"4"})


def test_a_revert_within_one_deployment_was_never_in_production() -> None:
    records = (
        FIRST,
        success(2, at(3, "10:00"), "c", commit("b", at(3, "08:00")), commit("c", at(3, "09:00"), reverts="b")),
    )
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 0}
    assert values(REWORK, *records) == {"1": 0, "2": 0}


def test_a_merged_revert_and_its_merge_commit_are_one_signal() -> None:
    # The commit was written before deployment 3, its pull request opened after that: only the commit counts, and it names b.
    records = (
        FIRST,
        BAD,
        success(3, at(3, "11:00"), "c", commit("c", at(3, "09:00"))),
        pull_request(9, at(3, "11:30"), at(3, "12:00"), "m", [at(3, "10:55")], revert=True),
        success(
            4, at(3, "13:00"), "m", commit("r", at(3, "10:55"), reverts="b"), commit("m", at(3, "12:00"), parents=2)
        ),
    )
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 0, "4": 0}


def test_a_merge_of_a_revert_that_names_nothing_is_a_revert() -> None:
    records = (
        FIRST,
        BAD,
        pull_request(9, at(3, "11:30"), at(3, "12:00"), "m", [at(3, "11:25")], revert=True),
        success(4, at(3, "13:00"), "m", commit("r", at(3, "11:25")), commit("m", at(3, "12:00"), parents=2)),
    )
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "4": 0}
    assert inferred(FAIL_RATE, *records) == {"2"}


def test_a_late_revert_fails_what_it_names_however_old() -> None:
    # dora.md, 0: "what is named is found however old". The revert came 20 days after 2.
    records = (FIRST, BAD, success(3, at(23, "10:00"), "c", commit("c", at(23, "08:00"), reverts="b")))
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 0}
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": 1}
    assert values(RECOVERY, *records) == {"2": 480}


def test_a_revert_that_names_nothing_and_has_no_candidate_fails_nothing() -> None:
    late = success(3, at(23, "10:00"), "c", commit("c", at(23, "08:00"), revert=True))
    assert values(FAIL_RATE, FIRST, BAD, late) == {"1": 0, "2": 0, "3": 0}
    longer = parsed({"repositories": {"octo-org/shop": {"failure_hours": 24 * 30}}})
    assert values(FAIL_RATE, FIRST, BAD, late, services=longer) == {"1": 0, "2": 1, "3": 0}
    assert inferred(FAIL_RATE, FIRST, BAD, late, services=longer) == {"2"}


def test_a_revert_by_seven_digits_names_the_commit_that_they_begin() -> None:
    long = success(2, at(3, "10:00"), "b" * 40, commit("b" * 40, at(3, "08:00")))
    revert = success(3, at(3, "12:00"), "c", commit("c", at(3, "11:00"), reverts="b" * 7))
    assert values(RECOVERY, FIRST, long, revert) == {"2": 2}
    other = success(3, at(3, "11:00"), "d", commit("b" * 7 + "c" * 33, at(3, "10:30")))
    # It begins two commits, so it names none that is known: whether 1 brought what it names is unknown.
    revert = success(4, at(3, "12:00"), "c", commit("c", at(3, "11:00"), reverts="b" * 7))
    assert values(FAIL_RATE, FIRST, long, other, revert) == {"1": None, "2": 0, "3": 0, "4": 0}


def test_a_revert_of_what_was_never_deployed_is_planned_work() -> None:
    revert = success(3, at(3, "12:00"), "c", commit("c", at(3, "11:00"), reverts="f" * 40))
    assert values(REWORK, FIRST, BAD, revert) == {"1": 0, "2": 0, "3": 0}


def test_a_revert_may_name_a_commit_of_a_pull_request_without_names() -> None:
    # 2 brings a squash whose commits have no record: the revert may name one of them.
    squash = success(2, at(3, "10:00"), "s7", commit("s7", at(3, "09:00"), number=7))
    revert = success(3, at(3, "12:00"), "c", commit("c", at(3, "11:00"), reverts="f" * 40))
    unread = pull_request(7, at(3, "08:00"), at(3, "09:00"), "s7", None)
    assert values(REWORK, FIRST, squash, *unread, revert) == {"1": 0, "2": 0, "3": None}
    assert values(FAIL_RATE, FIRST, squash, *unread, revert)["2"] is None
    read = pull_request(7, at(3, "08:00"), at(3, "09:00"), "s7", [at(3, "07:00")])
    assert values(REWORK, FIRST, squash, *read, revert) == {"1": 0, "2": 0, "3": 0}


def test_a_revert_with_an_older_rider_may_be_planned() -> None:
    rider = commit("r", at(3, "09:00"))
    revert = success(3, at(3, "12:00"), "c", rider, commit("c", at(3, "11:00"), reverts="b"))
    assert values(RECOVERY, FIRST, BAD, revert) == {"2": 2}
    assert values(REWORK, FIRST, BAD, revert) == {"1": 0, "2": 0, "3": None}


def test_a_reapply_is_planned_however_deep_it_is_nested() -> None:
    for depth, value in ((1, 1), (2, 0), (3, 1), (4, 0)):
        again = commit("c", at(3, "11:00"), reverts="b")._replace(revert_depth=depth)
        assert values(REWORK, FIRST, BAD, success(3, at(3, "12:00"), "c", again))["3"] == value


def test_a_hotfix_by_a_label_is_about_the_newest_candidate() -> None:
    # Written at 10:20, after 2; 3 began later than that.
    [review, size] = pull_request(9, at(3, "10:30"), at(3, "11:30"), "h", [at(3, "10:20")])
    labelled = review._replace(output=review.output._replace(labels=["prio/HOTFIX"]))
    records = (
        FIRST,
        BAD,
        success(3, at(3, "11:00"), "c", commit("c", at(3, "09:00"))),
        success(4, at(3, "12:00"), "h", commit("h", at(3, "11:30"), number=9)),
    )
    assert values(FAIL_RATE, *records, labelled, size) == {"1": 0, "2": 1, "3": 0, "4": 0}
    assert values(RECOVERY, *records, labelled, size) == {"2": 2}
    assert values(REWORK, *records, labelled, size) == {"1": 0, "2": 0, "3": 0, "4": 1}
    urgent = parsed({"hotfix": ["urgent"]})
    assert values(FAIL_RATE, *records, labelled, size, services=urgent) == {"1": 0, "2": 0, "3": 0, "4": 0}


def test_a_revert_deployed_twice_counts_once() -> None:
    # Taken back itself on the 4th, and again with e on the 5th: 2 failed, and it was 3 that mended it, after 2 hours.
    records = (
        FIRST,
        BAD,
        success(3, at(3, "12:00"), "r", commit("r", at(3, "11:00"), reverts="b")),
        success(4, at(4, "10:00"), "b", back=True),
        success(5, at(5, "10:00"), "e", commit("r", at(3, "11:00"), reverts="b"), commit("e", at(5, "09:00"))),
    )
    assert values(RECOVERY, *records) == {"2": 2, "3": 22}
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": 1, "4": 1, "5": 0}


def test_a_failed_attempt_without_another_sign_is_no_failed_change() -> None:
    # dora.md, 3: it is counted apart; a change written after it shows only that it may be one.
    records = (
        FIRST,
        failure(2, at(3, "10:00"), "b"),
        success(3, at(3, "11:00"), "c", commit("b", at(3, "08:00")), commit("c", at(3, "10:20"))),
    )
    assert values(FAIL_RATE, *records) == {"1": 0, "3": 0}
    assert values(RECOVERY, *records) == {}
    assert values(REWORK, *records) == {"1": 0, "3": 0}


def test_a_failure_reported_after_success_is_no_failed_change() -> None:
    fixed = success(3, at(3, "11:00"), "c", commit("c", at(3, "10:40")))
    assert values(FAIL_RATE, FIRST, BAD, failure(2, at(3, "10:30"), "b"), fixed) == {"1": 0, "2": 0, "3": 0}


def test_the_failures_of_one_environment_are_not_those_of_another() -> None:
    rows = items(
        FAIL_RATE,
        success(1, at(2, "09:00"), "a", first=True, env="production-eu"),
        success(2, at(3, "09:00"), "b", commit("b", at(3, "08:00")), env="production-eu"),
        success(3, at(3, "10:00"), "a", back=True, env="production-eu"),
        success(4, at(2, "09:00"), "a", first=True, env="production-us"),
        success(5, at(3, "09:30"), "b", commit("b", at(3, "08:00")), env="production-us"),
    )
    assert {(item.environment, item.item): item.value for item in rows} == {
        ("production-eu", "1"): 0,
        ("production-eu", "2"): 1,
        ("production-eu", "3"): 0,
        ("production-us", "4"): 0,
        ("production-us", "5"): 0,
    }


def test_the_rate_never_exceeds_all_however_many_signs_there_are() -> None:
    # One deployment; six incidents, a rollback and a revert of it: it failed once. Two of two or three are the most.
    records = (
        FIRST,
        BAD,
        [item for id in range(6) for item in incident(id, at(3, "10:10") + id, at(3, "15:00"))],
        success(3, at(3, "11:00"), "a", back=True),
        success(4, at(3, "13:00"), "r", commit("r", at(3, "12:00"), reverts="b")),
    )
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 0, "4": 0}
    rate = number(report(*records), FAIL_RATE, "2026-11")
    assert rate is not None
    assert (rate.value, rate.items) == (1 / 4, 4)


def test_the_evidence_of_a_failure_is_the_record_of_what_failed() -> None:
    [failed] = items(RECOVERY, FIRST, BAD, success(3, at(3, "12:00"), "a", back=True))
    assert failed.record_id == f"octo-org/shop/deployment-status/2-{at(3, '10:00') // 1000}"
    assert failed.path == failed.record_id + ".json"
    assert (failed.at, failed.value, failed.why) == (at(3, "10:00"), 2 * HOUR, "rollback")
