"""A service that deploys to several production environments has one number, and each environment has its own below it."""

from typing import Any

from tests.histories.build import SHOP, at, commit, failure, incident, status
from tests.histories.extend import Record
from tests.integration.oracle.answers import Records, flat
from tests.integration.warehouse.answers import sql_answers
from tests.oracle import measures
from tests.oracle.items import HOUR, Item
from tests.unit.warehouse import scenarios
from tests.unit.warehouse.scenarios import merged_database
from warehouse import views
from warehouse.evidence import evidence
from warehouse.report.build import build
from warehouse.report.comparison import compare
from warehouse.services import parsed

RATE, RECOVERY, REWORK = "change_fail_rate", "failed_deployment_recovery_time", "deployment_rework_rate"
FREQUENCY, FIRST, LAST = "deployment_frequency", "change_lead_time", "change_lead_time_last"
EU, US = "prod-eu", "prod-us"


def whole(measure: str, *records: Records, service: str = SHOP, **services: Any) -> dict[str, Item]:
    """Return the service's items of the SQL, in hours; the oracle has the same, of each environment, too."""
    listed = flat(*records)
    found, expected = sql_answers(listed, services)[measure], measures(listed, services)[measure]
    assert {key: item[:2] for key, item in found.items()} == {key: item[:2] for key, item in expected.items()}
    return {item: value for (name, environment, item), value in found.items() if (name, environment) == (service, "")}


def values(measure: str, *records: Records, **options: Any) -> dict[str, float | None]:
    """Return the value of each of the service's items; of a duration in hours."""
    unit = HOUR if measure in (RECOVERY, FIRST, LAST) else 1
    return {
        item: None if value.value is None else value.value / unit
        for item, value in whole(measure, *records, **options).items()
    }


def first(id: int, env: str) -> Record:
    return status(id, at(2, "09:00"), "a", first=True, env=env)


def brings_b(id: int, when: int, env: str, **options: Any) -> Record:
    return status(id, when, "b", commit("b", at(3, "09:00")), env=env, **options)


DRAWN = [
    *(first(id, env) for id, env in ((1, EU), (2, US), (3, "prod-asia"))),
    brings_b(4, at(3, "10:00"), EU),
    brings_b(5, at(3, "10:30"), US),
    status(6, at(3, "12:00"), "a", behind=True, env=US),
    status(7, at(3, "15:00"), "b", env=US),
    brings_b(8, at(4, "09:00"), "prod-asia"),
]
"""The example that docs/DORA.md draws."""


def test_the_kth_coming_in_each_environment_is_one_deployment() -> None:
    assert values(FREQUENCY, DRAWN) == {"1": 1, "4": 1, "6": 1, "7": 1}


def test_a_deployment_failed_if_it_failed_in_one_environment() -> None:
    assert values(RATE, DRAWN) == {"1": 0, "4": 1, "6": 0, "7": 0}
    assert values(REWORK, DRAWN) == {"1": 0, "4": 0, "6": 1, "7": 0}


def test_recovery_counts_from_the_first_arrival() -> None:
    assert values(RECOVERY, DRAWN) == {"4": 2}


def test_recovery_ends_when_the_last_one_that_failed_recovered() -> None:
    records = [*DRAWN[:6], status(7, at(3, "13:00"), "a", behind=True, env=EU)]
    assert values(RECOVERY, records) == {"4": 3}


def test_recovery_counts_from_an_earlier_opening() -> None:
    # us comes first, and the incident is opened while eu is being deployed to, which goes back
    records = [
        first(1, EU),
        first(2, US),
        brings_b(3, at(3, "10:30"), US),
        brings_b(4, at(3, "10:40"), EU, begin=at(3, "09:40")),
        status(5, at(3, "12:50"), "a", behind=True, env=EU),
        *incident(7, at(3, "09:50"), at(3, "13:00")),
    ]
    assert values(RECOVERY, records) == {"3": 3}


def test_lead_time_is_to_the_first_and_to_the_last_environment() -> None:
    assert values(FIRST, DRAWN) == {"of 1": None, "b": 1}
    assert values(LAST, DRAWN) == {"of 1": None, "b": 24}


def test_a_change_leads_to_the_deployment_that_its_lead_time_ends_with() -> None:
    places = (scenarios.success(id, scenarios.at(17), "a", first=True, env=env) for id, env in ((1, EU), (2, US)))
    change = scenarios.commit("b", scenarios.at(18, "09:00"))
    brought = [
        scenarios.success(id, scenarios.at(18, time), "b", change, env=env)
        for id, time, env in ((3, "10:00", US), (4, "15:00", EU))
    ]
    with merged_database(*places, *brought) as connection:
        views.create(connection, parsed({}))
        for measure, deployment in ((FIRST, "3"), (LAST, "4")):
            [item] = [
                item
                for item in evidence(connection, measure, service="octo-org/shop", environment="")
                if item.item == "b"
            ]
            assert item.deployment == deployment
            assert f"/{deployment}-" in str(item.path)


def test_a_change_counts_once_though_one_environment_misses_it() -> None:
    records = [*DRAWN[:4], first(9, "prod-africa")]
    assert values(FIRST, records) == values(LAST, records) == {"of 1": None, "b": 1}


