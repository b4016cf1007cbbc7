"""Attempts that failed or were cancelled are counted apart, unless services.toml counts failed ones as failures."""

from collections import defaultdict
from typing import Any

from tests.histories.build import HOUR, SHOP, at, commit, failure, incident, run, status
from tests.histories.extend import Record
from tests.integration.oracle.answers import BASE
from tests.integration.warehouse.answers import sql_answers
from tests.oracle.items import INFERRED, KNOWN, Item

FAILED, CANCELLED = "deployment_attempts_failed", "deployment_attempts_cancelled"
POSSIBLE, RATE, RECOVERY = "possible_failures", "change_fail_rate", "failed_deployment_recovery_time"
COUNT = {"failed_attempts": "count"}


def attempt(id: int, when: int, conclusion: str = "failure", **options: Any) -> list[Record]:
    """Return a failed attempt at c and the record of its run, which says how it ended."""
    return [failure(id, when, "c", run=id, **options), run(id, conclusion, when)]


def found(records: list[Record], services: dict[str, Any] | None = None) -> dict[str, dict[str, Item]]:
    """Return the items of each measure in an environment."""
    answers: dict[str, dict[str, Item]] = defaultdict(dict)
    for measure, items in sql_answers(records, services).items():
        answers[measure] = {item: value for (_, environment, item), value in items.items() if environment}
    return answers


def test_a_failed_and_a_cancelled_attempt_are_counted_apart() -> None:
    answers = found([*BASE, *attempt(3, at(3, "11:00")), *attempt(4, at(3, "12:00"), "cancelled")])
    assert {item: (value.value, value.certainty) for item, value in answers[FAILED].items()} == {"3": (1, KNOWN)}
    assert {item: value.value for item, value in answers[CANCELLED].items()} == {"4": 1}
    assert set(answers[RATE]) == set(answers["deployment_frequency"]) == {"1", "2"}


def test_an_attempt_that_may_have_been_cancelled_is_inferred_or_unknown() -> None:
    unrecorded = failure(3, at(3, "11:00"), "c", run=3)
    old = failure(4, at(3, "12:00"), "c", schema=1)
    answers = found([*BASE, unrecorded, old])[FAILED]
    assert (answers["3"].value, answers["3"].certainty) == (1, INFERRED)
    assert (answers["4"].value, answers["4"].reason) == (None, "whether it failed or was cancelled is not known")


def test_a_failed_change_is_not_counted_apart() -> None:
    records = [*BASE, *attempt(3, at(3, "11:00")), *incident(7, at(3, "11:10"), at(3, "12:00"))]
    answers = found(records)
    assert (set(answers[FAILED]), answers[RATE]["3"].value) == (set(), 1)


def test_a_change_written_after_a_failed_attempt_makes_it_possible() -> None:
    records = [*BASE, *attempt(3, at(3, "11:00"))]
    soon = status(4, at(3, "13:00"), "d", commit("d", at(3, "12:00")))
    assert {item: value.value for item, value in found([*records, soon])[POSSIBLE].items()} == {"3": 1}
    older = status(4, at(3, "13:00"), "d", commit("d", at(3, "10:30")))
    late = status(4, at(4, "13:00"), "d", commit("d", at(3, "12:00")))
    assert found([*records, older])[POSSIBLE] == found([*records, late])[POSSIBLE] == {}


def test_failed_attempts_count_as_failures_by_the_setting() -> None:
    records = [*BASE, *attempt(3, at(3, "11:00")), *attempt(4, at(3, "12:00"), "cancelled")]
    for services in (COUNT, {"repositories": {SHOP: COUNT}}):
        answers = found(records, services)
        assert {item: value.value for item, value in answers[RATE].items()} == {"1": 0, "2": 0, "3": 1}
        assert (answers[FAILED], answers[RECOVERY]["3"].value) == ({}, None)
    assert set(found(records, {**COUNT, "repositories": {SHOP: {"failed_attempts": "separate"}}})[FAILED]) == {"3"}


def test_a_counted_attempt_recovers_by_what_is_about_it() -> None:
    records = [*BASE, *attempt(3, at(3, "11:00")), *incident(7, at(3, "11:10"), at(3, "12:00"))]
    assert found(records, COUNT)[RECOVERY]["3"].value == HOUR
