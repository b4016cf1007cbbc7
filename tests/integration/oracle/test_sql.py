"""The SQL against the oracle: of random histories in one database, each item of each measure is equal.

`python -m tests.integration.oracle.sql_comparison 1000` compares more of them, and prints the causes of what differs.
"""

from collections import Counter

import pytest

from tests.histories.random_histories import history
from tests.integration.oracle.outcomes import WITHOUT_ENVIRONMENT
from tests.integration.oracle.sql_comparison import BY_ENVIRONMENT, EQUAL, WHOLE, comparable, compared, counts
from tests.oracle import lead_time

HISTORIES = 60
OF_TWO_HOTFIXES = 140
"""The seed of a history with an incident after a deployment of two hotfixes that name nothing: the surer one counts."""
DORA = (
    "change_fail_rate",
    "change_lead_time",
    "deployment_frequency",
    "deployment_rework_rate",
    "failed_deployment_recovery_time",
)
STAGES = ("pull_request_lead_time", *(f"pull_request_lead_time_{stage}" for stage in lead_time.STAGES))
MEASURES = (
    *DORA,
    *(name + WHOLE for name in (*DORA, "change_lead_time_last")),
    *STAGES,
    *WITHOUT_ENVIRONMENT,
    *BY_ENVIRONMENT,
)


@pytest.fixture(scope="module")
def table() -> dict[str, Counter[str]]:
    return counts(compared([*comparable(HISTORIES), history(OF_TWO_HOTFIXES)]))


def test_the_table_has_each_measure_with_items(table: dict[str, Counter[str]]) -> None:
    assert set(table) == set(MEASURES)
    assert all(outcomes[EQUAL] > 20 for outcomes in table.values())


@pytest.mark.parametrize("measure", MEASURES)
def test_every_item_is_the_oracle_s(table: dict[str, Counter[str]], measure: str) -> None:
    assert set(table[measure]) == {EQUAL}