def test_unknown_changes_elsewhere_may_have_brought_it_earlier() -> None:
    records = [
        first(1, EU),
        first(2, US),
        status(3, at(3, "09:30"), "x", env=US, unread=True),
        brings_b(4, at(3, "10:00"), EU),
    ]
    assert values(FIRST, records) == {"of 1": None, "of 3": None, "b": None}
    assert values(LAST, records) == {"of 1": None, "of 3": None, "b": None}


def test_unknown_changes_elsewhere_later_leave_only_the_last_unknown() -> None:
    records = [
        first(1, EU),
        first(2, US),
        brings_b(3, at(3, "10:00"), EU),
        status(4, at(3, "11:00"), "x", env=US, unread=True),
    ]
    assert values(FIRST, records) == {"of 1": None, "of 4": None, "b": 1}
    assert values(LAST, records)["b"] is None


def test_unknown_changes_before_it_was_written_brought_it_nowhere() -> None:
    records = [
        first(1, EU),
        first(2, US),
        status(3, at(3, "08:30"), "x", env=US, unread=True),
        brings_b(4, at(3, "10:00"), EU),
    ]
    assert (values(FIRST, records)["b"], values(LAST, records)["b"]) == (1, 1)


def test_what_is_unknown_in_one_environment_is_unknown_in_the_service() -> None:
    # nothing says whether the next deployment in us went back
    records = [*DRAWN[:5], status(9, at(3, "16:00"), "z", env=US, unread=True)]
    assert values(RATE, records)["9"] == 0
    assert values(REWORK, records)["9"] is None


def test_failed_changes_are_grouped_apart_from_deployments() -> None:
    records = [
        *DRAWN[:4],
        failure(5, at(3, "10:30"), "b", env=US),
        status(6, at(3, "11:00"), "a", env=US, run=9, event="push"),
        failure(7, at(3, "10:40"), "b", env="prod-asia"),
        status(8, at(3, "11:30"), "a", env="prod-asia", run=10, event="push"),
    ]
    assert values(RATE, records) == {"1": 0, "4": 0, "5": 1, "6": 0}
    assert values(RECOVERY, records) == {"5": 1}
    assert values(FREQUENCY, records) == {"1": 1, "4": 1, "6": 1}


def test_services_of_several_repositories_group_within_each() -> None:
    records = [
        *DRAWN[:5],
        status(11, at(3, "11:00"), "b", env=EU, first=True, repo="octo-org/cart"),
        status(12, at(3, "11:10"), "b", env=US, first=True, repo="octo-org/cart"),
    ]
    services = {"store": {"repositories": ["octo-org/*"]}}
    assert values(FREQUENCY, records, service="store", services=services) == {"1": 1, "4": 1, "11": 1}


def test_parts_of_a_repository_have_one_number_each() -> None:
    records = [
        *DRAWN[:5],
        status(11, at(3, "11:00"), "x", env="prod-web-1", first=True),
        status(12, at(3, "11:10"), "x", env="prod-web-2", first=True),
    ]
    web = {"web": {"repositories": [SHOP], "environments": ["prod-web-*"]}}
    assert values(FREQUENCY, records, service="web", services=web) == {"11": 1}
    assert values(FREQUENCY, records, services=web) == {"1": 1, "4": 1}


def numbers(*records: scenarios.RecordSpec) -> set[tuple[str, str, str]]:
    """Return the repository, environment and measure of the numbers of DORA's five."""
    with merged_database(*records) as connection:
        found = build(connection, services=TOGETHER, source="test", now=scenarios.NOW)
    five = {measure.name for measure in found.measures if measure.is_dora}
    return {(one.repository, one.environment, one.measure) for one in found.numbers if one.measure in five}


TOGETHER = parsed({"services": {"store": {"repositories": ["octo-org/*"]}}})


def deployed(id: int, env: str, **record: Any) -> scenarios.RecordSpec:
    return scenarios.success(id, scenarios.at(2), "a", first=True, env=env)._replace(**record)


def test_the_number_of_a_service_with_one_environment_appears_once() -> None:
    found = numbers(deployed(1, "production"))
    assert {(repository, environment) for repository, environment, _ in found} == {
        ("", "production"),
        (SHOP, "production"),
    }


def test_a_service_s_number_is_above_those_of_its_environments() -> None:
    with merged_database(deployed(1, EU), deployed(2, US)) as connection:
        found = build(connection, services=TOGETHER, source="test", now=scenarios.NOW)
    rates = [one for one in found.numbers if (one.measure, one.repository, one.kind) == (RATE, "", "week")]
    assert [(one.environment, one.items) for one in rates] == [("", 1), (EU, 1), (US, 1)]
    assert [group.environment for group in compare(found, is_dora=True).groups] == ["", EU, US]


def test_a_repository_in_one_environment_of_several_has_one_number() -> None:
    found = numbers(deployed(1, EU), deployed(2, US), deployed(3, EU, repo="octo-org/other", repository_id=9))
    places = {(repository, environment) for repository, environment, _ in found}
    assert {environment for repository, environment in places if repository == "octo-org/other"} == {EU}
    assert {environment for repository, environment in places if repository == ""} == {"", EU, US}
    assert {environment for repository, environment in places if repository == SHOP} == {"", EU, US}


def test_the_evidence_of_a_service_names_the_record_that_decides() -> None:
    with merged_database(deployed(1, EU), deployed(2, US)) as connection:
        views.create(connection, TOGETHER)
        [item] = evidence(connection, FREQUENCY, environment="")
        [eu] = evidence(connection, FREQUENCY, environment=EU)
    assert (item.service, item.environment, item.record_id) == ("store", "", eu.record_id)
