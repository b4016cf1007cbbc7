import pytest

from tests.unit.warehouse.scenarios import at, incident, job, merged_database, pull_request, success, tag
from warehouse import catalog
from warehouse import names_seen as names
from warehouse.globs import BRANCHES, CREATORS, ENVIRONMENTS, JOBS, PATHS, REPOSITORIES, WORKFLOWS
from warehouse.names_seen import names_seen
from warehouse.schema.metric_tables import tables
from warehouse.services import DEFAULT_SERVICES

SHOP, CART = "octo-org/shop", "octo-org/cart"
RECORDS = (
    success(1, at(2), "a", first=True, env="prod-eu"),
    job(7, at(2), name="deploy (eu)", workflow="CI/CD", branch="release/1"),
    job(8, at(2), name=None, workflow=None, branch=None, repo=CART, repository_id=2),
    pull_request(3, at(1), at(2), "b", base="trunk"),
    incident(5, at(3), None),
    tag("api/v1.2.3", at(3), prefix="api/v", repo=CART, repository_id=2),
)


def seen(*nouns: str) -> dict[str, frozenset[tuple[str, str]]]:
    with merged_database(*RECORDS) as connection:
        catalog.create(connection, DEFAULT_SERVICES)
        return names_seen(connection, nouns)


def test_the_names_of_each_kind_are_those_of_the_records() -> None:
    found = seen(*(kind.noun for kind in (REPOSITORIES, ENVIRONMENTS, WORKFLOWS, JOBS)))
    assert found == {
        "repositories": {(SHOP, SHOP), (CART, CART)},
        "environments": {(SHOP, "prod-eu")},
        "workflows": {(SHOP, "CI/CD")},
        "jobs": {(SHOP, "deploy (eu)")},
    }


def test_branches_and_tags_are_of_runs_pull_requests_and_releases() -> None:
    found = seen(BRANCHES.noun)
    assert {(SHOP, "release/1"), (SHOP, "trunk"), (SHOP, "main"), (CART, "api/v1.2.3")} <= found[BRANCHES.noun]


def test_a_kind_that_records_lack_is_not_there() -> None:
    fields = {field.name for table in tables().values() for field in table.fields}
    found = seen(PATHS.noun, CREATORS.noun)
    assert (PATHS.noun in found) == ("paths" in fields)
    assert (CREATORS.noun in found) == ("creator_kind" in fields)


@pytest.mark.parametrize(
    ("metric", "field", "expected"),
    [
        ("incident", "labels", {(SHOP, "incident")}),
        ("release-versions", "release_version.raw", {(CART, "1.2.3")}),
        ("deployment-status", "previous.nothing", None),
        ("deployment-status", "nothing", None),
    ],
)
def test_lists_and_fields_of_objects_are_read(metric: str, field: str, expected: set[tuple[str, str]] | None) -> None:
    table = tables()[metric]
    expression = names._expression(table, field)
    with merged_database(*RECORDS) as connection:
        catalog.create(connection, DEFAULT_SERVICES)
        assert (expression and names._names(connection, table, expression)) == expected


def test_nothing_is_read_for_no_kinds() -> None:
    assert seen() == {}
