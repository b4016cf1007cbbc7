"""GitOps: deployments of one repository, changes of another."""

from typing import Any

import pytest

from tests.histories.build import SHOP, at, commit, incident, pull, status
from tests.histories.extend import Record
from tests.integration.warehouse.answers import sql_answers, sql_items
from tests.oracle.items import HOUR
from tests.oracle.measures import measures

DEPLOY, CART = "octo-org/shop-deploy", "octo-org/cart"
LEAD, RATE, REWORK = "change_lead_time", "change_fail_rate", "deployment_rework_rate"
OF_SERVICE = {
    "services": {"checkout": {"repositories": [DEPLOY], "code": {"repositories": [SHOP], "branch": "main"}}},
}
OF_RULE = {"repositories": {DEPLOY: {"code": {"repositories": [SHOP], "branch": "main"}}}}


def merged(number: int, when: int, repo: str = SHOP, **options: Any) -> list[Record]:
    """Return a pull request that was written an hour before it was merged."""
    return pull(number, when, f"m{number}", {"authored": when - HOUR, "sha": f"own{number}"}, repo=repo, **options)


def deployed(id: int, when: int, sha: str, **options: Any) -> Record:
    listed = [] if options.get("first") else [commit(sha, when - HOUR)]
    return status(id, when, sha, *listed, repo=DEPLOY, **options)


def answers(measure: str, records: list[Record], document: dict[str, Any], service: str = "checkout") -> dict[str, Any]:
    """Return the value of each item of a service, of a duration in hours; the oracle must have the same ones."""
    found = sql_items(measure, records, document)
    expected = {key: item for key, item in measures(records, document)[measure].items() if key[1]}
    assert {key: (item.value, item.certainty) for key, item in found.items()} == {
        key: (item.value, item.certainty) for key, item in expected.items()
    }
    unit = HOUR if measure.endswith("time") else 1
    return {
        item: None if value.value is None else value.value / unit
        for (name, _, item), value in found.items()
        if name == service
    }


FIRST = deployed(1, at(2, "09:00"), "a", first=True)


def name(number: int, when: int) -> str:
    return f"{1000 + number}-{when}#1"


@pytest.mark.parametrize(("document", "service"), [(OF_SERVICE, "checkout"), (OF_RULE, DEPLOY)])
def test_changes_are_merged_where_the_code_is(document: dict[str, Any], service: str) -> None:
    early, inside, other, late = at(2, "08:00"), at(3, "08:00"), at(3, "08:10"), at(3, "09:30")
    records = [FIRST, deployed(2, at(3, "09:00"), "b"), *merged(61, early), *merged(62, inside), *merged(64, late)]
    records += merged(63, other, base="topic")
    assert answers(LEAD, records, document, service) == {"of 1": None, name(62, inside): 2}


def test_what_goes_back_or_stays_brings_nothing_that_is_lost() -> None:
    before_stay, before_back = at(3, "10:00"), at(3, "12:00")
    records = [
        FIRST,
        deployed(2, at(3, "09:00"), "b"),
        *merged(61, before_stay),
        deployed(3, at(3, "11:00"), "b"),
        *merged(62, before_back),
        deployed(4, at(3, "13:00"), "a", behind=True),
        deployed(5, at(3, "14:00"), "c"),
    ]
    found = answers(LEAD, records, OF_SERVICE)
    assert found == {"of 1": None, name(61, before_stay): 5, name(62, before_back): 3}
    assert answers(REWORK, records, OF_SERVICE)["4"] == 1


def test_services_of_one_deploying_repository_have_their_own_code() -> None:
    document = {
        "services": {
            part: {"repositories": [DEPLOY], "environments": [f"{part}-production"], "code": {"repositories": [code]}}
            for part, code in (("checkout", SHOP), ("cart", CART))
        }
    }
    when = at(3, "08:00")
    records = [*merged(61, when), *merged(71, when, CART)]
    for index, part in enumerate(("checkout", "cart")):
        env = f"{part}-production"
        records += [deployed(1 + index, at(2, "09:00"), "a", first=True, env=env)]
        records += [deployed(3 + index, at(3, "09:00"), "b", env=env)]
    assert answers(LEAD, records, document) == {"of 1": None, name(61, when): 2}
    assert answers(LEAD, records, document, "cart") == {"of 2": None, name(71, when): 2}


def test_code_that_is_not_recorded_leaves_no_change_of_its_repository() -> None:
    document = {"services": {"checkout": {"repositories": [DEPLOY], "code": {"repositories": ["octo-org/gone"]}}}}
    records = [FIRST, deployed(2, at(3, "09:00"), "b")]
    assert answers(LEAD, records, document) == {"of 1": None}


def test_an_unread_comparison_of_the_deploying_repository_does_not_matter() -> None:
    when = at(3, "08:00")
    records = [FIRST, deployed(2, at(3, "09:00"), "b", unread=True), *merged(61, when)]
    assert answers(LEAD, records, OF_SERVICE) == {"of 1": None, name(61, when): 2}


def test_a_revert_of_the_code_repairs_the_deployment_that_brought_it() -> None:
    revert = {"revert_depth": 1, "title_kind": "revert", "reverts_number": 61}
    records = [
        FIRST,
        *merged(61, at(3, "08:00")),
        deployed(2, at(3, "09:00"), "b"),
        *merged(62, at(3, "10:30"), also=revert),
        deployed(3, at(3, "11:00"), "c"),
    ]
    assert answers(RATE, records, OF_SERVICE) == {"1": 0, "2": 1, "3": 0}
    assert answers(REWORK, records, OF_SERVICE) == {"1": 0, "2": 0, "3": 1}


def test_a_number_is_one_of_the_repository_that_names_it() -> None:
    document = {"services": {"checkout": {"repositories": [DEPLOY], "code": {"repositories": [SHOP, CART]}}}}
    revert = {"revert_depth": 1, "title_kind": "revert", "reverts_number": 61}
    of_cart = pull(71, at(3, "08:00"), "m71", {"authored": at(3, "07:00"), "sha": "own71"}, repo=CART)
    of_cart[0]["output"]["number"] = 61
    records = [
        FIRST,
        *of_cart,
        deployed(2, at(3, "09:00"), "b"),
        *merged(61, at(3, "09:30")),
        deployed(3, at(3, "10:00"), "c"),
        *merged(62, at(3, "10:30"), also=revert),
        deployed(4, at(3, "11:00"), "d"),
    ]
    assert answers(RATE, records, document) == {"1": 0, "2": 0, "3": 1, "4": 0}


def test_an_incident_of_the_code_names_its_own_pull_request() -> None:
    document = {"services": {"checkout": {**OF_SERVICE["services"]["checkout"], "incidents": [SHOP]}}}
    records = [
        FIRST,
        *merged(61, at(3, "08:00")),
        deployed(2, at(3, "09:00"), "b"),
        *merged(62, at(3, "09:30")),
        deployed(3, at(3, "10:00"), "c"),
        *incident(7, at(3, "11:00"), at(3, "12:00"), also={"cause_number": 61}),
    ]
    assert answers(RATE, records, document) == {"1": 0, "2": 1, "3": 0}


def test_deployed_code_is_counted_once_among_pull_requests() -> None:
    records = [FIRST, deployed(2, at(3, "09:00"), "b"), *merged(61, at(3, "08:00"))]
    found = sql_answers(records, OF_SERVICE)
    for measure in ("pull_request_size", "pull_request_lifetime", "review_latency", "documentation_share"):
        assert [service for service, _, _ in found[measure]] == [SHOP], measure
