import tomllib

import pytest

from warehouse.services import DEFAULT_SERVICES, parsed
from warehouse.services.unmatched import kinds, unmatched

SHOP, CART = "octo-org/Shop", "octo-org/cart"
SEEN = {
    "repositories": frozenset({(SHOP, SHOP), (CART, CART)}),
    "environments": frozenset({(SHOP, "shop / production"), (CART, "Prod")}),
    "workflows": frozenset({(SHOP, "Deploy shop"), (SHOP, "CI/CD"), (CART, "Deploy cart")}),
    "jobs": frozenset({(SHOP, "deploy (eu)")}),
    "branches or tags": frozenset({(SHOP, "main"), (SHOP, "refs/tags/v1.0"), (CART, "release/2")}),
    "paths": frozenset({(SHOP, "services/api/"), (SHOP, "README.md")}),
    "events": frozenset[tuple[str, str]](),
}
SERVICE = '[services.s]\nrepositories = ["octo-org/shop"]\n'
RULE = '[repositories."octo-org/shop"]\n'

NOTHING = [
    (
        '[services.s]\nrepositories = ["octo-org/shop", "octo-org/crat"]',
        'services.s.repositories: "octo-org/crat" matches none of the 2 repositories in the records; the nearest is "octo-org/cart"',
    ),
    (f'{SERVICE}incidents = ["octo-org/incidents"]', "services.s.incidents: "),
    (
        f'{SERVICE}workflows = ["Deploy shop", "deploy shop"]',
        'services.s.workflows: "deploy shop" matches none of the 2 workflows in the records; the nearest is "Deploy shop"',
    ),
    (f'{SERVICE}workflows = ["Deploy cart"]', 'services.s.workflows: "Deploy cart" matches none of the 2 workflows'),
    (f'{SERVICE}environments = ["staging*"]', 'services.s.environments: "staging*" matches none of the 1 environments'),
    (f'{SERVICE}tags = ["api/v*"]', "services.s.tags: "),
    (f'{SERVICE}paths = ["services/web/**"]', "services.s.paths: "),
    (f'{SERVICE}code = {{ repositories = ["octo-org/none"] }}', "services.s.code.repositories: "),
    (f'{SERVICE}code = {{ repositories = ["octo-org/cart"], branch = "main" }}', "services.s.code.branch: "),
    ('[repositories."octo-org/none"]', "repositories.octo-org/none: "),
    (f'{RULE}deployments = "workflow"\nworkflow = "Deploy*"\nbranch = "main"', "repositories.octo-org/shop.workflow: "),
    (f'{RULE}deployments = "merges"\nbranch = "m*"', 'repositories.octo-org/shop.branch: "m*" matches none of the 2'),
    (
        f'{RULE}deployments = {{ kind = "workflow", workflow = "CI/CD", branches = ["main"], job = "deploy" }}',
        "repositories.octo-org/shop.deployments.job: ",
    ),
    (f'{RULE}deployments = {{ branches = ["v2*"] }}', "repositories.octo-org/shop.deployments.branches: "),
    (
        f'{RULE}deployments = {{ exclude = [{{ event = "schedule" }}] }}',
        'repositories.octo-org/shop.deployments.exclude.event: "schedule" matches nothing; the records name no events there',
    ),
    (
        'annotations = [{ date = "2026-11-16", text = "x", service = "octo-org/shop" }]',
        'annotations.0.service: "octo-org/shop" matches none of the 2 repositories in the records; the nearest is "octo-org/Shop"',
    ),
    ('[environment_aliases]\nlive = "prod"', 'environment_aliases.live: "live" matches none of the 2 environments'),
    (
        '[services.all]\nrepositories = ["*/*"]\n[services.s]\nrepositories = ["octo-org/shop"]',
        "services.s: has no effect, because tables before it match the same repositories; move it up",
    ),
    (
        f'[repositories."octo-org/*"]\n{RULE}',
        "repositories.octo-org/shop: has no effect, because tables before it match the same repositories; move it up",
    ),
]


@pytest.mark.parametrize(("text", "line"), NOTHING, ids=[line.split(": ")[0] for _, line in NOTHING])
def test_a_glob_that_matches_nothing_is_named(text: str, line: str) -> None:
    [found] = unmatched(parsed(tomllib.loads(text)), SEEN)
    assert found.startswith(line)


MATCHING = [
    f'annotations = [{{ date = "2026-11-16", text = "x", service = "{SHOP}" }}]',
    f'annotations = [{{ date = "2026-11-16", text = "x", service = "s" }}]\n{SERVICE}',
    f'{SERVICE}environments = ["*PRODUCTION"]\nworkflows = ["*/*"]\ntags = ["v*"]\npaths = ["services/**", "*.md"]',
    f'{SERVICE}paths = ["services/api/src/deep/**"]',
    f'{RULE}deployments = {{ kind = "workflow", workflow = "CI*", branches = ["v*"], job = "deploy (eu)" }}',
    '[environment_aliases]\n"Shop / Production" = "prod"',
    '[services.cart]\nrepositories = ["octo-org/cart"]\n[services.rest]\nrepositories = ["*/*"]',
    f'{SERVICE}workflows = ["CI/CD"]\n[services.t]\nrepositories = ["octo-org/shop"]\nworkflows = ["Deploy shop"]',
    f'{RULE}deployments = {{ exclude = [{{ task = "deploy:x" }}, {{ creator = "bot" }}] }}',
]


@pytest.mark.parametrize("text", MATCHING)
def test_a_glob_that_matches_or_cannot_be_checked_has_no_line(text: str) -> None:
    assert unmatched(parsed(tomllib.loads(text)), SEEN) == ()


def test_an_empty_database_says_nothing() -> None:
    services = parsed(tomllib.loads(NOTHING[0][0]))
    assert unmatched(services, {"repositories": frozenset()}) == ()
    assert unmatched(services, {}) == ()


def test_only_names_that_a_glob_needs_are_read() -> None:
    assert kinds(DEFAULT_SERVICES) == frozenset()
    assert kinds(parsed(tomllib.loads(f'{SERVICE}workflows = ["CI"]'))) == {"repositories", "workflows"}
