"""The report says which deployments are in no number, and which of those that count may deploy nothing."""

from typing import Any

import pytest

from core.metrics._actions_run import CheckRun, WorkflowRun
from tests.unit.warehouse.scenarios import (
    DAY,
    NOW,
    RecordSpec,
    at,
    failure,
    incident,
    job,
    merged_database,
    report,
    requested,
    success,
)
from warehouse import catalog
from warehouse.periods import recent
from warehouse.report import as_markdown, as_text, marts
from warehouse.report.build import without_end
from warehouse.report.filters import Filter, apply, for_repository
from warehouse.report.left_out_model import LeftOut, Suggestion, WithoutEnd
from warehouse.services import DEFAULT_SERVICES, Services, parsed

SHOP = "octo-org/shop"
CART: dict[str, Any] = {"repo": "octo-org/cart", "repository_id": 2}
NIGHTLY = 'deployments = { kind = "statuses", exclude = [{ event = "schedule" }] }'


def rule(**deployments: Any) -> dict[str, Any]:
    return {"repositories": {SHOP: {"deployments": deployments}}}


EXCLUDING = parsed(rule(kind="statuses", exclude=[{"event": "schedule"}]))


def by(record: RecordSpec, event: str, *, workflow: str = "Deploy", name: str = "deploy") -> RecordSpec:
    """Return a deployment that a job of a workflow made."""
    id = record.output.deployment_id
    run = WorkflowRun(id=id, name=workflow, path=None, event=event, head_branch="main", run_attempt=1)
    return record._replace(output=record.output._replace(workflow_run=run, check_run=CheckRun(id, name)))


PUSHED = [by(success(1, at(17), "a", first=True), "push"), by(success(2, at(18), "b"), "push")]
SCHEDULED = [by(success(10 + day, at(day, "02:00"), f"n{day}"), "schedule", workflow="Drift") for day in (18, 19, 20)]


def test_excluded_deployments_are_counted_once_for_each_period() -> None:
    result = report(PUSHED, SCHEDULED, services=EXCLUDING)
    assert result.left_out == (
        LeftOut(SHOP, SHOP, "month", "2026-11", 3, 0),
        LeftOut(SHOP, SHOP, "quarter", "2026-Q4", 3, 0),
        LeftOut(SHOP, SHOP, "week", "2026-W47", 3, 0),
    )
    weeks = apply(result, Filter(kind="week"))
    line = f"{SHOP}, 2026-W47: left out 3 deployments by `exclude` of services.toml."
    assert line in as_text.render(weeks, 200)
    assert "left out 3 deployments by" in as_markdown.render(weeks)


def test_only_successes_to_other_environments_are_counted() -> None:
    staging = [
        success(21, at(17), "a", env="staging", first=True),
        success(22, at(18), "b", env="staging"),
        success(22, at(18, "01:00"), "b", env="staging"),
        failure(23, at(19), "c", env="staging"),
    ]
    result = report(PUSHED, staging)
    assert [item for item in result.left_out if item.kind == "week"] == [LeftOut(SHOP, SHOP, "week", "2026-W47", 0, 2)]


def test_another_part_of_a_repository_is_not_left_out() -> None:
    services = parsed(
        {
            "services": {
                "api": {"repositories": [SHOP], "workflows": ["Deploy"]},
                "web": {"repositories": [SHOP], "workflows": ["Web"]},
            },
            **rule(kind="statuses", exclude=[{"event": "schedule"}]),
        }
    )
    web = [by(success(3, at(18), "b"), "push", workflow="Web"), by(success(4, at(19), "c"), "schedule", workflow="Web")]
    result = report(PUSHED, web, services=services)
    assert [item for item in result.left_out if item.kind == "week"] == [LeftOut("web", SHOP, "week", "2026-W47", 1, 0)]


def test_scheduled_deployments_that_count_are_suggested_to_exclude() -> None:
    assert report(PUSHED, SCHEDULED).suggestions == (Suggestion(SHOP, 3, 0, 5, NIGHTLY),)
    assert report(PUSHED, SCHEDULED, services=EXCLUDING).suggestions == ()
    assert NIGHTLY.split("exclude")[1] in as_text.render(report(PUSHED, SCHEDULED), 500)


def test_a_job_that_only_plans_is_suggested_to_exclude() -> None:
    planned = by(success(3, at(18), "b"), "push", name="plan (eu)")
    setting = 'deployments = { kind = "statuses", exclude = [{ job = "plan (*)" }] }'
    assert report(PUSHED, planned).suggestions == (Suggestion(SHOP, 0, 1, 3, setting),)
    staging = by(success(3, at(18), "b", env="staging"), "push", name="plan (eu)")
    assert report(PUSHED, staging).suggestions == ()


