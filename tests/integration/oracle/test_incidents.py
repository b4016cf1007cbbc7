"""Section 2: what an incident is about."""

import pytest

from tests.histories.build import at, commit, failure, incident, revert, run, status
from tests.integration.oracle.answers import BASE, RATE, RECOVERY, REWORK, failed, items, reworked, unknown, values
from tests.oracle import measures
from tests.oracle.items import INFERRED, KNOWN

THREE = [*BASE, status(3, at(3, "12:00"), "c", commit("c", at(3, "11:00")))]


@pytest.mark.parametrize("cause", [{"cause_sha": "b"}, {"cause_number": 12}])
def test_an_incident_is_about_the_cause_that_it_names(cause: dict[str, object]) -> None:
    squash = status(2, at(3, "10:00"), "b", commit("b", at(3, "09:00"), pr_number=12))
    records = [BASE[0], squash, THREE[2], *incident(7, at(3, "12:30"), at(3, "14:00"), also=cause)]
    assert failed(*records) == {"2"}
    assert values(RECOVERY, *records) == {"2": 4}


def test_a_cause_that_came_after_the_opening_is_none() -> None:
    records = [*THREE, *incident(7, at(3, "11:30"), at(3, "11:50"), also={"cause_sha": "c"})]
    assert failed(*records) == {"2"}


def test_an_incident_is_about_the_newest_deployment_that_had_begun() -> None:
    # 3 succeeded after the opening, but had begun before it; 4 began after it.
    records = [
        *BASE,
        status(3, at(3, "12:00"), "c", commit("c", at(3, "11:00")), begin=at(3, "11:20")),
        status(4, at(3, "12:30"), "d", commit("d", at(3, "11:10")), begin=at(3, "11:40")),
        *incident(7, at(3, "11:30"), at(3, "14:00")),
    ]
    assert failed(*records) == {"3"}
    assert values(RECOVERY, *records) == {"3": 2.5}  # from the opening, which is earlier than the success
    assert unknown(REWORK, *records) == {"4"}


def test_an_incident_later_than_the_window_is_about_nothing() -> None:
    assert failed(*BASE, *incident(7, at(6, "10:01"), at(6, "12:00"))) == set()
    assert failed(*BASE, *incident(7, at(6, "10:00"), at(6, "12:00"))) == {"2"}


def test_a_rollback_that_is_late_does_not_say_what_an_incident_is_about() -> None:
    # 25 hours after the opening: the incident is about 3; the rollback takes out 3, too, as of several the first is inferred.
    records = [*THREE, *incident(7, at(3, "12:30"), at(4, "20:00")), status(4, at(4, "14:00"), "b", behind=True)]
    assert failed(*records) == {"3"}
    assert values(RECOVERY, *records) == {"3": 26}


def test_the_last_remediation_while_open_says_what_failed() -> None:
    # The revert of b, deployed while the incident is open, points past 3.
    records = [
        *THREE,
        *incident(7, at(3, "12:30"), at(3, "14:00")),
        status(4, at(3, "14:00"), "r", revert("r", at(3, "13:00"), "b")),
    ]
    assert (failed(*records), reworked(*records)) == ({"2"}, {"4"})
    assert values(RECOVERY, *records) == {"2": 4}


def test_a_reopened_incident_recovers_at_its_last_remediation() -> None:
    records = [
        *BASE,
        *incident(7, at(3, "10:30"), at(3, "11:30"), reopened=at(3, "12:00"), closed_again=at(3, "14:00")),
        status(3, at(3, "11:00"), "r1", revert("r1", at(3, "10:50"), "b")),
        status(4, at(3, "13:00"), "r2", revert("r2", at(3, "12:50"), "b")),
    ]
    assert failed(*records) == {"2"}
    assert values(RECOVERY, *records) == {"2": 3}


@pytest.mark.parametrize("reason", ["not_planned", "duplicate"])
def test_a_withdrawn_incident_is_no_failure(reason: str) -> None:
    assert failed(*BASE, *incident(7, at(3, "10:30"), at(3, "11:00"), reason=reason)) == set()


def test_an_exempt_incident_is_taken_out_and_counted() -> None:
    # The label came with the closing.
    records = incident(7, at(3, "10:30"), at(3, "11:00"))
    records[1]["output"] |= {"all_labels": ["incident", "not-a-deployment"], "is_exempt": True}
    assert failed(*BASE, *records) == set()
    assert list(measures([*BASE, *records])["incidents_exempt"]) == [("octo-org/shop", "", "7")]


CENTRAL = {
    "services": {
        "checkout": {"repositories": ["octo-org/shop"], "incidents": "octo-org/incidents"},
        "cart": {"repositories": ["octo-org/cart"], "incidents": "octo-org/incidents"},
    }
}


@pytest.mark.parametrize("labels", [["checkout"], ["service:checkout"], ["Service:Checkout"]])
def test_a_label_says_which_service_a_central_incident_is_of(labels: list[str]) -> None:
    other = status(5, at(3, "10:10"), "x", repo="octo-org/cart", first=True)
    central = incident(7, at(3, "10:30"), at(3, "12:00"), repo="octo-org/incidents", labels=["incident", *labels])
    assert failed(*BASE, other, *central, services=CENTRAL, service="checkout") == {"2"}
    assert failed(*BASE, other, *central, services=CENTRAL, service="cart") == set()


