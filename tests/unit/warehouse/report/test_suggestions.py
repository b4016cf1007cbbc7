import tomllib
from typing import Any

import pytest

from warehouse.report.left_out_model import Suggestion
from warehouse.report.suggestions import Deployed, suggestions
from warehouse.services import DEFAULT_SERVICES, Services, parsed
from warehouse.services.assignment import rule_of

REPOSITORY = "octo-org/shop"


def deployed(count: int = 1, **fields: Any) -> Deployed:
    return Deployed(REPOSITORY, "statuses", False, "Deploy", "deploy", count)._replace(**fields)


def excluded(*found: Deployed, services: Services = DEFAULT_SERVICES) -> list[dict[str, str]]:
    """Return the entries of the only suggestion, after services.toml accepted them; none without a suggestion."""
    listed = list(suggestions(found, services))
    if not listed:
        return []
    [suggestion] = listed
    document = tomllib.loads(f'[repositories."{suggestion.repositories}"]\n{suggestion.setting}')
    parsed(document)
    entries: list[dict[str, str]] = document["repositories"][suggestion.repositories]["deployments"]["exclude"]
    return entries


def test_scheduled_deployments_are_suggested_by_their_event() -> None:
    assert list(suggestions([deployed(3), deployed(4, is_scheduled=True)], DEFAULT_SERVICES)) == [
        Suggestion(REPOSITORY, 4, 0, 7, 'deployments = { kind = "statuses", exclude = [{ event = "schedule" }] }')
    ]


@pytest.mark.parametrize(
    ("job", "entry"),
    [
        ("plan", "plan"),
        ("Terraform Plan", "Terraform Plan"),
        ("plan (eu, 1)", "plan (*)"),
        ("[eu] plan (1)", "[[]eu] plan (*)"),
        ("deploy / plan", "deploy / plan"),
        ("dry-run", "dry-run"),
        ("dry run", "dry run"),
        ('lint "it"', 'lint "it"'),
        ("drift \x7f", "drift \x7f"),
        ("planet", None),
        ("deploy", None),
        ("plan and apply", None),
        ("", None),
        ("plan " + "x" * 255, None),
    ],
)
def test_a_job_is_suggested_if_its_name_only_plans(job: str, entry: str | None) -> None:
    assert excluded(deployed(job=job)) == ([{"job": entry}] if entry else [])


def test_a_workflow_is_suggested_unless_its_job_deploys() -> None:
    plan = "Plan infrastructure"
    assert excluded(deployed(workflow=plan, job="production")) == [{"workflow": plan}]
    assert excluded(deployed(workflow=plan, job="apply")) == []


def test_runs_of_a_workflow_are_suggested_by_schedule_alone() -> None:
    run = deployed(kind="workflow", workflow="Plan", job="")
    assert excluded(run) == []
    assert excluded(run._replace(is_scheduled=True)) == [{"event": "schedule"}]


def test_the_setting_keeps_what_the_table_says() -> None:
    table = {"kind": "workflow", "workflow": "Ship*", "branches": ["main"], "exclude": [{"ref": "old"}]}
    services = parsed({"repositories": {"octo-org/*": {"deployments": table}}})
    found = deployed(kind="workflow", is_scheduled=True)
    [suggestion] = suggestions([found, found._replace(repository="octo-org/cart")], services)
    assert (suggestion.repositories, suggestion.scheduled) == ("octo-org/*", 2)
    assert tomllib.loads(suggestion.setting)["deployments"] == {
        **table,
        "exclude": [{"ref": "old"}, {"event": "schedule"}],
    }


def test_the_setting_replaces_deployments_and_workflow() -> None:
    short = {"deployments": "workflow", "workflow": "Ship", "branch": "main"}
    services = parsed({"repositories": {REPOSITORY: short}})
    [suggestion] = suggestions([deployed(kind="workflow", is_scheduled=True)], services)
    whole = {"branch": "main", **tomllib.loads(suggestion.setting)}
    assert rule_of(parsed({"repositories": {REPOSITORY: whole}}), REPOSITORY).table.workflow == "Ship"


def test_only_the_most_frequent_entries_are_suggested() -> None:
    found = [deployed(count, job=f"plan {count}") for count in range(1, 9)]
    [suggestion] = suggestions(found, DEFAULT_SERVICES)
    assert (suggestion.planning, suggestion.deployments) == (8 + 7 + 6 + 5 + 4, 36)
    assert [entry["job"] for entry in excluded(*found)] == ["plan 8", "plan 7", "plan 6", "plan 5", "plan 4"]
