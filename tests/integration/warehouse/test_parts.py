"""Parts of a repository: deployments by workflow, environment or tag, and changes by paths."""

from typing import Any

import pytest

from tests.histories.build import SHOP, at, commit, incident, job, pull, release, status
from tests.histories.extend import Record
from tests.integration.warehouse.answers import LATER, merged, sql_items
from tests.oracle.items import HOUR
from warehouse.periods import named
from warehouse.report.build import build
from warehouse.report.filters import for_repository
from warehouse.services import parsed

FREQUENCY, LEAD, RATE = "deployment_frequency", "change_lead_time", "change_fail_rate"


def services(**parts: dict[str, Any]) -> dict[str, Any]:
    return {"services": {name: {"repositories": [SHOP], **keys} for name, keys in parts.items()}}


def answers(
    measure: str, records: list[Record], document: dict[str, Any]
) -> dict[str, dict[tuple[str, str], float | None]]:
    """Return the value of each environment and item, by service; of a duration in hours."""
    unit = HOUR if measure == LEAD else 1
    found: dict[str, dict[tuple[str, str], float | None]] = {}
    for (service, environment, item), value in sql_items(measure, records, document).items():
        found.setdefault(service, {})[environment, item] = None if value.value is None else value.value / unit
    return found


WORKFLOWS = services(api={"workflows": ["Deploy api"]}, web={"workflows": ["Deploy web"]})
TWO_WORKFLOWS = [
    status(1, at(2, "09:00"), "a", first=True, workflow="Deploy api"),
    status(2, at(3, "09:00"), "b", commit("b", at(3, "08:00")), workflow="Deploy web"),
    status(3, at(4, "09:00"), "c", commit("c", at(4, "08:00")), workflow="Deploy api"),
    status(4, at(5, "09:00"), "d", commit("d", at(5, "08:00")), workflow="Docs"),
]


def test_each_part_and_the_rest_have_their_deployments() -> None:
    assert answers(FREQUENCY, TWO_WORKFLOWS, WORKFLOWS) == {
        "api": {("production", "1"): 1, ("production", "3"): 1},
        "web": {("production", "2"): 1},
        SHOP: {("production", "4"): 1},
    }


def test_a_deployment_of_unknown_workflow_may_be_the_rest_s() -> None:
    records = [*TWO_WORKFLOWS[:3], status(4, at(5, "09:00"), "d", schema=1)]
    found = answers(FREQUENCY, records, WORKFLOWS)
    assert found[SHOP] == {("production", "4"): None}
    assert found["web"] == {("production", "2"): 1}


def test_the_commit_of_another_part_is_no_late_job() -> None:
    # GitHub compares with the deployment of api, and an old record does not name its run.
    again = status(2, at(3, "09:00"), "a", schema=1, previous={"id": 1, "sha": "a", "created_at": at(2, "09:00")})
    found = answers(FREQUENCY, [TWO_WORKFLOWS[0], again], WORKFLOWS)
    assert found == {"api": {("production", "1"): 1}, SHOP: {("production", "2"): None}}


def test_an_environment_narrows_what_is_the_service_s() -> None:
    records = [
        status(1, at(2, "09:00"), "a", first=True, env="live-eu"),
        status(2, at(2, "10:00"), "a", first=True, env="live-us"),
    ]
    found = answers(FREQUENCY, records, services(eu={"environments": ["live-EU"]}))
    assert found == {"eu": {("live-eu", "1"): 1}, SHOP: {("live-us", "2"): 1}}


def test_a_tag_prefix_splits_releases() -> None:
    document = services(api={"tags": ["api/v*"]}, web={"tags": ["web/v*"]})
    document["repositories"] = {SHOP: {"deployments": "releases", "branch": "main"}}
    records = [
        release(tag, at(day), "abc"[day - 2], prefix=prefix)
        for day, tag, prefix in ((2, "api/v1.0.0", "api/v"), (3, "web/v1.0.0", "web/v"), (4, "v2.0.0", ""))
    ]
    found = answers(FREQUENCY, records, document)
    assert {service: [item for _, item in items] for service, items in found.items()} == {
        "api": ["api/v1.0.0"],
        "web": ["web/v1.0.0"],
        SHOP: ["v2.0.0"],
    }


def test_a_part_brings_what_other_parts_brought_until_then() -> None:
    # Each commit takes an hour; the next deployment of a part takes over what others listed, not what they list later.
    names = ["api", "web", "api", "web", "api", "web", "docs"]
    records = [
        status(
            number,
            at(number + 1, "09:00"),
            f"c{number}",
            *([] if number == 1 else [commit(f"c{number}", at(number + 1, "08:00"))]),
            first=number == 1,
            workflow=f"Deploy {name}",
        )
        for number, name in enumerate(names, 1)
    ]
    found = answers(LEAD, records, WORKFLOWS)
    assert found["web"] == {
        ("production", item): value for item, value in {"of 2": None, "c3": 25, "c4": 1, "c5": 25, "c6": 1}.items()
    }
    assert found["api"] == {
        ("production", item): value for item, value in {"of 1": None, "c2": 25, "c3": 1, "c4": 25, "c5": 1}.items()
    }


