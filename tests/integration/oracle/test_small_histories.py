"""The last table of the definitions: small histories for rules that the cases do not reach."""

import pytest

from tests.histories.build import at, commit, failure, incident, pull, revert, run, status
from tests.histories.extend import Record
from tests.integration.oracle.answers import (
    BASE,
    FREQUENCY,
    LEAD,
    RATE,
    RECOVERY,
    REWORK,
    failed,
    reworked,
    unknown,
    values,
)
from tests.oracle.production import is_production

SHA = "b0b0b0b0b0b0b0b0"
FAILED = [BASE[0], failure(2, at(3, "10:00"), "b"), run(9002, "failure", at(3, "10:00"))]
CANCELLED = [BASE[0], failure(2, at(3, "10:00"), "b"), run(9002, "cancelled", at(3, "10:00"))]


def back(id: int, when: int, sha: str, **options: str) -> Record:
    return status(id, when, sha, behind=True, **options)


def test_a_revert_that_names_seven_digits_finds_the_commit() -> None:
    records = [
        BASE[0],
        status(2, at(3, "10:00"), SHA, commit(SHA, at(3, "09:00"))),
        status(3, at(3, "12:00"), "r", revert("r", at(3, "11:30"), SHA[:7])),
    ]
    assert failed(*records) == {"2"}
    assert values(RECOVERY, *records) == {"2": 2}


def test_a_change_and_its_revert_in_one_deployment_are_no_failure() -> None:
    records = [*BASE, status(3, at(3, "12:00"), "r", commit("c", at(3, "11:00")), revert("r", at(3, "11:30"), "c"))]
    assert (failed(*records), reworked(*records)) == (set(), set())


def test_two_reverts_during_one_incident_are_one_failure() -> None:
    records = [
        *BASE,
        *incident(7, at(3, "10:30"), at(3, "13:00")),
        status(3, at(3, "11:00"), "r1", revert("r1", at(3, "10:50"), "b")),
        status(4, at(3, "12:00"), "r2", revert("r2", at(3, "11:50"), "b")),
    ]
    assert (failed(*records), reworked(*records)) == ({"2"}, {"3", "4"})
    assert values(RECOVERY, *records) == {"2": 2}


def test_an_incident_after_a_rollback_is_about_what_was_rolled_back() -> None:
    records = [*BASE, back(3, at(3, "11:00"), "a"), *incident(7, at(3, "11:30"), at(3, "13:00"))]
    assert failed(*records) == {"2"}
    assert values(RECOVERY, *records) == {"2": 1}


def test_an_incident_after_another_deployment_is_about_that() -> None:
    records = [
        *BASE,
        back(3, at(3, "11:00"), "a"),
        status(4, at(3, "12:00"), "c", commit("c", at(3, "11:30"))),
        *incident(7, at(3, "12:30"), at(3, "14:00")),
    ]
    assert failed(*records) == {"2", "4"}
    assert values(RECOVERY, *records) == {"2": 1, "4": 2}


def test_an_incident_is_about_a_failed_attempt() -> None:
    records = [*FAILED, *incident(7, at(3, "10:12"), at(3, "12:00"))]
    assert failed(*records) == {"2"}
    assert values(RECOVERY, *records) == {"2": 2}
    assert values(FREQUENCY, *records) == {"1": 1}


def test_a_cancelled_attempt_is_no_failure() -> None:
    records = [*CANCELLED, status(3, at(3, "11:00"), "a", event="workflow_dispatch")]
    assert (failed(*records), reworked(*records)) == (set(), set())
    assert values(FREQUENCY, *records) == {"1": 1, "3": 1}


@pytest.mark.parametrize(("when", "event"), [(at(3, "11:00"), "schedule"), (at(4, "11:00"), "push")])
def test_a_failed_attempt_before_a_schedule_or_a_day_is_none(when: int, event: str) -> None:
    records = [*FAILED, status(3, when, "a", event=event)]
    assert (failed(*records), reworked(*records)) == (set(), set())
    assert values("deployment_attempts_failed", *records) == {"2": 1}