def test_a_central_incident_without_a_name_is_of_no_service() -> None:
    records = [*BASE, *incident(7, at(3, "10:30"), at(3, "12:00"), repo="octo-org/incidents")]
    assert failed(*records, services=CENTRAL, service="checkout") == set()
    notes = measures(records, CENTRAL)["incidents_of_no_service"]
    assert set(notes) == {("checkout", "", "7"), ("cart", "", "7")}


def test_of_several_environments_the_newest_counts_and_is_inferred() -> None:
    records = [
        status(1, at(2, "09:00"), "a", first=True, env="prod-us"),
        status(2, at(2, "09:10"), "a", first=True, env="prod-eu"),
        *incident(7, at(2, "10:00"), at(2, "11:00")),
    ]
    found = items(RATE, *records)
    assert {name: (answer.value, answer.certainty) for name, answer in found.items()} == {
        "1": (0, KNOWN),
        "2": (1, INFERRED),
    }
    narrowed = incident(7, at(2, "10:00"), at(2, "11:00"), labels=["incident", "env:prod-us"])
    assert items(RATE, *records[:2], *narrowed)["1"].value == 1


def test_a_cancelled_attempt_is_no_candidate() -> None:
    cancelled = [failure(3, at(3, "11:00"), "c"), run(9003, "cancelled", at(3, "11:00"))]
    assert failed(*BASE, *cancelled, *incident(7, at(3, "11:30"), at(3, "12:00"))) == {"2"}


def test_a_deployment_of_a_revert_alone_is_no_candidate() -> None:
    records = [
        *BASE,
        status(3, at(3, "11:00"), "r", revert("r", at(3, "10:50"), "b")),
        status(4, at(4, "12:00"), "d", commit("d", at(4, "11:00"))),
        *incident(7, at(4, "11:30"), at(4, "11:45")),
    ]
    # Opened a day after the remediation: (c) does not hold, and 3 is no candidate, so it is 2 again.
    assert failed(*records) == {"2"}


def test_an_incident_of_schema_1_leaves_its_candidates_unknown() -> None:
    records = [*THREE, *incident(7, at(3, "12:30"), at(3, "14:00"), schema=1)]
    assert unknown(RATE, *records) == {"1", "2", "3"}


def test_an_incident_of_another_environment_is_about_nothing_here() -> None:
    staging = status(3, at(3, "10:10"), "b", env="staging", first=True)
    for label in ("env:staging", "staging", "env:gone"):
        assert failed(*BASE, staging, *incident(7, at(3, "10:30"), at(3, "12:00"), labels=["incident", label])) == set()


def test_an_incident_that_names_another_service_is_not_of_this_one() -> None:
    services = {
        "services": {"checkout": {"repositories": ["octo-org/shop"]}, "cart": {"repositories": ["octo-org/cart"]}}
    }
    named = incident(7, at(3, "10:30"), at(3, "12:00"), labels=["incident", "service:cart"])
    assert failed(*BASE, *named, services=services, service="checkout") == set()
    assert failed(*BASE, *named[:0], *incident(7, at(3, "10:30")), services=services, service="checkout") == {"2"}


REVERT_OF_B = status(4, at(3, "13:00"), "r", revert("r", at(3, "12:20"), "b"))


def test_an_incident_after_a_revert_is_about_what_that_took_back() -> None:
    # 3 is the newest candidate; nothing began between the revert and the opening.
    assert failed(*THREE, REVERT_OF_B, *incident(7, at(3, "13:30"), at(3, "15:00"))) == {"2"}


def test_a_named_cause_comes_before_remediations() -> None:
    revert_of_c = status(4, at(3, "13:00"), "r", revert("r", at(3, "12:40"), "c"))
    opened = incident(7, at(3, "12:30"), at(3, "14:00"), also={"cause_sha": "b"})
    assert failed(*THREE, revert_of_c, *opened) == {"2", "3"}
    assert failed(*THREE, revert_of_c, *incident(7, at(3, "12:30"), at(3, "14:00"))) == {"3"}


def test_a_revert_a_day_after_the_opening_says_nothing_of_the_incident() -> None:
    late = status(4, at(4, "14:00"), "r", revert("r", at(4, "13:00"), "b"))
    assert failed(*THREE, late, *incident(7, at(3, "12:30"), at(4, "20:00"))) == {"2", "3"}


def test_a_remediation_of_a_later_deployment_says_nothing_of_the_incident() -> None:
    # c came after the opening, and was taken back while the incident was open.
    records = [
        *THREE,
        *incident(7, at(3, "11:30"), at(3, "14:00")),
        status(4, at(3, "13:00"), "r", revert("r", at(3, "12:40"), "c")),
    ]
    assert failed(*records) == {"2", "3"}


def test_a_deployment_that_began_at_the_opening_is_no_candidate() -> None:
    assert failed(*THREE, *incident(7, at(3, "12:00"), at(3, "14:00"))) == {"2"}


def test_a_rollback_is_no_candidate() -> None:
    # The opening is more than a day after the rollback.
    records = [*THREE, status(4, at(3, "13:00"), "b", behind=True), *incident(7, at(4, "14:00"), at(4, "15:00"))]
    found = items(RATE, *records)
    assert {name for name, answer in found.items() if answer.value == 1} == {"3"}
    assert found["4"].value == 0
