"""Incidents that end without being closed: transferred, deleted, unlabelled, or closed for another reason."""

import pytest

from tests.unit.warehouse.scenarios import (
    RecordSpec,
    at,
    commit,
    incident,
    incident_state,
    items,
    models,
    success,
    values,
)

FAIL_RATE, RECOVERY = "change_fail_rate", "failed_deployment_recovery_time"
HARBOUR = {"repo": "octo-org/harbour", "repository_id": 2}
PIER = {"repo": "octo-org/pier", "repository_id": 3}
FIRST = success(1, at(3, "09:00"), "a", first=True)
BAD = success(2, at(3, "10:00"), "b", commit("b", at(3, "08:00")))
THERE = success(9, at(3, "10:10"), "x", first=True, **HARBOUR)
OPENED, MOVED, CLOSED = at(3, "10:30"), at(3, "11:00"), at(3, "13:00")


def opened(id: int = 7, **fields: object) -> RecordSpec:
    return incident_state(id, "opened", OPENED, OPENED, **fields)


def state(action: str, when: int = MOVED, id: int = 7, **fields: object) -> RecordSpec:
    return incident_state(id, action, when, OPENED, **fields)


def fail_rate(*records: RecordSpec) -> dict[str, float | None]:
    return values(FAIL_RATE, FIRST, BAD, *records)


def test_an_incident_that_was_deleted_is_no_failure() -> None:
    assert fail_rate(opened()) == {"1": 0, "2": 1}
    assert fail_rate(opened(), state("deleted")) == {"1": 0, "2": 0}
    assert fail_rate(opened(), state("deleted", OPENED)) == {"1": 0, "2": 0}
    assert fail_rate(opened(), state("closed", CLOSED, closed_at=CLOSED), state("deleted", OPENED)) == {"1": 0, "2": 0}


def test_an_incident_that_lost_its_label_while_open_is_no_failure() -> None:
    assert fail_rate(opened(), state("unlabeled")) == {"1": 0, "2": 0}


def test_an_incident_with_another_label_left_stays_a_failure() -> None:
    assert fail_rate(opened(), state("unlabeled", labels=["sev1"])) == {"1": 0, "2": 1}


def test_an_incident_that_is_labelled_again_is_a_failure_again() -> None:
    assert fail_rate(opened(), state("unlabeled"), state("labeled", MOVED + 60_000)) == {"1": 0, "2": 1}


def test_a_label_swapped_within_a_second_is_still_there() -> None:
    assert fail_rate(opened(), state("unlabeled"), state("labeled", labels=["sev1"])) == {"1": 0, "2": 1}


@pytest.mark.parametrize("when", [CLOSED, CLOSED + 60_000])
def test_a_label_taken_off_after_the_closing_changes_nothing(when: int) -> None:
    records = (*incident(7, OPENED, CLOSED), state("unlabeled", when, closed_at=CLOSED, state_reason="completed"))
    assert fail_rate(*records) == {"1": 0, "2": 1}
    assert values(RECOVERY, FIRST, BAD, *records) == {"2": 3}


@pytest.mark.parametrize(
    ("reason", "failed"), [("not_planned", 0), ("duplicate", 0), ("completed", 1), (None, 1), ("new", 1)]
)
def test_a_closing_as_not_planned_or_duplicate_withdraws(reason: str | None, failed: int) -> None:
    assert fail_rate(*incident(7, OPENED, CLOSED, reason)) == {"1": 0, "2": failed}


def test_an_incident_that_is_opened_again_is_no_longer_withdrawn() -> None:
    records = (*incident(7, OPENED, CLOSED, "not_planned"), state("reopened", CLOSED + 60_000, state_reason="reopened"))
    assert fail_rate(*records) == {"1": 0, "2": 1}


def arrived(id: int = 8, origin: int | None = 7, **fields: object) -> RecordSpec:
    return opened(id, is_transferred=True, transferred_from=origin, **{**HARBOUR, **fields})


@pytest.mark.parametrize("from_id", [7, None])
@pytest.mark.parametrize("to_id", [8, None])
def test_a_transferred_incident_is_one_of_its_new_repository(from_id: int | None, to_id: int | None) -> None:
    closed = state("closed", CLOSED, 8, closed_at=CLOSED, state_reason="completed", **HARBOUR)
    records = (FIRST, BAD, THERE, opened(), state("transferred", transferred_to=to_id), arrived(origin=from_id), closed)
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 0, "9": 1}
    assert [(item.item, item.value) for item in items(RECOVERY, *records)] == [("9", (CLOSED - at(3, "10:10")))]


@pytest.mark.parametrize("known", ["old", "new"])
def test_one_of_the_two_events_of_a_transfer_is_enough(known: str) -> None:
    old = (opened(), state("transferred", transferred_to=8)) if known == "old" else (opened(),)
    new = arrived() if known == "new" else state("labeled", MOVED, 8, **HARBOUR)
    assert values(FAIL_RATE, FIRST, BAD, THERE, *old, new) == {"1": 0, "2": 0, "9": 1}


def test_an_incident_transferred_twice_is_one() -> None:
    records = (
        opened(),
        state("transferred", transferred_to=8),
        arrived(),
        state("transferred", MOVED + 60_000, 8, transferred_to=9, **HARBOUR),
        arrived(9, 8, **PIER),
        success(5, at(3, "10:20"), "p", first=True, **PIER),
    )
    assert values(FAIL_RATE, FIRST, BAD, THERE, *records) == {"1": 0, "2": 0, "9": 0, "5": 1}


def test_an_incident_transferred_to_an_unknown_place_is_about_none() -> None:
    for transfer in (state("transferred", transferred_to=8), state("transferred")):
        assert fail_rate(opened(), transfer) == {"1": 0, "2": 0}
        assert values(RECOVERY, FIRST, BAD, opened(), transfer) == {}
        [row] = models("incidents", FIRST, BAD, opened(), transfer)
        assert (row["incident"], row["service"], row["deployment"]) == ("7", None, None)


def test_a_transfer_with_two_possible_origins_is_not_guessed() -> None:
    other = opened(6, **PIER)
    records = (FIRST, BAD, THERE, opened(), other, arrived(origin=None))
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "9": 1}
    found = {row["incident"]: row["deployment"] for row in models("incidents", *records)}
    assert found == {"6": None, "7": "2", "8": "9"}


@pytest.mark.parametrize("place", [{"repo": "other-org/harbour", "repository_id": 2}, {"repo": "octo-org/shop"}])
def test_issues_of_another_owner_or_the_same_repository_are_two(place: dict[str, object]) -> None:
    rows = values(FAIL_RATE, FIRST, BAD, opened(), opened(8, is_transferred=True, **place))
    assert rows["2"] == 1


def test_incidents_opened_in_one_second_without_a_transfer_are_two() -> None:
    assert values(FAIL_RATE, FIRST, BAD, THERE, opened(), opened(8, **HARBOUR)) == {"1": 0, "2": 1, "9": 1}


def test_an_incident_that_was_deleted_after_its_transfer_is_no_failure() -> None:
    records = (opened(), state("transferred", transferred_to=8), arrived(), state("deleted", CLOSED, 8, **HARBOUR))
    assert values(FAIL_RATE, FIRST, BAD, THERE, *records) == {"1": 0, "2": 0, "9": 0}
