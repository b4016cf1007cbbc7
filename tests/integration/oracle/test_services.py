"""Sections 9, 10 and 12: services, cohorts and CI."""

import pytest

from tests.histories.build import SHOP, at, commit, failure, incident, job, pull, run, status
from tests.integration.oracle.answers import BASE, FREQUENCY, LEAD, RATE, RECOVERY, failed, flat, items, values
from tests.oracle import cohorts, measures
from tests.oracle.ci import percentile
from tests.oracle.items import HOUR

PARTS = {
    "services": {
        "api": {"repositories": [SHOP], "workflows": ["Deploy api"], "paths": ["api/**"]},
        "web": {"repositories": [SHOP], "workflows": ["Deploy web"], "paths": ["web/**"]},
    }
}


def whole(
    measure: str, records: list[dict[str, object]], services: dict[str, object] | None = None, service: str = SHOP
) -> dict[str, object]:
    found = measures(records, services)[measure]
    return {
        item: value.value for (name, environment, item), value in found.items() if name == service and not environment
    }


def test_another_parts_deployment_is_not_gone_back_from() -> None:
    records = [
        status(1, at(2, "09:00"), "a", first=True, workflow="Deploy web"),
        status(3, at(3, "10:30"), "c", commit("b", at(3, "09:30")), commit("c", at(3, "10:00")), workflow="Deploy api"),
        status(4, at(3, "11:00"), "b", behind=True, workflow="Deploy web"),
    ]
    assert failed(*records, services=PARTS, service="web") == set()
    assert values(FREQUENCY, *records, services=PARTS, service="web") == {"1": 1, "4": 1}
    assert values(FREQUENCY, *records, services=PARTS, service="api") == {"3": 1}


def test_a_change_counts_in_each_part_that_it_touches() -> None:
    both = pull(12, at(3, "09:30"), "s12", {"authored": at(3, "09:00"), "sha": "c1"}, paths=["api/src/", "web/"])
    web = pull(13, at(3, "09:40"), "s13", {"authored": at(3, "09:10"), "sha": "c2"}, paths=["web/", "README.md"])
    squashes = [commit("s12", at(3, "09:30"), pr_number=12), commit("s13", at(3, "09:40"), pr_number=13)]
    records = [
        status(1, at(2, "09:00"), "a", first=True, workflow="Deploy web"),
        status(2, at(2, "09:05"), "a", workflow="Deploy api"),
        *both,
        *web,
        status(3, at(3, "10:00"), "s13", *squashes, workflow="Deploy api"),
        status(4, at(3, "11:00"), "s13", workflow="Deploy web"),
    ]
    one, two = f"1012-{at(3, '09:30')}#1", f"1013-{at(3, '09:40')}#1"
    assert values(LEAD, *records, services=PARTS, service="api") == {"of 2": None, one: 1}
    found = values(LEAD, *records, services=PARTS, service="web")
    assert found == {"of 1": None, one: 2, two: pytest.approx(1 + 50 / 60)}


def test_a_commit_of_unknown_paths_is_unknown_in_each_part() -> None:
    records = [
        status(1, at(2, "09:00"), "a", first=True, workflow="Deploy api"),
        status(2, at(3, "10:00"), "b", commit("b", at(3, "09:00")), workflow="Deploy api"),
    ]
    assert values(LEAD, *records, services=PARTS, service="api") == {"of 1": None, "b": None}


def test_what_belongs_to_no_part_is_the_rest_of_the_repository() -> None:
    records = [status(1, at(2, "09:00"), "a", first=True, workflow="Nightly")]
    assert values(FREQUENCY, *records, services=PARTS) == {"1": 1}
    assert values(FREQUENCY, *records, services=PARTS, service="api") == {}


