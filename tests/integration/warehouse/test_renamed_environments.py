"""An environment that was renamed is one: each rule holds over the rename, as the oracle says."""

from tests.histories.build import SHOP, at, commit, comparison, incident, status
from tests.histories.extend import Record
from tests.integration.oracle.answers import flat
from tests.integration.warehouse.answers import sql_answers, sql_items
from tests.oracle import measures
from tests.oracle.items import HOUR

RATE, RECOVERY, REWORK = "change_fail_rate", "failed_deployment_recovery_time", "deployment_rework_rate"
FREQUENCY, LEAD = "deployment_frequency", "change_lead_time"
RENAMED = {"environment_aliases": {"shop": "production"}}
OLD = [
    status(1, at(2, "09:00"), "a", first=True, env="shop"),
    status(2, at(3, "10:00"), "b", commit("b", at(3, "09:00")), env="Shop"),
]
NEW = status(3, at(4, "10:00"), "c", first=True)
"""For GitHub the first deployment of its environment."""
COMPARED = comparison("b", "c", "ahead", commit("c", at(4, "08:00")))


def values(measure: str, *records: Record | list[Record]) -> dict[str, float | None]:
    """Return the items of production, of a duration in hours; the oracle has the same."""
    listed = flat(*records)
    found, expected = sql_answers(listed, RENAMED)[measure], measures(listed, RENAMED)[measure]
    assert {key: item[:2] for key, item in found.items()} == {key: item[:2] for key, item in expected.items()}
    unit = HOUR if measure in (LEAD, RECOVERY) else 1
    return {
        item: value.value if value.value is None else value.value / unit
        for (service, environment, item), value in found.items()
        if (service, environment) == (SHOP, "production")
    }


def reason(measure: str, item: str, *records: Record | list[Record]) -> str:
    return sql_items(measure, flat(*records), RENAMED)[SHOP, "production", item].reason


def test_all_deployments_are_of_the_present_name() -> None:
    assert values(FREQUENCY, OLD, NEW) == {"1": 1, "2": 1, "3": 1}


def test_the_first_under_the_new_name_brings_what_is_not_known() -> None:
    assert values(LEAD, OLD, NEW) == {"of 1": None, "b": 1, "of 3": None}
    assert reason(LEAD, "of 3", OLD, NEW) == "its changes are not known"


def test_whether_the_first_under_the_new_name_went_back_is_not_known() -> None:
    assert values(REWORK, OLD, NEW) == {"1": 0, "2": 0, "3": None}
    assert values(RATE, OLD, NEW)["2"] is None


def test_a_comparison_with_the_last_under_the_former_name_decides() -> None:
    assert values(LEAD, OLD, NEW, COMPARED) == {"of 1": None, "b": 1, "c": 2}
    assert values(REWORK, OLD, NEW, COMPARED) == {"1": 0, "2": 0, "3": 0}


def test_a_commit_that_came_under_the_former_name_is_gone_back_to() -> None:
    back = status(3, at(3, "12:00"), "a", first=True)
    assert values(RATE, OLD, back) == {"1": 0, "2": 1, "3": 0}
    assert values(RECOVERY, OLD, back) == {"2": 2}


def test_an_incident_after_the_rename_is_about_a_deployment_before() -> None:
    records = [*OLD, *incident(7, at(3, "11:00"), at(3, "13:00"))]
    later = status(3, at(5, "10:00"), "c", first=True)
    assert values(RATE, records, later, comparison("b", "c", "ahead", commit("c", at(5, "08:00"))))["2"] == 1


def test_an_incident_may_name_the_environment_by_its_former_name() -> None:
    labels = [["incident", "env:shop"], ["incident", "Shop"], ["incident", "env:production"]]
    for listed in labels:
        records = [*OLD, *incident(7, at(3, "11:00"), at(3, "13:00"), labels=listed)]
        assert values(RATE, records) == {"1": 0, "2": 1}, listed
