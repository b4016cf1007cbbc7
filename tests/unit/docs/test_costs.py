"""Check docs/COSTS.md: formulas, prices and sums."""

import datetime as dt
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from docs import costs

ROOT = Path(__file__).parents[3]
PRICES = tomllib.loads((ROOT / "docs" / "prices.toml").read_text())
COSTS = tomllib.loads((ROOT / "docs" / "costs.toml").read_text())


@cache
def tables() -> dict[str, list[Any]]:
    """Return the rows of each table by its name; they take a second, because they are of the Terraform examples."""
    return {name: list(rows) for name, _, rows in costs.tables(ROOT)}


def test_a_formula_is_evaluated() -> None:
    assert costs.evaluate("(events + 2) * min(events, 3) / 2 ** 2 - 1", {"events": 6}) == 5


@pytest.mark.parametrize("formula", ["evants + 1", "events.real", "max(1, 2)", "min()", "'1'", "events % 2"])
def test_a_formula_with_anything_else_is_an_error(formula: str) -> None:
    with pytest.raises(ValueError, match="a formula cannot have"):
        costs.evaluate(formula, {"events": 6})


@pytest.mark.parametrize(
    ("cron", "runs"), [("50 * * * *", 720), ("37 4 * * *", 30), ("27 3 * * SUN,WED", 60 / 7), ("5 6 * * MON", 30 / 7)]
)
def test_the_runs_of_a_job_are_counted(cron: str, runs: float) -> None:
    assert costs.runs_a_month(cron) == pytest.approx(runs)


@pytest.mark.parametrize("cron", ["*/5 * * * *", "5 6,18 * * *", "5 6 1 * *", "5 6 * * MON-FRI"])
def test_a_job_whose_runs_cannot_be_counted_is_an_error(cron: str) -> None:
    with pytest.raises(ValueError, match="cannot be counted"):
        costs.runs_a_month(cron)


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
def test_every_price_is_used_and_says_where_it_was_read(cloud: str) -> None:
    assert {line["price"] for line in COSTS[cloud]} == set(PRICES[cloud])
    for name, price in PRICES[cloud].items():
        assert set(price) == {"usd", "per", "source", "read", "checked"}, name
        assert price["usd"] > 0
        assert price["per"] >= 1
        assert re.match(r"https://(aws\.amazon|cloud\.google)\.com/", price["source"]), name
        assert isinstance(price["read"], dt.date)
        assert price["checked"] in ("copy", "third-party", "no"), name


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
@pytest.mark.parametrize("example", ["minimal", "full"])
def test_the_lines_add_up_and_an_unchecked_price_says_so(cloud: str, example: str) -> None:
    *lines, total = tables()[f"costs {cloud} {example}"]
    for column in range(3, 7):
        rounded = sum(float(line[column].replace(",", "")) for line in lines)
        assert rounded == pytest.approx(float(total[column].replace(",", "")), abs=0.005 * (len(lines) + 1))
    unchecked = {line["item"] for line in COSTS[cloud] if PRICES[cloud][line["price"]]["checked"] == "no"}
    assert {line[0] for line in lines if line[2].endswith(", not checked")} == unchecked & {line[0] for line in lines}


def test_a_line_is_the_product_of_its_formula_and_its_price() -> None:
    line = {"formula": "events * 1.2", "price": "request"}
    prices: dict[str, Any] = {"request": {"usd": "0.40", "per": 1_000_000}}
    assert costs.amounts(line, prices, {}) == pytest.approx([0, 0.048, 0.48, 4.8])


def test_an_assumption_that_no_formula_names_is_an_error() -> None:
    for cloud, assumptions in COSTS["assumptions"].items():
        words = set(re.findall(r"\w+", " ".join(line["formula"] for line in COSTS[cloud])))
        assert set(assumptions) <= words, cloud
