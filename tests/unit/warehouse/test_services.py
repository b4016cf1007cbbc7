from pathlib import Path
from typing import Any

import pytest

from warehouse.services import DEFAULT_SERVICES, Rule, ServicesError, assign, load, parsed

FULL = """
minimum_team_size = 3

[services.checkout]
repositories = ["octo-org/shop", "octo-org/cart-*"]
team = "payments"

[services.site]
repositories = ["octo-org/*"]

[teams.payments]
size = 3

[repositories."octo-org/cart-api"]
deployments = "workflow"
workflow = "Deploy"
branch = "main"

[repositories."octo-org/*"]
production = "^blue"
hotfix_hours = 4
failure_hours = 8
"""


@pytest.fixture
def full(tmp_path: Path) -> Path:
    path = tmp_path / "services.toml"
    path.write_text(FULL)
    return path


def test_a_repository_belongs_to_the_first_matching_rule_in_any_case(full: Path) -> None:
    services = load(full)
    shop, api, site = (assign(services, "octo-org", name) for name in ("Shop", "cart-api", "blog"))
    assert (shop.service, shop.team, shop.rule.production, shop.rule.hotfix_hours) == (
        "checkout",
        "payments",
        "^blue",
        4,
    )
    assert (api.service, api.rule.deployments, api.rule.workflow, api.rule.failure_hours) == (
        "checkout",
        "workflow",
        "Deploy",
        72,
    )
    assert (site.service, site.team) == ("site", None)


def test_a_repository_without_a_service_is_its_own_service() -> None:
    assert assign(DEFAULT_SERVICES, "octo-org", "shop") == ("octo-org/shop", None, Rule())


def test_a_team_below_the_minimum_is_hidden() -> None:
    document = {"services": {"a": {"repositories": ["o/a"], "team": "few"}}, "teams": {"few": {"size": 4}}}
    assert assign(parsed(document), "o", "a").team is None
    assert assign(parsed(document | {"minimum_team_size": 4}), "o", "a").team == "few"


def test_a_glob_fits_one_name_and_no_part_of_another() -> None:
    services = parsed({"services": {"a": {"repositories": ["octo-org/shop"]}}})
    assert [assign(services, *name.split("/")).service for name in ("octo-org/shop2", "my-octo-org/shop")] == [
        "octo-org/shop2",
        "my-octo-org/shop",
    ]


WRONG: list[tuple[Any, str]] = [
    ({"service": {}}, "service: there is no such key"),
    ({"services": {"a": {}}}, "services.a.repositories: Field required"),
    (
        {"services": {"a": {"repositories": []}}},
        "services.a.repositories: List should have at least 1 item after validation",
    ),
    (
        {"services": {"a": {"repositories": ["shop"]}}},
        "services.a.repositories.0: must be owner/name, where * stands for anything",
    ),
    (
        {"repositories": {"o/a": {"deployments": "tags"}}},
        "repositories.o/a.deployments: must be 'statuses', 'releases', 'merges' or 'workflow'",
    ),
    ({"repositories": {"o/a": {"production": "("}}}, "repositories.o/a.production: is no regular expression of RE2"),
    ({"repositories": {"o/a": {"deployments": "merges"}}}, 'repositories.o/a: deployments = "merges" needs branch'),
    (
        {"repositories": {"o/a": {"deployments": "workflow"}}},
        'repositories.o/a: deployments = "workflow" needs workflow and branch',
    ),
    (
        {"repositories": {"o/a": {"hotfix_hours": 0}}},
        "repositories.o/a.hotfix_hours: must be greater than or equal to 1",
    ),
    ({"repositories": {"o/a": {"hotfix_hours": "4"}}}, "repositories.o/a.hotfix_hours: must be a valid integer"),
    ({"teams": {"few": {"size": 0}}}, "teams.few.size: must be greater than or equal to 1"),
    ({"minimum_team_size": 1}, "minimum_team_size: must be greater than or equal to 2"),
    (
        {"services": {"a": {"repositories": ["o/a"], "team": "nobody"}}},
        "services.a.team: there is no [teams.nobody] with its size",
    ),
]


@pytest.mark.parametrize(("document", "problem"), WRONG, ids=[problem.split(":")[0] for _, problem in WRONG])
def test_a_problem_names_its_key(document: Any, problem: str) -> None:
    with pytest.raises(ServicesError) as raised:
        parsed(document)
    [head, line] = str(raised.value).splitlines()
    assert head == "services.toml is wrong:"
    assert line.startswith(problem)


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(ServicesError) as raised:
        parsed({"nonsense": 1, "teams": {"few": {}}, "services": {"a": {"repositories": ["o/a"], "team": "x"}}})
    assert str(raised.value).splitlines() == [
        "services.toml is wrong:",
        "nonsense: there is no such key",
        "services.a.team: there is no [teams.x] with its size",
        "teams.few.size: Field required",
    ]


@pytest.mark.parametrize(
    ("content", "message"), [(b"services = ", "is no TOML"), (b'a = "\xff"', "is no TOML"), (None, "No such file")]
)
def test_a_file_that_cannot_be_read_is_named(content: bytes | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "services.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ServicesError, match=message) as raised:
        load(path)
    assert str(raised.value).startswith(str(path))
