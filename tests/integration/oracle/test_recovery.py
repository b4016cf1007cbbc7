"""Sections 6 and 6b: recovery and rework."""

from tests.histories.build import at, commit, incident, pull, revert, status
from tests.histories.extend import Record
from tests.integration.oracle.answers import BASE, RECOVERY, REWORK, failed, reworked, unknown, values


def test_a_fix_forward_recovers_before_the_issue_is_closed() -> None:
    records = [
        *BASE,
        *incident(7, at(3, "10:30"), at(11)),
        status(3, at(3, "11:30"), "f", commit("f", at(3, "11:00"))),
    ]
    assert values(RECOVERY, *records) == {"2": 1.5}
    assert reworked(*records) == {"3"}


def test_a_fix_a_day_later_is_none() -> None:
    # 25 hours after the opening: recovered at the closing, and the deployment is planned.
    records = [
        *BASE,
        *incident(7, at(3, "10:30"), at(4, "12:00")),
        status(3, at(4, "11:30"), "f", commit("f", at(4, "11:00"))),
    ]
    assert values(RECOVERY, *records) == {"2": 26}
    assert reworked(*records) == set()


def test_of_two_fixes_the_one_that_closes_the_issue_is_it() -> None:
    records: list[Record] = [
        *BASE,
        *incident(7, at(3, "10:30"), at(3, "14:00")),
        status(3, at(3, "11:30"), "f", commit("f", at(3, "11:00"))),
        *pull(9, at(3, "12:20"), "g", {"authored": at(3, "12:00")}, also={"closes": [7]}),
        status(4, at(3, "12:30"), "g", commit("g", at(3, "12:20"), pr_number=9)),
    ]
    assert values(RECOVERY, *records) == {"2": 2.5}
    assert unknown(REWORK, *records) == {"3"}
    assert values(REWORK, *records)["4"] == 1


def test_a_pull_request_that_closes_a_number_of_another_repository_is_none() -> None:
    services = {"services": {"checkout": {"repositories": ["octo-org/shop", "octo-org/incidents"]}}}
    records: list[Record] = [
        *BASE,
        *incident(7, at(3, "10:30"), at(3, "14:00"), repo="octo-org/incidents"),
        status(3, at(3, "11:30"), "f", commit("f", at(3, "11:00"))),
        *pull(9, at(3, "12:20"), "g", {"authored": at(3, "12:00")}, also={"closes": [7]}),
        status(4, at(3, "12:30"), "g", commit("g", at(3, "12:20"), pr_number=9)),
    ]
    assert values(RECOVERY, *records, services=services, service="checkout") == {"2": None}


def test_a_deployment_of_unknown_changes_may_be_the_fix() -> None:
    records = [
        *BASE,
        *incident(7, at(3, "10:30"), at(3, "14:00")),
        status(3, at(3, "11:30"), "f", commit("f", at(3, "11:00"))),
        status(4, at(3, "12:30"), "g", unread=True),
    ]
    # 4 may be a rollback, too.
    assert values(RECOVERY, *records) == {"2": None}
    assert unknown(REWORK, *records) == {"3", "4"}


def test_a_remediation_after_the_closing_still_ends_the_outage() -> None:
    records = [
        *BASE,
        *incident(7, at(3, "10:30"), at(3, "11:00")),
        status(3, at(3, "12:00"), "r", revert("r", at(3, "11:30"), "b")),
    ]
    assert values(RECOVERY, *records) == {"2": 2}
    assert reworked(*records) == {"3"}


def test_two_incidents_of_one_outage_are_one_failure() -> None:
    records = [
        *BASE,
        *incident(7, at(3, "10:30"), at(3, "11:00")),
        *incident(8, at(3, "10:40"), at(3, "12:00")),
    ]
    assert failed(*records) == {"2"}
    assert values(RECOVERY, *records) == {"2": 2}


def test_a_deployment_during_a_remediated_incident_is_planned() -> None:
    records = [
        *BASE,
        *incident(7, at(3, "10:30"), at(3, "14:00")),
        status(3, at(3, "11:00"), "c", commit("c", at(3, "10:10"))),
        status(4, at(3, "12:00"), "r", revert("r", at(3, "11:30"), "b")),
    ]
    assert (failed(*records), reworked(*records)) == ({"2"}, {"4"})


def test_a_deployment_that_began_before_the_opening_is_no_answer_to_it() -> None:
    records = [
        *BASE,
        status(3, at(3, "11:00"), "c", commit("c", at(3, "10:50")), begin=at(3, "10:55")),
        *incident(7, at(3, "10:57"), at(3, "11:30")),
    ]
    assert failed(*records) == {"3"}
    assert reworked(*records) == set()


def test_of_two_remediations_after_the_closing_the_first_ends_it() -> None:
    records = [
        *BASE,
        *incident(7, at(3, "10:30"), at(3, "11:00")),
        status(3, at(3, "12:00"), "r1", revert("r1", at(3, "11:30"), "b")),
        status(4, at(3, "13:00"), "r2", revert("r2", at(3, "12:30"), "b")),
    ]
    assert values(RECOVERY, *records) == {"2": 2}
