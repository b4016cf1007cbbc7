"""The keys of services.toml, and the effect of each of them."""

import tomllib
from pathlib import Path

import pytest

from warehouse.catalog import entry
from warehouse.services import DEFAULT_SERVICES, parsed
from warehouse.services.keys import keys, names_in
from warehouse.services.model import Rule, Services

RULE = '[repositories."*/*"]\n'
APPLIED = {
    "minimum_team_size": 'minimum_team_size = 4\n[services.x]\nrepositories = ["*/*"]\nteam = "t"\n[teams.t]\nsize = 4',
    "failure_hours": "failure_hours = 5",
    "hotfix_hours": "hotfix_hours = 5",
    "services.NAME.repositories": '[services.x]\nrepositories = ["o/r"]',
    "services.NAME.team": '[services."o/r"]\nrepositories = ["o/r"]\nteam = "t"\n[teams.t]\nsize = 5',
    "teams.NAME.size": '[services."o/r"]\nrepositories = ["o/r"]\nteam = "t"\n[teams.t]\nsize = 6',
    "exempt_labels": "exempt_labels = []",
    "services.NAME.incidents": '[services."o/r"]\nrepositories = ["o/r"]\nincidents = ["o/i"]',
    "hotfix": 'hotfix = ["urgent"]',
    "hotfix.labels": 'hotfix = { labels = ["urgent"] }',
    "hotfix.branches": 'hotfix = { branches = ["urgent"] }',
    "hotfix.titles": "hotfix = { titles = [] }",
    "repositories.GLOB.production": f'{RULE}production = "x"',
    "repositories.GLOB.deployments": f'{RULE}deployments = "releases"',
    "repositories.GLOB.deployments.kind": f'{RULE}deployments = {{ kind = "releases" }}',
    "repositories.GLOB.deployments.workflow": (
        f'{RULE}deployments = {{ kind = "workflow", workflow = "CI/CD", branches = ["main"] }}'
    ),
    "repositories.GLOB.deployments.branches": f'{RULE}deployments = {{ kind = "merges", branches = ["main"] }}',
    "repositories.GLOB.branch": f'{RULE}branch = "main"',
    "repositories.GLOB.workflow": f'{RULE}deployments = "workflow"\nworkflow = "CI/CD"\nbranch = "main"',
    "repositories.GLOB.hotfix_hours": f"{RULE}hotfix_hours = 5",
    "repositories.GLOB.failure_hours": f"{RULE}failure_hours = 5",
    "lead_time_from": 'lead_time_from = "merged"',
    "failed_attempts": 'failed_attempts = "count"',
    "repositories.GLOB.failed_attempts": f'{RULE}failed_attempts = "count"',
    "repositories.GLOB.lead_time_from": f'{RULE}lead_time_from = "opened"',
}
"""A file for each key that has an effect on the settings of the repository o/r."""


SHOWN_BY = {
    "as_of": "tests/integration/cli/commands/test_warehouse_commands.py",
    "time_zone": "tests/integration/warehouse/report/test_time_zone.py",
    "environment_aliases.NAME": "tests/integration/warehouse/test_environments.py",
    **{
        f"services.NAME.{key}": "tests/integration/warehouse/test_parts.py"
        for key in ("environments", "paths", "workflows", "tags")
    },
    **{
        f"{table}.code.{key}": "tests/integration/warehouse/test_code_repositories.py"
        for table in ("services.NAME", "repositories.GLOB")
        for key in ("repositories", "branch")
    },
    "repositories.GLOB.deployments.job": "tests/integration/warehouse/test_deploying_jobs.py",
    **{
        f"repositories.GLOB.deployments.exclude.{key}": "tests/integration/warehouse/test_exclusions.py"
        for key in ("task", "ref", "workflow", "event", "creator", "job")
    },
    **dict.fromkeys(
        ("targets.NAME", "services.NAME.targets", "annotations.date", "annotations.text", "annotations.service"),
        "tests/unit/warehouse/report/test_target_settings.py",
    ),
}
"""Keys whose effect is in other tables than the catalog, and the tests that show it."""


def test_every_key_is_listed_once_with_its_table() -> None:
    paths = [key.path for key in keys()]
    assert len(set(paths)) == len(paths)
    assert {path for path in paths if path.count(".") == 0} == set(Services.model_fields) - {
        "services",
        "teams",
        "repositories",
        "environment_aliases",
        "targets",
        "annotations",
    }
    assert {path.split(".")[2] for path in paths if path.startswith("repositories.GLOB.")} == set(Rule.model_fields)
    assert {"services.NAME.code.branch", "repositories.GLOB.deployments.exclude.event", "hotfix.labels"} < set(paths)
    assert "services.NAME.code" not in paths


def test_every_key_has_a_description() -> None:
    assert [key.path for key in keys() if not (key.field.description or "").endswith(".")] == []


def test_a_table_has_its_names_whatever_the_user_calls_it() -> None:
    assert names_in(("teams", "NAME")) == names_in(("teams", "repositories")) == ["size"]
    assert names_in(("repositories", "o/r", "deployments", "exclude", 3)) == [
        "task",
        "ref",
        "workflow",
        "event",
        "creator",
        "job",
    ]
    assert {"services", "teams", "repositories", "time_zone"} < set(names_in(()))
    assert names_in(("nonsense",)) == []


def settings(services: Services) -> object:
    incidents = [service.incidents for service in services.services.values() if service.incidents]
    return entry("github.com", "1", "o", "r", services), services.hotfix_words, services.exempt_labels, incidents


def test_every_key_has_an_effect() -> None:
    assert {*APPLIED, *SHOWN_BY} == {key.path for key in keys()}


@pytest.mark.parametrize(("key", "test"), SHOWN_BY.items())
def test_a_key_without_a_column_has_its_test(key: str, test: str) -> None:
    assert key.removesuffix(".NAME").rpartition(".")[2] in (Path(__file__).parents[4] / test).read_text("utf-8")


@pytest.mark.parametrize("key", APPLIED)
def test_a_key_changes_the_settings(key: str) -> None:
    services = parsed(tomllib.loads(APPLIED[key]))
    assert settings(services) != settings(DEFAULT_SERVICES)


@pytest.mark.parametrize(
    ("deployments", "branch"),
    [
        ('{ kind = "workflow", workflow = "CI", branches = ["main"] }', "main"),
        ('{ kind = "workflow", workflow = "CI", branches = ["v*"] }', None),
        ('{ kind = "workflow", workflow = "CI", branches = ["main", "next"] }', None),
        ('{ kind = "releases", branches = ["v*"] }', "trunk"),
        ('{ kind = "merges" }', "trunk"),
    ],
)
def test_the_views_get_a_branch_that_they_can_compare(deployments: str, branch: str | None) -> None:
    services = parsed(tomllib.loads(f'{RULE}deployments = {deployments}\nbranch = "trunk"'))
    assert entry("github.com", "1", "o", "r", services).branch == branch
