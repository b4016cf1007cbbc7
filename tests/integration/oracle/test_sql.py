"""The SQL against the oracle, on random histories: what the SQL says with certainty although it is not so may only become less.

`python -m tests.integration.oracle.sql_comparison 60` prints the causes.
"""

from collections import Counter

import pytest

from tests.integration.oracle.outcomes import WITHOUT_ENVIRONMENT
from tests.integration.oracle.sql_comparison import (
    BY_ENVIRONMENT,
    EQUAL,
    HARMFUL,
    LACKING,
    WHOLE,
    comparable,
    compared,
    counts,
)
from tests.oracle import lead_time

HISTORIES = 60
HARMFUL_AT_MOST = {
    "change_fail_rate": 0,
    "change_lead_time": 0,
    "ci_duration": 0,
    "deployment_attempts_cancelled": 0,
    "deployment_attempts_failed": 0,
    "deployment_frequency": 0,
    "deployment_rework_rate": 0,
    "failed_deployment_recovery_time": 0,
    "possible_failures": 0,
    "queue_time": 0,
}
"""By measure, how many items the SQL knows although they are unknown, another value or no item. Lower it where it falls."""
LACKING_AT_MOST = {
    "change_fail_rate": 0,
    "change_lead_time": 0,
    "ci_duration": 0,
    "deployment_attempts_cancelled": 0,
    "deployment_attempts_failed": 0,
    "deployment_frequency": 0,
    "deployment_rework_rate": 0,
    "failed_deployment_recovery_time": 0,
    "possible_failures": 0,
    "queue_time": 0,
}
"""By measure, how many items that are known the SQL does not have."""
FINISHED = (
    "change_fail_rate",
    "change_lead_time",
    "deployment_frequency",
    "deployment_rework_rate",
    "failed_deployment_recovery_time",
)
STAGES = ("pull_request_lead_time", *(f"pull_request_lead_time_{stage}" for stage in lead_time.STAGES))
ALL_EQUAL = (*FINISHED, *(name + WHOLE for name in FINISHED), "change_lead_time_last" + WHOLE, *STAGES)
"""The measures of which every item is the oracle's: its value, certainty and name. Add one where it becomes so."""


@pytest.fixture(scope="module")
def table() -> dict[str, Counter[str]]:
    return counts(compared(comparable(HISTORIES)))


def bounded(measure: str) -> str:
    """Return the measure whose bound holds: a service's items are no worse than those of its environments."""
    return "change_lead_time" if measure in STAGES else measure.removesuffix(WHOLE).removesuffix("_last")


WHOLE_SERVICES = (
    "change_lead_time_last",
    *(name for name in HARMFUL_AT_MOST if name not in (*WITHOUT_ENVIRONMENT, *BY_ENVIRONMENT)),
)
MEASURES = (*HARMFUL_AT_MOST, *STAGES, *(name + WHOLE for name in WHOLE_SERVICES))


def test_the_sql_has_items_of_each_measure_of_the_table(table: dict[str, Counter[str]]) -> None:
    assert set(HARMFUL_AT_MOST) == set(LACKING_AT_MOST)
    assert set(table) == set(MEASURES)
    assert all(outcomes["equal"] > 20 for outcomes in table.values())


@pytest.mark.parametrize("measure", MEASURES)
def test_harmful_differences_become_no_more(table: dict[str, Counter[str]], measure: str) -> None:
    assert sum(table[measure][outcome] for outcome in HARMFUL) <= HARMFUL_AT_MOST[bounded(measure)]


@pytest.mark.parametrize("measure", MEASURES)
def test_known_items_that_the_sql_lacks_become_no_more(table: dict[str, Counter[str]], measure: str) -> None:
    assert table[measure][LACKING] <= LACKING_AT_MOST[bounded(measure)]


@pytest.mark.parametrize("measure", ALL_EQUAL)
def test_every_item_of_a_finished_measure_is_the_oracle_s(table: dict[str, Counter[str]], measure: str) -> None:
    assert set(table[measure]) == {EQUAL}
