"""Jobs of a run that end after another commit arrived; records of schema 1 do not name the run."""

import pytest

from tests.histories.build import at, commit, status
from tests.integration.oracle.answers import BASE
from tests.integration.warehouse.answers import sql_items
from tests.oracle.items import Key

B = {"id": 2, "sha": "b"}


def rates(created: str, compared: str) -> dict[Key, float | None]:
    """Return the rate's items of c, which was created then, and of b again, which was compared with the b created then."""
    records = [
        *BASE,
        status(3, at(3, "11:00"), "c", commit("c", at(3, "10:30")), begin=at(3, created), schema=1),
        status(4, at(4, "12:00"), "b", schema=1, previous={**B, "created_at": at(3, compared)}),
    ]
    return {key: value.value for key, value in sql_items("change_fail_rate", records).items()}


@pytest.mark.parametrize(("created", "compared", "items"), [("10:40", "09:50", 3), ("09:40", "09:50", 4)])
def test_the_commit_of_before_is_late_or_goes_back(created: str, compared: str, items: int) -> None:
    # Had c been created between the two of b, GitHub would have compared with c.
    found = {item: value for (*_, item), value in rates(created, compared).items()}
    assert len(found) == items
    assert found["3"] == (1 if items == 4 else 0)