def test_a_service_of_two_environments_has_one_number() -> None:
    # b fails in eu only: the service failed from the first arrival to eu's recovery.
    records = [
        status(1, at(2, "09:00"), "a", first=True, env="prod-us"),
        status(2, at(2, "10:00"), "a", first=True, env="prod-eu"),
        status(3, at(3, "10:00"), "b", commit("b", at(3, "09:00")), env="prod-us"),
        status(4, at(3, "12:00"), "b", commit("b", at(3, "09:00")), env="prod-eu"),
        status(5, at(3, "13:00"), "a", behind=True, env="prod-eu"),
    ]
    assert whole(FREQUENCY, records) == {"1": 1, "3": 1, "5": 1}
    assert whole(RATE, records) == {"1": 0, "3": 1, "5": 0}
    assert whole(RECOVERY, records) == {"3": 3 * HOUR}
    assert whole(LEAD, records) == {"of 1": None, "b": HOUR}
    assert whole("change_lead_time_last", records) == {"of 1": None, "b": 3 * HOUR}


def test_the_second_coming_in_one_environment_is_another_deployment() -> None:
    records = [
        status(1, at(2, "09:00"), "a", first=True, env="prod-us"),
        status(2, at(2, "10:00"), "a", env="prod-us"),
        status(3, at(2, "11:00"), "a", first=True, env="prod-eu"),
    ]
    assert whole(FREQUENCY, records) == {"1": 1, "2": 1}


def test_an_environment_that_was_renamed_is_one() -> None:
    services = {"environment_aliases": {"prod": "production"}}
    records = [status(1, at(2, "09:00"), "a", first=True, env="prod"), BASE[1]]
    assert set(measures(records, services)[FREQUENCY]) >= {(SHOP, "production", "1"), (SHOP, "production", "2")}
    assert values(LEAD, *records, services=services) == {"of 1": None, "b": 1}


def test_an_environment_that_GitHub_calls_production_is_so_in_old_records() -> None:  # noqa: N802 (GitHub's name)
    flags = {"production_environment": True}
    records = [
        status(1, at(2, "09:00"), "a", first=True, env="main-eu", schema=1),
        status(2, at(3, "10:00"), "b", env="main-eu", also=flags),
        status(3, at(3, "10:00"), "b", env="staging", first=True),
    ]
    assert set(values(FREQUENCY, *records)) == {"1", "2"}


GITOPS = {
    "services": {
        "checkout": {
            "repositories": [SHOP, "octo-org/shop-deploy"],
            "code": {"repositories": [SHOP], "branch": "main"},
        }
    }
}


def test_changes_of_gitops_are_merged_where_the_code_is() -> None:
    deploy = "octo-org/shop-deploy"
    records = [
        status(1, at(2, "09:00"), "a", first=True, repo=deploy),
        *pull(61, at(3, "10:50"), "s61", {"authored": at(2, "11:00"), "sha": "c1"}),
        *pull(62, at(3, "11:05"), "s62", {"authored": at(3, "11:00"), "sha": "c2"}),
        *pull(63, at(3, "10:40"), "s63", {"authored": at(3, "10:00"), "sha": "c3"}, base="topic"),
        status(2, at(3, "11:00"), "bump", commit("bump", at(3, "10:55")), repo=deploy),
    ]
    found = values(LEAD, *records, services=GITOPS, service="checkout")
    assert found == {"of 1": None, f"1061-{at(3, '10:50')}#1": 24}


def test_a_failed_attempt_in_one_region_is_counted_apart() -> None:
    records = [
        *BASE,
        failure(3, at(3, "11:00"), "b", env="prod-eu"),
        run(9003, "failure", at(3, "11:00")),
        *incident(7, at(3, "11:10"), at(3, "12:00"), labels=["incident", "prod-eu"]),
    ]
    assert failed(*records) == {"3"}
    assert whole(RATE, flat(*records)) == {"1": 0, "2": 0, "3": 1}