def test_a_scheduled_run_of_a_workflow_is_suggested_to_exclude() -> None:
    services = parsed(rule(kind="workflow", workflow="Deploy", branches=["main"], job="deploy"))
    runs = [job(1, at(18), run=1), job(2, at(19), run=2, sha="b")]
    nightly = runs[1]._replace(output=runs[1].output._replace(run_event="schedule"))
    [suggestion] = report(runs[0], nightly, services=services).suggestions
    assert (suggestion.scheduled, suggestion.planning, suggestion.deployments) == (1, 0, 2)


@pytest.mark.parametrize(
    ("deployment", "named", "is_whole"), [(None, {}, True), (7, {}, False), (None, {"job": "deploy"}, False)]
)
def test_a_workflow_without_a_deploying_job_decides_as_a_whole(
    deployment: int | None, named: dict[str, str], *, is_whole: bool
) -> None:
    services = parsed(rule(kind="workflow", workflow="Deploy", branches=["main"], **named))
    record = job(1, at(18))
    with merged_database(record._replace(output=record.output._replace(deployment_id=deployment))) as connection:
        catalog.create(connection, services)
        assert marts.rows(connection, "whole_runs") == ([(SHOP, "Deploy")] if is_whole else [])


def test_deployments_that_never_ended_are_counted() -> None:
    records = [requested(id, at(17 + id), DAY) for id in range(1, 6)]
    result = report(records)
    assert result.without_end == (WithoutEnd(SHOP, "production", 5, 5),)
    for output in (as_text.render(result, 200), as_markdown.render(result)):
        assert "5 deployments to production were requested, none ended" in output
        assert "No deployment to production is known" not in output


def unended(*records: RecordSpec | list[RecordSpec]) -> list[WithoutEnd]:
    with merged_database(*records) as connection:
        catalog.create(connection, DEFAULT_SERVICES)
        return [*without_end(connection, recent(NOW), NOW)]


def test_a_deployment_that_ended_or_may_still_run_is_not_one() -> None:
    records = [requested(1, at(17), DAY), requested(2, at(18), DAY), requested(3, NOW - DAY // 2, DAY)]
    staging = requested(4, at(18), DAY, env="staging")
    assert unended(records, staging, success(1, at(17), "a"), failure(2, at(18), "b")) == []
    assert unended(records, staging, success(1, at(17), "a")) == [WithoutEnd(SHOP, "production", 1, 2)]


def test_filters_and_pages_keep_what_is_about_their_repository() -> None:
    services = parsed({"services": {"all": {"repositories": ["octo-org/*"]}}})
    cart = [by(success(31, at(18), "x", first=True, **CART), "schedule")]
    staging = [success(32, at(18), "x", env="staging", **CART)]
    full = report(PUSHED, SCHEDULED, cart, staging, requested(9, at(18), DAY), services=services)
    one = apply(full, Filter(repository="octo-org/cart", kind="week"))
    page = for_repository(full, "octo-org/cart")
    assert [item.repositories for item in full.suggestions] == ["octo-org/cart", SHOP]
    for selected in (one, page):
        assert [item.repositories for item in selected.suggestions] == ["octo-org/cart"]
        assert selected.without_end == ()
    assert one.left_out == (LeftOut("all", "octo-org/cart", "week", "2026-W47", 0, 1),)
    assert {item.service for item in page.left_out} == {"octo-org/cart"}


CENTRAL: dict[str, Any] = {"repo": "octo-org/incidents", "repository_id": 9}


def central(services: Services, *records: RecordSpec) -> set[str]:
    found = report(PUSHED, *records, incident(7, at(18), at(19), **CENTRAL), services=services)
    assert not [number for number in found.numbers if number.service == "octo-org/incidents" and not records]
    return {repository.name for repository in found.repositories}


def test_a_repository_of_incidents_alone_is_no_service_of_its_own() -> None:
    listed = parsed({"services": {"shop": {"repositories": [SHOP], "incidents": ["octo-org/incidents"]}}})
    both = parsed({"services": {"shop": {"repositories": [SHOP, "octo-org/incidents"]}}})
    assert central(listed) == {SHOP}
    assert central(both) == {SHOP, "octo-org/incidents"}
    assert central(parsed({})) == {SHOP, "octo-org/incidents"}
    deployed = success(41, at(18), "x", first=True, **CENTRAL)
    assert central(listed, deployed) == {SHOP, "octo-org/incidents"}
