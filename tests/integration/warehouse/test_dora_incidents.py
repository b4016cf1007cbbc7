"""Incidents: small scenarios of edge cases with manually computed results."""

from tests.unit.warehouse.scenarios import (
    HOUR,
    RecordSpec,
    at,
    commit,
    failure,
    incident,
    items,
    number,
    report,
    success,
    values,
)
from warehouse.services import parsed

FAIL_RATE, RECOVERY, REWORK = "change_fail_rate", "failed_deployment_recovery_time", "deployment_rework_rate"
FIRST = success(1, at(2, "09:00"), "a", first=True)
BAD = success(2, at(3, "10:00"), "b", commit("b", at(3, "08:00")))


def test_an_incident_fails_the_deployment_before_it_until_it_ends() -> None:
    # Opened half an hour after 2, closed at 13:00: 2 had failed for three hours.
    records = (FIRST, BAD, incident(7, at(3, "10:30"), at(3, "13:00")))
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1}
    assert values(RECOVERY, *records) == {"2": 3}


def test_overlapping_incidents_of_a_deployment_are_one_failure() -> None:
    # 10:30 to 12:00 and 11:00 to 13:00: one failed deployment of two, mended at 13:00.
    records = (FIRST, BAD, incident(7, at(3, "10:30"), at(3, "12:00")), incident(8, at(3, "11:00"), at(3, "13:00")))
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1}
    assert values(RECOVERY, *records) == {"2": 3}


def test_a_deployment_has_not_recovered_while_one_of_its_incidents_is_open() -> None:
    records = (FIRST, BAD, incident(7, at(3, "10:30"), at(3, "12:00")), incident(8, at(3, "11:00")))
    [item] = items(RECOVERY, *records)
    assert (item.item, item.value, item.why) == ("2", None, "incident: not recovered yet, as far as is known")
    recovery = number(report(*records), RECOVERY, "2026-11")
    assert recovery is not None
    assert (recovery.value, recovery.known, recovery.items) == (None, 0, 1)


def test_overlapping_incidents_of_two_deployments_are_two_failures() -> None:
    # 7 is of 2, and still open when 3 comes, whose own is 8. 2: 10:00 to 18:00; 3: 14:00 to 16:00.
    records = (
        FIRST,
        BAD,
        incident(7, at(3, "10:30"), at(3, "18:00")),
        success(3, at(3, "14:00"), "c", commit("c", at(3, "09:00"))),
        incident(8, at(3, "14:30"), at(3, "16:00")),
    )
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 1}
    assert values(RECOVERY, *records) == {"2": 8, "3": 2}


def test_a_rollback_is_the_recovery_not_the_closed_issue() -> None:
    records = (
        FIRST,
        BAD,
        incident(7, at(3, "10:30"), at(9, "17:00")),
        success(3, at(3, "11:00"), "a", back=True),
    )
    assert values(RECOVERY, *records) == {"2": 1}


def test_an_incident_opened_after_a_rollback_fails_what_was_rolled_back() -> None:
    records = (FIRST, BAD, success(3, at(3, "11:00"), "a", back=True), incident(7, at(3, "11:30"), at(3, "12:00")))
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 0}


def test_an_incident_that_is_opened_again_lasts_until_it_is_closed_again() -> None:
    [opened, closed] = incident(7, at(3, "10:30"), at(3, "12:00"))
    again = at(3, "12:30")
    reopened = RecordSpec("incident", f"7-{again}", opened.output._replace(action="reopened", at=again))
    ended = at(3, "15:00")
    closed_again = RecordSpec("incident", f"7-{ended}", closed.output._replace(at=ended, closed_at=ended))
    assert values(RECOVERY, FIRST, BAD, opened, closed) == {"2": 2}
    assert values(RECOVERY, FIRST, BAD, opened, closed, reopened) == {"2": None}
    assert values(RECOVERY, FIRST, BAD, opened, closed, reopened, closed_again) == {"2": 5}


def test_an_issue_that_becomes_an_incident_later_began_when_it_was_opened() -> None:
    # Opened at 10:30, labelled only after 3 was deployed: it is of 2.
    [opened, closed] = incident(7, at(3, "10:30"), at(3, "16:00"))
    labelled = opened._replace(
        key=f"7-{at(3, '15:00')}", output=opened.output._replace(action="labeled", at=at(3, "15:00"))
    )
    records = (FIRST, BAD, success(3, at(3, "14:00"), "c", commit("c", at(3, "09:00"))), labelled, closed)
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 0}


def test_an_incident_after_a_failed_attempt_is_of_that_attempt() -> None:
    # 2 succeeded at 10:00, the attempt 3 failed at 11:00, the incident lasted from 11:05 to 12:00. It is
    # a failed change by the incident, and recovered an hour after it failed.
    records = (FIRST, BAD, failure(3, at(3, "11:00"), "c"), incident(7, at(3, "11:05"), at(3, "12:00")))
    assert values(FAIL_RATE, *records[:3]) == {"1": 0, "2": 0}
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 0, "3": 1}
    assert values(RECOVERY, *records) == {"3": 1}
    # a deployment that came after it is nearer
    later = success(4, at(3, "11:02"), "d", commit("d", at(3, "08:30")))
    assert values(FAIL_RATE, *records, later) == {"1": 0, "2": 0, "4": 1}