def test_a_deployment_is_of_the_kind_of_all_its_changes() -> None:
    agent = commit("c", at(3, "09:10"), author_kind="agent", assistants=["claude"])
    records = [
        *BASE,
        status(3, at(3, "12:00"), "c", agent),
        status(
            4, at(3, "13:00"), "d", agent | {"sha": "d", "authored_at": at(3, "12:30")}, commit("e", at(3, "12:40"))
        ),
    ]
    found = {item: cohort for (_, _, item), cohort in cohorts(records).items()}
    assert (found["2"].kind, found["2"].is_assisted) == ("person", False)
    assert (found["3"].kind, found["3"].is_assisted) == ("agent", True)
    assert (found["4"].kind, found["4"].is_assisted) == ("mixed", True)
    assert found["1"].kind == "unknown"


def test_a_wait_beside_a_running_job_is_no_gap() -> None:
    # The approval took an hour, 40 minutes of it while tests ran.
    records = [
        job(1, at(2, "10:00"), at(2, "11:00"), run=1, name="test"),
        job(
            2,
            at(2, "11:20"),
            at(2, "11:30"),
            run=1,
            name="deploy",
            created=at(2, "10:10"),
            also={"environment": "production", "approval_wait": HOUR + 5 * 60_000},
        ),
    ]
    found = measures(records)
    assert found["ci_duration"][SHOP, "", "Deploy 1#1"].value == 75 * 60_000
    assert found["queue_time"][SHOP, "", "2"].value == 5 * 60_000


def test_a_wait_of_schema_1_that_changes_nothing_is_known() -> None:
    records = [
        job(1, at(2, "10:00"), at(2, "11:00"), run=1, name="test", schema=1),
        job(2, at(2, "10:20"), at(2, "10:30"), run=1, name="lint", created=at(2, "10:10"), schema=1),
    ]
    found = measures(records)
    assert found["ci_duration"][SHOP, "", "Deploy 1#1"].value == HOUR
    assert found["queue_time"][SHOP, "", "2"].value is None


@pytest.mark.parametrize(
    ("count", "share", "value"),
    [(9, 0.9, None), (10, 0.9, 8.1), (19, 0.95, None), (20, 0.95, 18.05), (4, 0.5, 1.5), (0, 0.5, None)],
)
def test_percentiles_are_linear_and_need_enough_items(count: int, share: float, value: float | None) -> None:
    assert percentile([float(number) for number in range(count)], share) == (
        value if value is None else pytest.approx(value)
    )


def test_a_record_is_read_once_and_the_better_one_wins() -> None:
    again = status(2, at(3, "10:00"), "b", commit("b", at(3, "09:00")))
    partial = {**status(2, at(3, "10:00"), "b", unread=True), "status": "networkError", "created_at": at(29)}
    old = {**status(2, at(3, "10:00"), "x", schema=1), "created_at": at(29)}
    found = items(LEAD, *BASE, again, partial, old)
    assert found["b"].value == HOUR


def test_the_first_service_that_lists_a_repository_has_it() -> None:
    services = {"services": {"one": {"repositories": ["octo-org/*"]}, "two": {"repositories": [SHOP]}}}
    assert values(FREQUENCY, *BASE, services=services, service="one") == {"1": 1, "2": 1}
    assert values(FREQUENCY, *BASE, services=services, service="two") == {}


def test_a_change_may_have_reached_an_environment_of_unknown_changes() -> None:
    records = [
        status(1, at(2, "09:00"), "a", first=True, env="prod-us"),
        status(2, at(2, "09:00"), "a", first=True, env="prod-eu"),
        status(3, at(3, "10:00"), "b", commit("b", at(3, "09:00")), env="prod-us"),
        status(4, at(3, "12:00"), "b", unread=True, env="prod-eu"),
    ]
    assert whole(LEAD, records) == {"of 1": None, "of 3": None, "b": HOUR}
    assert whole("change_lead_time_last", records) == {"of 1": None, "of 3": None, "b": None}
