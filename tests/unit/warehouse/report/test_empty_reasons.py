import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.warehouse.hostile_report import HOSTILE
from tests.unit.warehouse.sample_report import empty, report
from warehouse.report import as_markdown, as_text, empty_state
from warehouse.report.empty_reasons import CHANGES, DEPLOYMENTS, INCIDENTS, Reason, lines, reasons
from warehouse.report.left_out_model import LeftOut, WithoutEnd
from warehouse.report.model import Environment, Number, Report, Repository, UnknownItems
from warehouse.report.settings_model import RecordCount

SHOP = Repository("github.com", "1", "octo-org/shop", "shop", None, "statuses")


def young(records: Mapping[str, int], *, deployments: str = "statuses", **fields: Any) -> Report:
    """Return a report of one service without numbers."""
    counts = tuple(RecordCount("octo-org/shop", metric, count) for metric, count in records.items())
    shop = SHOP._replace(deployments=deployments)
    fields = {"records": dict(records), "record_counts": counts, "repositories": (shop,), **fields}
    return empty()._replace(**fields)


def number(measure: str, known: int, items: int) -> Number:
    value = 1.0 if known else None
    return Number(measure, "shop", "", "production", "week", "2026-W47", value, known, items)


def why(of: Report, about: str = DEPLOYMENTS) -> Reason:
    [found] = [reason for reason in reasons(of) if reason.about == about]
    return found


def test_no_record_of_a_deployment_names_event_and_permission() -> None:
    reason = why(young({"review": 1}))
    assert reason.services == ("shop",)
    assert reason.cause == "No record of a deployment."
    assert all(word in reason.fix for word in ("`deployment_status`", "Deployments: read", "docs/DORA.md#deployment"))


def test_other_environments_are_named_with_a_line_for_services_toml() -> None:
    sides = tuple(Environment("octo-org/shop", name, False, "name") for name in ("staging", "preview.eu"))
    reason = why(young({"deployment-status": 4}, environments=sides))
    assert reason.cause == "Its deployments are to environments that are not production: preview.eu, staging."
    [line] = re.findall(r'production = ("[^ ]*")', reason.fix)
    assert line == r'"^(preview\\.eu|staging)$"'


def test_deployments_that_never_ended_are_counted() -> None:
    waiting = (WithoutEnd("octo-org/shop", "production", 3, 3),)
    reason = why(young({"deployment": 3}, without_end=waiting))
    assert reason.cause == "3 deployments to production were requested, none ended."
    assert "`deployment_status`" in reason.fix


def test_excluded_deployments_are_the_reason_if_all_are() -> None:
    left_out = (LeftOut("shop", "octo-org/shop", "week", "2026-W47", 5, 0),)
    sides = (Environment("octo-org/shop", "production", True, "name"),)
    reason = why(young({"deployment-status": 5}, environments=sides, left_out=left_out))
    assert reason.cause == "services.toml excludes all of its deployments (5)."


def test_excluded_runs_are_the_reason_if_all_are() -> None:
    left_out = (LeftOut("shop", "octo-org/shop", "week", "2026-W47", 5, 0),)
    reason = why(young({"workflow-job": 5}, deployments="workflow", left_out=left_out))
    assert reason.cause == "services.toml excludes all of its deployments (5)."


@pytest.mark.parametrize("kind", ["statuses", "workflow"])
def test_a_part_without_deployments_blames_no_other_part(kind: str) -> None:
    part = SHOP._replace(deployments=kind, is_part=True)
    sides = (Environment("octo-org/shop", "production-eu", True, "name"),)
    reason = why(young({"deployment-status": 2, "workflow-job": 2}, repositories=(part,), environments=sides))
    assert reason.cause == (
        "services.toml splits its repositories, and no deployment that succeeded in the periods of this report is of this service."
    )
    assert "`environments`, `workflows` and `tags`" in reason.fix


