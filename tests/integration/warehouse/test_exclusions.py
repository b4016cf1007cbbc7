"""Deployments that `exclude` of services.toml leaves out: what they brought is brought by the next success that counts."""

from typing import Any

import pytest

from tests.histories.build import HOUR, SHOP, at, commit, comparison, failure, status
from tests.histories.extend import Record
from tests.integration.oracle.answers import BASE
from tests.integration.warehouse.answers import sql_items

FREQUENCY, LEAD, RATE = "deployment_frequency", "change_lead_time", "change_fail_rate"


def excluding(*entries: dict[str, str]) -> dict[str, Any]:
    return {"repositories": {SHOP: {"deployments": {"kind": "statuses", "exclude": list(entries)}}}}


NIGHTLY = excluding({"event": "sched*"})


def found(measure: str, *records: Record, services: dict[str, Any] = NIGHTLY) -> dict[str, float | None]:
    """Return the value of each item; of a duration in hours."""
    unit = HOUR if measure.endswith("time") else 1
    answers = sql_items(measure, records, services)
    return {item: None if value.value is None else value.value / unit for (*_, item), value in answers.items()}


def failed(*records: Record, services: dict[str, Any] = NIGHTLY) -> set[str]:
    return {item for item, value in found(RATE, *records, services=services).items() if value == 1}


def nightly(id: int, when: int, sha: str, *commits: dict[str, Any], **options: Any) -> Record:
    return status(id, when, sha, *commits, event="schedule", **options)


C, D, E = commit("c", at(3, "20:00")), commit("d", at(3, "21:00")), commit("e", at(3, "22:00"))


@pytest.mark.parametrize(
    ("entry", "counts"),
    [
        ({"event": "schedule"}, False),
        ({"event": "push"}, True),
        ({"task": "deploy:mig*"}, False),
        ({"ref": "nightly/*"}, False),
        ({"ref": "nightly"}, True),
        ({"workflow": "Nightly*"}, False),
        ({"creator": "BOT"}, False),
        ({"job": "plan *"}, False),
        ({"job": "plan *", "task": "deploy"}, True),
    ],
)
def test_each_key_of_an_entry_decides(entry: dict[str, str], *, counts: bool) -> None:
    options = {"workflow": "Nightly plan", "job": {"id": 7, "name": "plan (eu)"}}
    also = {"task": "deploy:migrations", "ref": "nightly/1", "creator_kind": "bot"}
    records = (*BASE, nightly(3, at(4, "02:00"), "d", C, D, **options, also=also))
    assert ("3" in found(FREQUENCY, *records, services=excluding(entry))) == counts


def test_an_entry_that_old_records_cannot_decide_is_unknown() -> None:
    old = status(1, at(2, "09:00"), "a", first=True, schema=1)
    assert found(FREQUENCY, old, services=excluding({"event": "schedule", "ref": "main"})) == {"1": None}
    assert found(FREQUENCY, old, services=excluding({"event": "schedule", "ref": "release"})) == {"1": 1}


def test_what_an_excluded_deployment_brought_comes_with_the_next() -> None:
    records = (*BASE, nightly(3, at(4, "02:00"), "d", C, D), status(4, at(4, "10:00"), "e", E))
    assert found(FREQUENCY, *records) == {"1": 1, "2": 1, "4": 1}
    assert found(LEAD, *records) == {"of 1": None, "b": 1, "c": 14, "d": 13, "e": 12}


def test_a_deployment_of_a_listed_commit_takes_up_to_it() -> None:
    records = (*BASE, nightly(3, at(4, "02:00"), "d", C, D), status(4, at(4, "10:00"), "c", behind=True))
    assert failed(*records) == set()
    assert found(LEAD, *records) == {"of 1": None, "b": 1, "c": 14}
    later = (*records, status(5, at(5, "21:00"), "e", D, E))
    assert found(LEAD, *later) == {"of 1": None, "b": 1, "c": 14, "d": 48, "e": 47}


def test_what_waits_is_left_by_a_deployment_of_another_commit() -> None:
    # 4 takes c, 5 goes back to b, and 6 deploys d, which waited: only what GitHub lists for 6 comes.
    records = (
        *BASE,
        nightly(3, at(4, "02:00"), "d", C, D),
        status(4, at(4, "10:00"), "c", behind=True),
        status(5, at(4, "11:00"), "b", behind=True),
        status(6, at(4, "12:00"), "d", C, D),
    )
    assert failed(*records) == {"4"}
    assert found(LEAD, *records) == {"of 1": None, "b": 1, "c": 14, "d": 15}


def test_several_excluded_deployments_are_taken_one_by_one() -> None:
    records = (
        *BASE,
        nightly(3, at(4, "02:00"), "c", C),
        nightly(4, at(4, "03:00"), "e", D, E),
        status(5, at(4, "10:00"), "c", behind=True),
        status(6, at(4, "11:00"), "d"),
        status(7, at(4, "12:00"), "e"),
    )
    assert found(LEAD, *records) == {"of 1": None, "b": 1, "c": 14, "d": 14, "e": 14}
    assert failed(*records) == set()


def test_a_rollback_past_an_excluded_deployment_is_one() -> None:
    records = (*BASE, nightly(3, at(4, "02:00"), "c", C), status(4, at(4, "10:00"), "old", behind=True))
    assert failed(*records) == {"2"}


def test_unread_changes_of_an_excluded_deployment_stay_unknown() -> None:
    unread = nightly(3, at(4, "02:00"), "d", unread=True)
    taken = status(4, at(4, "10:00"), "e", E)
    assert found(LEAD, *BASE, unread, taken) == {"of 1": None, "b": 1, "of 4": None, "e": 12}
    known = (*BASE, unread, taken, comparison("b", "e", "ahead", D, E))
    assert found(LEAD, *known) == {"of 1": None, "b": 1, "d": 13, "e": 12}


def test_what_waits_behind_an_unread_list_is_unknown_too() -> None:
    # 5 deploys c, which was listed first; what came with 4 is not known, and may be in 6.
    records = (
        *BASE,
        nightly(3, at(4, "02:00"), "c", C),
        nightly(4, at(4, "03:00"), "d", unread=True),
        status(5, at(4, "10:00"), "c", behind=True),
        status(6, at(4, "11:00"), "e", E),
        status(7, at(5, "12:00"), "f", commit("f", at(5, "11:00"))),
    )
    assert found(LEAD, *records) == {"of 1": None, "b": 1, "of 5": None, "c": 14, "of 6": None, "e": 13, "f": 1}


def test_an_excluded_deployment_that_comes_first_leaves_no_comparison() -> None:
    records = (nightly(1, at(2, "09:00"), "a", first=True), status(2, at(3, "10:00"), "b", commit("b", at(3, "09:00"))))
    assert found(LEAD, *records) == {"of 2": None}


def test_a_failed_attempt_that_is_excluded_fails_nothing() -> None:
    plan = failure(3, at(4, "02:00"), "d", also={"task": "plan"})
    back = status(4, at(4, "03:00"), "b", event="workflow_dispatch")
    assert failed(*BASE, plan, back, services=excluding({"task": "deploy:*"})) == {"3"}
    assert failed(*BASE, plan, back, services=excluding({"task": "plan"})) == set()