def test_runs_of_a_part_bring_what_was_merged_since_its_own_before() -> None:
    rule = {"kind": "workflow", "workflow": "Deploy *", "branches": ["main"]}
    document = {**WORKFLOWS, "repositories": {SHOP: {"deployments": rule, "branch": "main"}}}
    records: list[Record] = []
    for number, name in enumerate(("api", "web", "api", "web"), 1):
        when, sha = at(number + 1, "09:00"), f"s{number}"
        records.append(job(number, when, when, run=100 + number, workflow=f"Deploy {name}", sha=sha))
        records += pull(number, when - HOUR, sha, {"authored": when - 2 * HOUR, "sha": f"own{number}"})
    found = answers(LEAD, records, document)
    assert list(found["api"].values()) == [26, 2, None]
    assert list(found["web"].values()) == [26, 2, None]


def test_a_report_names_the_parts_of_a_repository_and_its_rest() -> None:
    document = services(api={"workflows": ["Deploy api"], "team": "payments"}, web={"workflows": ["Deploy web"]})
    document["teams"] = {"payments": {"size": 8}}
    with merged(TWO_WORKFLOWS) as connection:
        found = build(connection, services=parsed(document), source="test", now=LATER, periods=(named("2026-11"),))
    assert [(entry.name, entry.service, entry.team) for entry in found.repositories] == [
        (SHOP, "api", "payments"),
        (SHOP, "web", None),
        (SHOP, SHOP, None),
    ]
    counted = [number for number in found.numbers if number.measure == FREQUENCY and number.period == "2026-11"]
    assert {(number.service, number.repository, number.environment): number.items for number in counted} == {
        ("api", "", "production"): 2,
        ("api", SHOP, "production"): 2,
        ("web", "", "production"): 1,
        ("web", SHOP, "production"): 1,
        (SHOP, "", "production"): 1,
        (SHOP, SHOP, "production"): 1,
    }
    alone = for_repository(found, SHOP)
    assert {number.service for number in alone.numbers} == {"api", "web", SHOP}


PATHS = services(api={"paths": ["api/**"]}, web={"paths": ["web/**"]})


def squashed(number: int, written: int, paths: list[str] | None) -> tuple[dict[str, Any], list[Record]]:
    """Return a squash as it is listed, and its pull request."""
    merged = written + HOUR
    sha = f"s{number}"
    listed = commit(sha, merged, pr_number=number, number_kind="pull_request")
    return listed, pull(number, merged, sha, {"authored": written, "sha": f"own{number}"}, paths=paths)


def test_changes_belong_to_the_parts_whose_files_they_touch() -> None:
    of_api, of_both, of_none, unknown = (
        squashed(61, at(3, "01:00"), ["api/src/"]),
        squashed(62, at(3, "02:00"), ["api/", "web/src/"]),
        squashed(63, at(3, "03:00"), ["README.md"]),
        squashed(64, at(3, "04:00"), None),
    )
    listed = [of_api[0], of_both[0], of_none[0], unknown[0]]
    records = [status(1, at(2, "09:00"), "a", first=True), status(2, at(3, "10:00"), "s64", *listed)]
    records += [entry for _, pulls in (of_api, of_both, of_none, unknown) for entry in pulls]
    found = answers(LEAD, records, PATHS)
    assert [sorted(items.values(), key=str) for items in (found["api"], found["web"])] == [
        [8, 9, None, None],  # the first deployment, and the pull request of unknown files
        [8, None, None],
    ]


def test_a_file_that_a_deeper_glob_may_match_leaves_it_unknown() -> None:
    listed, pulls = squashed(61, at(3, "01:00"), ["api/src/"])
    records = [status(1, at(2, "09:00"), "a", first=True), status(2, at(3, "10:00"), "s61", listed), *pulls]
    found = answers(LEAD, records, services(api={"paths": ["api/src/cart/**"]}))
    assert list(found["api"].values()) == [None, None]


@pytest.mark.parametrize(("labels", "failed"), [(["incident", "service:web"], "web"), (["api"], "api")])
def test_an_incident_is_about_the_part_that_a_label_names(labels: list[str], failed: str) -> None:
    records = [*TWO_WORKFLOWS[:3], *incident(7, at(4, "10:00"), at(4, "11:00"), labels=labels)]
    found = answers(RATE, records, WORKFLOWS)
    assert found["api"]["production", "3"] == (1 if failed == "api" else 0)
    assert found["web"]["production", "2"] == (1 if failed == "web" else 0)


def test_an_incident_that_names_no_part_is_about_none() -> None:
    records = [*TWO_WORKFLOWS[:3], *incident(7, at(4, "10:00"), at(4, "11:00"))]
    assert 1 not in [value for items in answers(RATE, records, WORKFLOWS).values() for value in items.values()]
