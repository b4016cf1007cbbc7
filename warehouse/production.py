"""Decide which environments are production: by `production` of services.toml, else by GitHub's flags, else by the name."""

import re
from collections.abc import Iterable
from typing import NamedTuple

import duckdb

_WORD = r"(^|[^a-z])({})([^a-z]|$)"
NAMES = "(?i)" + _WORD.format("prod|production|live")
"""RE2: a word that names production."""
OTHER_NAMES = "(?i)" + _WORD.format(
    "pre|non|not|no|preview|pr|pull|review|branch|staging|stage|test|dev|sandbox"
)  # fmt: skip
"""RE2: a word that says that the environment is not production after all, such as `pre-production`."""
_NAMES, _OTHER_NAMES = re.compile(NAMES), re.compile(OTHER_NAMES)
_DOTS_ON_I = str.maketrans({"\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}": "_", "\N{LATIN SMALL LETTER DOTLESS I}": "_"})
"""Python takes these letters for an `i` of either case, RE2 does not: https://docs.python.org/3/library/re.html#re.IGNORECASE."""


class Environment(NamedTuple):
    """An environment as a deployment names it, with GitHub's flags; None if the record does not have them."""

    name: str
    production_environment: bool | None = None
    """Only true says something. By default GitHub sets it for the name `production` alone:
    https://docs.github.com/en/rest/deployments/deployments#create-a-deployment (2026-11)."""
    transient_environment: bool | None = None
    """Whether the environment exists for this deployment only."""


class Production(NamedTuple):
    """Whether an environment is production, and what decided it."""

    is_production: bool
    reason: str
    """`services.toml`, `transient_environment`, `production_environment` or `name`."""


def production(environments: Iterable[Environment], pattern: str | None = None) -> dict[Environment, Production]:
    """Decide for each environment; a pattern of services.toml (RE2) decides alone, by the name."""
    distinct = list(dict.fromkeys(environments))
    if pattern is None:
        return {environment: _by_default(environment) for environment in distinct}
    names = [environment.name for environment in distinct]
    rows = duckdb.execute("SELECT regexp_matches(unnest(?::VARCHAR[]), ?)", [names, pattern]).fetchall()
    return {
        environment: Production(is_match, "services.toml")
        for environment, (is_match,) in zip(distinct, rows, strict=True)
    }


def is_production_name(name: str) -> bool:
    """Return whether a name alone is that of a production environment."""
    text = name.translate(_DOTS_ON_I)
    return _NAMES.search(text) is not None and _OTHER_NAMES.search(text) is None


def _by_default(environment: Environment) -> Production:
    if environment.transient_environment:
        return Production(False, "transient_environment")
    if environment.production_environment:
        return Production(True, "production_environment")
    return Production(is_production_name(environment.name), "name")