def test_the_second_coming_of_a_bad_commit_is_planned() -> None:
    records = [*BASE, back(3, at(3, "11:00"), "a"), status(4, at(3, "15:00"), "b", commit("b", at(3, "09:00")))]
    assert (failed(*records), reworked(*records)) == ({"2"}, {"3"})
    assert values(LEAD, *records) == {"of 1": None, "b": 1}


def test_each_rollback_takes_out_what_came_since() -> None:
    records = [
        *BASE,
        back(3, at(3, "11:00"), "a"),
        status(4, at(3, "12:00"), "c", commit("b", at(3, "09:00")), commit("c", at(3, "11:30"))),
        back(5, at(3, "13:00"), "a"),
    ]
    assert (failed(*records), reworked(*records)) == ({"2", "4"}, {"3", "5"})
    assert values(RECOVERY, *records) == {"2": 1, "4": 1}


def test_a_hotfix_during_an_incident_is_about_its_deployment() -> None:
    records = [
        *BASE,
        *incident(7, at(3, "10:36"), at(3, "14:00")),
        status(3, at(3, "11:00"), "c", commit("c", at(3, "10:20"))),
        *pull(9, at(3, "12:50"), "h", {"authored": at(3, "12:30")}, also={"labels": ["hotfix"]}),
        status(4, at(3, "13:00"), "h", commit("h", at(3, "12:50"), pr_number=9)),
    ]
    assert (failed(*records), reworked(*records)) == ({"2"}, {"4"})
    assert values(RECOVERY, *records) == {"2": 3}


TWO_FIXES = [
    *BASE,
    *incident(7, at(3, "10:30"), at(3, "14:00")),
    status(3, at(3, "11:30"), "f", commit("f", at(3, "11:00"))),
    status(4, at(3, "12:30"), "g", commit("g", at(3, "12:00"))),
]


def test_which_of_two_fixes_helped_is_unknown() -> None:
    assert failed(*TWO_FIXES) == {"2"}
    assert values(RECOVERY, *TWO_FIXES) == {"2": None}
    assert unknown(REWORK, *TWO_FIXES) == {"3", "4"}


def test_a_fix_with_an_older_rider_does_not_recover() -> None:
    rider = commit("rider", at(3, "10:10"))
    records = [
        *BASE,
        *incident(7, at(3, "10:30"), at(3, "14:00")),
        status(3, at(3, "11:30"), "f", rider, commit("f", at(3, "11:00"))),
    ]
    assert values(RECOVERY, *records) == {"2": 4}
    assert unknown(REWORK, *records) == {"3"}


def test_an_open_incident_has_no_recovery() -> None:
    records = [*BASE, *incident(7, at(3, "10:30"))]
    assert failed(*records) == {"2"}
    assert values(RECOVERY, *records) == {"2": None}


def test_another_commit_of_the_same_second_counts_once() -> None:
    second = at(3, "11:00")
    records = [
        *BASE,
        status(3, at(3, "12:00"), "x", commit("x", second)),
        status(4, at(3, "13:00"), "y", commit("x2", second), commit("y", second, fingerprint="f" * 16)),
        status(5, at(3, "14:00"), "y2", commit("y2", second, fingerprint="f" * 16)),
    ]
    assert values(LEAD, *records) == {"of 1": None, "b": 1, "x": 1, "y": 2}


def test_only_the_run_that_is_not_by_schedule_counts_again() -> None:
    records = [*BASE, status(3, at(4, "02:00"), "b", event="schedule"), status(4, at(4, "10:00"), "b")]
    assert values(FREQUENCY, *records) == {"1": 1, "2": 1, "4": 1}
    assert values(RATE, *records) == {"1": 0, "2": 0, "4": 0}


@pytest.mark.parametrize(
    ("name", "flags", "answer"),
    [
        ("live-eu", {}, True),
        ("pre-production", {}, False),
        ("no-prod", {}, False),
        ("production", {"transient_environment": True}, False),
        ("main-eu", {"production_environment": True}, True),
        ("production", {"production_environment": False}, True),
        ("product-test", {}, False),
        ("shop (Production)", {}, True),
    ],
)
def test_an_environment_is_production_by_its_flags_or_name(name: str, flags: dict[str, bool], *, answer: bool) -> None:
    assert is_production(name, flags) is answer
