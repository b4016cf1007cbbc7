"""The SQL's numbers of the worlds from the field, with records of schema 1 and with those of schema 2.

With records of schema 2 each number is right. With those of schema 1 it is right or unknown, never wrong.
"""

from typing import Any

import pytest

from tests.histories.cases import NAMES, Case, load
from tests.histories.extend import Record
from tests.integration.oracle.outcomes import RIGHT, WRONG, differences, outcome
from tests.integration.warehouse.answers import sql_answers
from tests.oracle.measures import Measures

STILL_WRONG: dict[str, tuple[str, set[str]]] = {}
"""The worlds that are still wrong: the rule of dora.md that is missing, and the measures that differ. It may only shrink."""


def faults(case: Case) -> set[str]:
    """Return what is not as it must be, as `schema: measure`."""
    new = _outcomes(case, case.in_schema_2())
    old = _outcomes(case, case.records)
    return {f"2: {name}" for name, result in new.items() if result != RIGHT} | {
        f"1: {name}" for name, result in old.items() if result == WRONG
    }


def _outcomes(case: Case, records: list[Record]) -> dict[str, str]:
    """Return whether each measure is right, unknown or wrong."""
    found = sql_answers(records, case.services)
    results = _compared(case.expected["expected"], found)
    if "without_setting" in case.expected:
        without = _compared(case.expected["without_setting"]["expected"], sql_answers(records))
        results |= {f"{name} without the setting": result for name, result in without.items()}
    if "service" in case.expected:
        whole = _compared(case.expected["service"], found, whole=True)
        results |= {f"{name} of the whole service": result for name, result in whole.items()}
    return results


def _compared(expected: dict[str, dict[str, Any]], found: Measures, *, whole: bool = False) -> dict[str, str]:
    return {name: outcome(dict(differences({name: items}, found, whole=whole))) for name, items in expected.items()}


@pytest.mark.parametrize("name", NAMES)
def test_a_world_is_right_or_in_the_list_of_those_that_are_not(name: str) -> None:
    assert faults(load(name)) == STILL_WRONG.get(name, ("", set()))[1]


def test_the_list_of_worlds_that_are_wrong_names_worlds_and_rules() -> None:
    assert set(STILL_WRONG) <= set(NAMES)
    assert all(rule and measures for rule, measures in STILL_WRONG.values())
