"""Deployments to environments of production count: by services.toml, by GitHub's flags, else by the name."""

from typing import Any

import pytest

from tests.histories.cases import load
from tests.unit.warehouse.scenarios import RecordSpec, at, items, merged_database, report, requested, success, values
from warehouse import catalog
from warehouse.services import DEFAULT_SERVICES, Services, parsed

FREQUENCY = "deployment_frequency"


def environments(*records: RecordSpec, services: Services = DEFAULT_SERVICES) -> list[tuple[Any, ...]]:
    with merged_database(*records) as connection:
        catalog.create(connection, services)
        return connection.execute(
            "SELECT name, environment, is_production, reason FROM environments ORDER BY ALL"
        ).fetchall()


def flagged(record: RecordSpec, **flags: bool) -> RecordSpec:
    return record._replace(output=record.output._replace(**flags))


def test_environments_as_other_tools_name_them_are_production() -> None:
    names = {record["output"]["env"] for record in load("environment-names-of-other-tools").records}
    assert names == {"shop (Production)", "shop / production", "Production \N{EN DASH} shop", "production/pr-17"}
    records = [success(n, at(n + 1), "a", first=True, env=name) for n, name in enumerate(sorted(names), 1)]
    counted = {item.environment for item in items(FREQUENCY, *records)}
    assert counted == names - {"production/pr-17"}
    assert ("production/pr-17", "production/pr-17", False, "name") in environments(*records)


@pytest.mark.parametrize(
    ("name", "flags", "is_counted"),
    [
        ("main-eu", {"production_environment": True}, True),
        ("main-eu", {"production_environment": False}, False),
        ("prod-eu", {"production_environment": False}, True),  # false is GitHub's default for that name
        ("production", {"transient_environment": True}, False),
        ("production", {"production_environment": True, "transient_environment": True}, False),
        ("production", {"production_environment": True, "transient_environment": False}, True),
    ],
)
def test_flags_of_github_decide_before_the_name(name: str, flags: dict[str, bool], *, is_counted: bool) -> None:
    records = (flagged(success(1, at(2), "a", first=True, env=name), **flags),)
    assert values(FREQUENCY, *records) == ({"1": 1} if is_counted else {})


def test_a_record_without_flags_has_those_of_the_newest_that_has_them() -> None:
    # 1 and 4 are of a time when records had no flags; 2 was corrected by 3.
    records = (
        success(1, at(2), "a", first=True, env="main-eu"),
        flagged(success(2, at(3), "b", env="main-eu"), production_environment=False),
        flagged(success(3, at(4), "c", env="main-eu"), production_environment=True),
        success(4, at(5), "d", env="main-eu"),
    )
    assert values(FREQUENCY, *records) == {"1": 1, "3": 1, "4": 1}


def test_a_pattern_of_services_toml_decides_alone() -> None:
    records = (
        success(1, at(2), "a", first=True, env="blue"),
        flagged(success(2, at(2), "a", first=True, env="green"), production_environment=True),
        success(3, at(2), "a", first=True),
    )
    services = parsed({"repositories": {"octo-org/*": {"production": "(?i)^BLUE"}}})
    assert values(FREQUENCY, *records, services=services) == {"1": 1}
    assert environments(*records, services=services)[0] == ("blue", "blue", True, "services.toml")


def test_a_renamed_environment_is_one() -> None:
    # Deployment 2 replaces 1 in the same environment, as its name in another case says, too: b is there once.
    services = parsed({"environment_aliases": {"shop": "production"}})
    records = (
        success(1, at(2), "a", first=True, env="shop"),
        success(2, at(3), "b", env="SHOP"),
        success(3, at(4), "a", env="production", back=True),
    )
    rows = items(FREQUENCY, *records, services=services)
    assert [(item.item, item.environment) for item in rows] == [(n, "production") for n in ("1", "2", "3")]
    assert values("change_fail_rate", *records, services=services) == {"1": 0, "2": 1, "3": 0}


def test_requests_for_deployments_are_of_the_same_environments() -> None:
    records = (
        requested(1, at(2), None, env="shop / production"),
        requested(2, at(3), None, env="production/pr-17"),
        flagged(requested(3, at(4), None, env="main-eu"), production_environment=True),
    )
    rows = items("time_since_last_deployment", *records)
    assert [(item.item, item.environment) for item in rows] == [("1", "shop / production"), ("3", "main-eu")]


def test_the_report_has_the_environments_of_both_sides() -> None:
    records = (success(1, at(2), "a", first=True), success(2, at(2), "a", first=True, env="staging"))
    found = report(*records, now=at(9)).environments
    assert [(one.name, one.is_production, one.reason) for one in found] == [
        ("production", True, "name"),
        ("staging", False, "name"),
    ]
