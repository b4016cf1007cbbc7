"""What failures, recovery and rework are about, and how certain that is: scenarios with manually computed results."""

from tests.unit.warehouse.scenarios import (
    RecordSpec,
    at,
    commit,
    incident,
    inferred,
    models,
    pull_request,
    success,
    values,
)

FAIL_RATE, RECOVERY, REWORK = "change_fail_rate", "failed_deployment_recovery_time", "deployment_rework_rate"
FIRST = success(1, at(2, "09:00"), "a", first=True)
BAD = success(2, at(3, "10:00"), "b", commit("b", at(3, "08:00")))
THIRD = success(3, at(3, "11:00"), "c", commit("c", at(3, "09:00")))


def hotfix(deployment: int, number: int, written: int, deployed: int) -> list[RecordSpec]:
    """Return a deployment that brings only the pull request of a hotfix, which names nothing."""
    [review, size] = pull_request(number, written, deployed - 600_000, f"h{number}", [written])
    squash = commit(f"h{number}", deployed - 600_000, number=number)
    named = review._replace(output=review.output._replace(head_ref="hotfix/x"))
    return [named, size, success(deployment, deployed, f"h{number}", squash)]


def test_an_incident_after_a_hotfix_is_about_what_the_incident_before_was() -> None:
    # 2 fails at 10:36 and is repaired at 13:00; it fails again at 15:30, and what repairs it at 17:00 is about it, too.
    records = (
        FIRST,
        BAD,
        THIRD,
        incident(7, at(3, "10:36"), at(3, "15:00")),
        *hotfix(4, 9, at(3, "12:00"), at(3, "13:00")),
        incident(8, at(3, "15:30"), at(3, "18:00")),
        *hotfix(5, 10, at(3, "16:00"), at(3, "17:00")),
    )
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 0, "4": 0, "5": 0}
    assert values(RECOVERY, *records) == {"2": 7}
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": 0, "4": 1, "5": 1}
    assert inferred(FAIL_RATE, *records) == inferred(RECOVERY, *records) == inferred(REWORK, *records) == set()


def test_an_incident_about_one_of_several_that_went_back_is_inferred() -> None:
    # a, b, c, a: that the first of b and c failed is inferred, and so is that an incident after the rollback is about it.
    back = success(4, at(3, "12:00"), "a", back=True)
    records = (FIRST, BAD, THIRD, back, incident(7, at(3, "12:30"), at(3, "14:00")))
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": None, "4": 0}
    assert inferred(FAIL_RATE, *records) == inferred(RECOVERY, *records) == {"2"}


def test_one_known_sign_makes_a_failure_known() -> None:
    # A revert without a name is probably about 2; an incident before the next deployment is certainly about it.
    revert = success(4, at(3, "13:00"), "r", commit("r", at(3, "10:45"), revert=True))
    sure = (FIRST, BAD, incident(7, at(3, "10:30"), at(3, "10:40")), THIRD, revert)
    assert values(FAIL_RATE, *sure) == {"1": 0, "2": 1, "3": 0, "4": 0}
    assert inferred(FAIL_RATE, *sure) == set()
    assert inferred(FAIL_RATE, FIRST, BAD, THIRD, revert) == {"2"}


def test_failures_name_a_sign_only_where_there_is_one() -> None:
    # The third deployment was not compared: it may have gone back, or bring a revert.
    rows = models("failures", FIRST, BAD, success(3, at(4, "10:00"), "c", unread=True))
    assert {(row["deployment"], row["certainty"], row["signal"]) for row in rows} == {("2", "unknown", None)}
    rows = models("failures", FIRST, BAD, success(3, at(3, "12:00"), "a", back=True))
    [row] = rows
    assert (row["deployment"], row["certainty"], row["signal"], row["fixed_by"]) == ("2", "known", "rollback 3", "3")