def test_an_incident_without_a_recent_deployment_is_unknown() -> None:
    # Ten days after the last deployment: what failed is not known. It is an item without a value, on the day of the incident.
    records = (FIRST, BAD, incident(7, at(13, "10:30"), at(13, "13:00")))
    rows = items(FAIL_RATE, *records)
    assert [(item.item, item.value, item.why, item.at) for item in rows[2:]] == [
        ("incident 7", None, "incident: cannot be linked to a deployment that failed", at(13, "10:30"))
    ]
    assert values(RECOVERY, *records) == {}
    rate = number(report(*records), FAIL_RATE, "2026-11")
    assert rate is not None
    assert (rate.value, rate.known, rate.items) == (0, 2, 3)
    patient = parsed({"repositories": {"*/*": {"failure_hours": 24 * 14}}})
    assert values(FAIL_RATE, *records, services=patient) == {"1": 0, "2": 1}


def test_an_incident_before_the_first_deployment_is_unknown() -> None:
    assert values(FAIL_RATE, FIRST, incident(7, at(2, "08:00"), at(2, "10:00"))) == {"1": 0, "incident 7": None}


def test_an_incident_without_any_deployment_has_no_environment() -> None:
    [item] = items(FAIL_RATE, incident(7, at(2, "08:00"), at(2, "10:00")))
    assert (item.environment, item.item, item.value) == ("", "incident 7", None)


def test_an_incident_of_another_repository_fails_nothing_here() -> None:
    other = {"repo": "octo-org/cart", "repository_id": 2}
    actual = values(FAIL_RATE, FIRST, BAD, incident(7, at(3, "10:30"), at(3, "13:00"), **other))
    assert actual == {"1": 0, "2": 0, "incident 7": None}


def test_an_incident_fails_the_newest_commit_in_all_its_environments() -> None:
    # b came to eu at 10:00 and to us at 10:05; the shop's other environment had x. The incident of 10:30 is of b, in both.
    rows = items(
        FAIL_RATE,
        success(1, at(3, "10:00"), "b", first=True, env="production-eu"),
        success(2, at(3, "10:05"), "b", first=True, env="production-us"),
        success(3, at(3, "10:01"), "x", first=True, env="production-other"),
        incident(7, at(3, "10:30"), at(3, "13:00")),
    )
    assert {item.environment: item.value for item in rows} == {
        "production-eu": 1,
        "production-us": 1,
        "production-other": 0,
    }


def test_an_environment_with_a_newer_commit_did_not_fail() -> None:
    rows = items(
        FAIL_RATE,
        success(1, at(3, "10:00"), "b", first=True, env="production-eu"),
        success(2, at(3, "10:10"), "c", commit("c", at(3, "09:00")), env="production-eu"),
        success(3, at(3, "10:20"), "b", first=True, env="production-us"),
        incident(7, at(3, "10:30"), at(3, "13:00")),
    )
    assert {item.item: item.value for item in rows} == {"1": 0, "2": 0, "3": 1}


def test_a_deployment_of_only_fixes_for_an_open_incident_is_rework() -> None:
    records = (
        FIRST,
        BAD,
        incident(7, at(3, "10:30"), at(3, "13:00")),
        success(3, at(3, "12:00"), "c", commit("c", at(3, "11:00"))),
    )
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": 1}
    # recovery is when the incident ended: whether c fixed it is unknown
    assert values(RECOVERY, *records) == {"2": 3}


def test_a_deployment_of_older_changes_during_an_incident_is_no_rework() -> None:
    records = (
        FIRST,
        BAD,
        incident(7, at(3, "10:30"), at(3, "13:00")),
        success(3, at(3, "12:00"), "d", commit("c", at(3, "11:00")), commit("d", at(3, "09:00"))),
        success(4, at(3, "14:00"), "e", commit("e", at(3, "13:30"))),
    )
    result = {item.item: (item.value, item.why) for item in items(REWORK, *records)}
    assert result == {
        "1": (0, None),
        "2": (0, None),
        "3": (None, "deployed during an open incident: whether because of it is not known"),
        "4": (0, None),
    }


def test_an_incident_that_stays_open_causes_rework_for_one_day_only() -> None:
    records = (
        FIRST,
        BAD,
        incident(7, at(3, "10:30")),
        success(3, at(4, "09:00"), "c", commit("c", at(3, "09:00"))),
        success(4, at(5, "09:00"), "d", commit("d", at(3, "09:00"))),
    )
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": None, "4": 0}


def test_an_incident_that_ends_before_it_began_has_no_recovery_time() -> None:
    [opened, closed] = incident(7, at(3, "10:30"), at(3, "13:00"))
    wrong = closed._replace(output=closed.output._replace(closed_at=at(3, "10:30") - HOUR))
    assert values(RECOVERY, FIRST, BAD, opened, wrong) == {"2": None}


def test_more_incidents_than_deployments_are_at_most_every_deployment() -> None:
    # Two deployments, seven incidents: 2 of 2, and not 350 %.
    early = [item for id in range(3) for item in incident(id + 1, at(2, "09:30") + id, at(2, "11:00"))]
    late = [item for id in range(4) for item in incident(id + 9, at(3, "10:30") + id, at(3, "11:00"))]
    rate = number(report(FIRST, BAD, early, late), FAIL_RATE, "2026-11")
    assert rate is not None
    assert (rate.value, rate.known, rate.items) == (1, 2, 2)