def test_deployments_of_another_part_that_wait_are_not_those_of_a_part() -> None:
    sides = tuple(Environment("octo-org/shop", name, True, "name") for name in ("production", "production-eu"))
    waiting = (WithoutEnd("octo-org/shop", "production", 3, 3),)
    records = {"deployment": 3, "deployment-status": 2}
    part = young(records, repositories=(SHOP._replace(is_part=True),), environments=sides, without_end=waiting)
    assert why(part).cause.startswith("services.toml splits its repositories")
    assert why(part._replace(environments=sides[:1])).cause.startswith("3 deployments to production were requested")


def test_production_without_a_success_is_named() -> None:
    sides = (Environment("octo-org/shop", "production", True, "name"),)
    reason = why(young({"deployment-status": 5}, environments=sides))
    assert reason.cause == "No deployment to production (production) succeeded in the periods of this report."


@pytest.mark.parametrize(
    ("kind", "records", "cause"),
    [
        ("releases", {"review": 1}, "no record of a tag that is a version."),
        ("workflow", {"review": 1}, "no record of a job of a workflow."),
        ("merges", {"review": 1}, "no record of a merged pull request."),
        ("releases", {"release-versions": 1}, "no record of its repositories is one in the periods of this report."),
        ("releases", {"deployment-status": 2}, "There are 2 records of deployment statuses"),
    ],
)
def test_deployments_of_another_kind_are_looked_for_there(kind: str, records: dict[str, int], cause: str) -> None:
    assert cause in why(young(records, deployments=kind)).cause


def test_a_service_whose_values_are_all_unknown_says_why() -> None:
    unknown = (UnknownItems("change_lead_time", "shop", "not compared", 4),)
    numbers = (number("deployment_frequency", 4, 4), number("change_lead_time", 0, 4))
    of = young({"deployment-status": 4}, numbers=numbers, unknown=unknown, old_records={"deployment-status": 4})
    assert "everything else about them is unknown (4: not compared)." in why(of).cause
    assert "`telemetry backfill`" in why(of).fix
    known = young({"deployment-status": 4}, numbers=(*numbers, number("change_fail_rate", 1, 4)))
    assert [reason.about for reason in reasons(known)] == [INCIDENTS, CHANGES]


def test_missing_pull_requests_and_incidents_have_their_own_reasons() -> None:
    of = young({"deployment-status": 1}, numbers=(number("change_fail_rate", 1, 1),))
    assert "`pull_request`" in why(of, CHANGES).fix
    assert "INCIDENT_LABELS" in why(of, INCIDENTS).fix
    whole = young(
        {"deployment-status": 1, "incident": 1, "code-review-involvement": 1},
        numbers=(number("change_fail_rate", 1, 1),),
    )
    assert reasons(whole) == ()


def test_a_repository_with_incidents_alone_needs_no_deployments() -> None:
    assert reasons(young({"incident": 2})) == ()


def test_a_service_with_numbers_has_no_reason() -> None:
    assert reasons(report()) == ()


def test_services_with_the_same_reason_share_a_line() -> None:
    shops = tuple(SHOP._replace(name=f"octo-org/{index}", service=f"s{index}") for index in range(5))
    of = young({"review": 1}, repositories=shops)
    [first, _] = lines(reasons(of))
    assert first.startswith("s0, s1, s2 and 2 more: No record of a deployment. ")


def test_text_and_markdown_have_the_reasons() -> None:
    of = young({"review": 1})
    assert "Why is this empty?\n- shop: No record of a deployment." in as_text.render(of, 200)
    assert "## Why is this empty?\n\n- shop: No record of a deployment. If" in as_markdown.render(of)
    assert "`telemetry doctor`" in as_markdown.render(of)


def test_a_name_in_a_reason_is_no_markup() -> None:
    of = young({"deployment-status": 1}, environments=(Environment("octo-org/shop", HOSTILE, False, "name"),))
    assert "<img" not in as_markdown.render(of).replace("\\<img", "")


def test_files_that_are_no_records_are_named_if_there_is_nothing_else() -> None:
    of = empty()._replace(rejected=2)
    assert empty_state.headline(of) == (
        "There are no records yet in octo-org/telemetry-data: 2 files could not be read as a record, "
        "and each is listed with its reason."
    )
    assert "2 files could not be read as a record" in as_text.render(of, 200)
