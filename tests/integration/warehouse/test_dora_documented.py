import re
import tomllib
from pathlib import Path

import pytest
from sqlglot import exp, parse_one

from tests.unit.warehouse.scenarios import at, merged_database, success
from warehouse import views
from warehouse.measures import measure_sql, measures
from warehouse.production import NAMES, OTHER_NAMES
from warehouse.services import DEFAULT_SERVICES, Rule, Services, assign, load, parsed
from warehouse.sql_files import statements

DOCS = Path(__file__).parents[3] / "docs"
TEXT = (DOCS / "DORA.md").read_text()
EXAMPLES = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
NO_DEFAULT = "\N{EN DASH}"
KNOWN = {"failed attempt", "of a pull request", "as it was pushed", "production ("}
"""The reasons of items whose value is known, and the beginning of an environment's name."""
QUERIES = re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)


def rows(heading: str) -> list[list[str]]:
    """Return the rows of the tables below a heading."""
    below = TEXT.split(f"\n{heading}\n", 1)[1].split("\n## ")[0]
    lines = [line.replace(r"\|", "¦") for line in below.splitlines() if line.startswith("| ")]
    cells = [[cell.strip().replace("¦", "|") for cell in line.strip("|").split("|")] for line in lines]
    return [item for item in cells if not set("".join(item)) <= set("- ")]


@pytest.mark.parametrize(("heading", "is_dora"), [("## DORA's five", True), ("## Beyond DORA", False)])
def test_every_measure_is_documented_as_its_file_says(heading: str, *, is_dora: bool) -> None:
    documented = [row for row in rows(heading)[1:] if len(row) == 5][: len(measures())]
    expected = [
        [f"`{measure.name}`", measure.title, measure.unit, measure.statistic, measure.definition]
        for measure in measures()
        if measure.is_dora == is_dora
    ]
    assert documented == expected


def test_every_reason_for_an_unknown_change_or_deployment_is_explained() -> None:
    texts = [text for _, text in statements("views")] + [
        measure_sql(measure.name) for measure in measures() if measure.is_dora
    ]
    literals = {
        item for text in texts for item in parse_one(text, read="duckdb").find_all(exp.Literal) if item.is_string
    }
    said = {item.name.removeprefix(": ") for item in literals if " " in item.name.strip()} - KNOWN
    documented = {row[0].strip("`") for row in rows("## What is unknown")[1:]}
    assert said == documented


def test_every_view_is_documented() -> None:
    documented = [row[0].strip("`") for row in rows("## In SQL")[1:]]
    assert sorted(documented) == [name for name, _ in statements("views")]


def test_every_key_of_services_toml_is_documented_with_its_default() -> None:
    documented = {row[0].strip("`"): row[1].strip("`") for row in rows("## services.toml")[1:]}
    rule = {f"repositories.GLOB.{name}": str(field.default) for name, field in Rule.model_fields.items()}
    expected = {
        "minimum_team_size": str(Services().minimum_team_size),
        "services.NAME.repositories": NO_DEFAULT,
        "services.NAME.team": "none",
        "teams.NAME.size": NO_DEFAULT,
        **{name: "none" if default == "None" else default for name, default in rule.items()},
    }
    assert documented == expected


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_of_a_services_toml_can_be_loaded(example: str) -> None:
    assert parsed(tomllib.loads(example)) != DEFAULT_SERVICES


def test_the_example_file_has_every_option() -> None:
    services = load(DOCS / "services.toml")
    api, library, search, other = (
        assign(services, "octo-org", name) for name in ("cart-api", "cart-library", "search", "shop")
    )
    assert [item.rule.deployments for item in (api, library, search, other)] == [
        "workflow",
        "releases",
        "merges",
        "statuses",
    ]
    assert (other.service, other.team, other.rule.hotfix_hours, other.rule.failure_hours) == (
        "checkout",
        "payments",
        12,
        48,
    )
    assert {name for rule in services.repositories.values() for name in rule.model_fields_set} == set(Rule.model_fields)


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_runs(query: str) -> None:
    with merged_database(success(1, at(2), "a", first=True)) as connection:
        views.create(connection, DEFAULT_SERVICES)
        assert len(connection.execute(query).fetchall()) == 1


def test_the_words_of_production_are_those_that_are_written() -> None:
    sentence = TEXT[TEXT.index("3. The name has the word") : TEXT.index("Letters end no word")]
    yes, no = (set(re.findall(r"`(\w+)`", part)) for part in sentence.split("none of"))
    expressions = (NAMES, OTHER_NAMES)
    assert [yes, no] == [set(re.findall(r"\)\(([a-z|]+)\)", text)[0].split("|")) for text in expressions]
