"""The cases from the field, with records as they are (schema 1) and with the fields of schema 2."""

from collections import Counter

import pytest

from tests.histories.cases import NAMES, Case, load
from tests.histories.extend import Record
from tests.integration.oracle.outcomes import NOT_KNOWN, RIGHT, differences, outcome
from tests.oracle import cohorts, measures

RIGHT_IN_SCHEMA_1 = 12
"""How many cases need no field of schema 2."""


def compared(case: Case, records: list[Record]) -> dict[str, str]:
    """Return what differs from all answers of a case."""
    found = dict(differences(case.expected["expected"], measures(records, case.services)))
    if "service" in case.expected:
        whole = differences(case.expected["service"], measures(records, case.services), whole=True)
        found |= {f"service: {item}": value for item, value in whole}
    if "without_setting" in case.expected:
        without = differences(case.expected["without_setting"]["expected"], measures(records))
        found |= {f"without: {item}": value for item, value in without}
    return found


def test_every_case_of_the_field_is_here() -> None:
    assert len(NAMES) == 30


@pytest.mark.parametrize("name", NAMES)
def test_a_case_in_schema_2_is_right(name: str) -> None:
    case = load(name)
    assert compared(case, case.in_schema_2()) == {}


@pytest.mark.parametrize("name", NAMES)
def test_a_case_in_schema_1_is_right_or_unknown(name: str) -> None:
    case = load(name)
    assert set(compared(case, case.records).values()) <= {NOT_KNOWN}


def test_the_table_of_cases_in_schema_1_has_none_that_is_wrong() -> None:
    table = {name: outcome(compared(load(name), load(name).records)) for name in NAMES}
    print("\n".join(f"{name:45} {result}" for name, result in table.items()))  # noqa: T201 (shown by pytest -s)
    assert Counter(table.values()) == {RIGHT: RIGHT_IN_SCHEMA_1, NOT_KNOWN: len(NAMES) - RIGHT_IN_SCHEMA_1}


def test_bots_and_people_are_cohorts() -> None:
    case = load("bots-in-the-median")
    found = cohorts(case.in_schema_2(), case.services)
    kinds = {item: cohort.kind for (_, _, item), cohort in found.items()}
    bots, people = (case.expected["cohorts"][name]["change_lead_time"] for name in ("bots", "people"))
    assert {item for item, kind in kinds.items() if kind == "bot"} == set(bots)
    assert {item for item, kind in kinds.items() if kind == "person"} == set(people)
    assert kinds["2"] == "mixed"
