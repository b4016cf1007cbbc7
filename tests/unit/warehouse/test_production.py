import pytest

from warehouse.production import Environment, Production, is_production_name, production

PRODUCTION = [
    "production",
    "Production",
    "prod",
    "PROD",
    "live",
    "live-eu",
    "prod-eu",
    "prod2",
    "eu-prod",
    "eu_production",
    "production/web",
    "shop (Production)",  # Cloudflare Pages
    "shop / production",  # Railway
    "Production \N{EN DASH} shop",  # Vercel
    "aws:prod:eu-west-1",
    "\N{GREEK SMALL LETTER ALPHA}prod",  # another letter than a to z ends a word
]
NOT_PRODUCTION = [
    "",
    "production/pr-17",
    "pre-production",
    "preprod",
    "preproduction",
    "no-prod",
    "non-production",
    "not_production",
    "Preview \N{EN DASH} production",
    "pull/12/production",
    "review (production)",
    "branch.prod",
    "production-test",
    "test-live",
    "prod-staging",
    "prod stage",
    "dev-production",
    "sandbox-live",
    "product",
    "products",
    "delivery",
    "alive",
    "olive-eu",
    "production\N{LATIN SMALL LETTER LONG S}",  # which is an s of either case
    "main-eu",
    "github-pages",
]


@pytest.mark.parametrize("name", PRODUCTION)
def test_a_name_of_production_is_found(name: str) -> None:
    assert is_production_name(name)


@pytest.mark.parametrize("name", NOT_PRODUCTION)
def test_another_name_is_not_production(name: str) -> None:
    assert not is_production_name(name)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (Environment("production", None, True), (False, "transient_environment")),
        (Environment("production", True, True), (False, "transient_environment")),
        (Environment("main-eu", True, False), (True, "production_environment")),
        (Environment("staging", True, None), (True, "production_environment")),
        (Environment("prod-eu", False, False), (True, "name")),  # false is GitHub's default for the name
        (Environment("staging", False, False), (False, "name")),
        (Environment("production"), (True, "name")),
    ],
)
def test_flags_that_are_true_decide_before_the_name(environment: Environment, expected: tuple[bool, str]) -> None:
    assert production([environment]) == {environment: expected}


def test_a_pattern_of_services_toml_decides_alone() -> None:
    blue, live, flagged = Environment("Blue-1"), Environment("live"), Environment("green", True)
    transient = Environment("blue-2", None, True)
    assert production([blue, live, flagged, transient, blue], "(?i)^blue") == {
        blue: Production(True, "services.toml"),
        live: Production(False, "services.toml"),
        flagged: Production(False, "services.toml"),
        transient: Production(True, "services.toml"),
    }
    assert production([], "x") == {}
