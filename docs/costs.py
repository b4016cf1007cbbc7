"""Compute what a deployment costs a month, for docs/COSTS.md.

prices.toml has the prices, costs.toml the formulas and assumptions, resource_counts.json the resources of the examples.
"""

import ast
import json
import operator
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from docs import terraform_tables

EVENTS = {"idle": 0, "0.1 million": 100_000, "1 million": 1_000_000, "10 million": 10_000_000}
EXAMPLES = ("minimal", "full")
_CHECKED = {"copy": "stored copy of the page", "third-party": "quoted by a third party", "no": "not checked"}
_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
Table = tuple[str, Sequence[str], Iterable[Sequence[str]]]


def tables(root: Path) -> Iterator[Table]:
    """Yield name, head and rows of each table of docs/COSTS.md; nothing if `root` has no prices."""
    if not (root / "docs" / "prices.toml").exists():
        return
    prices, costs, resources = _files(root)
    sums = []
    for cloud, title in costs["titles"].items():
        names = {example: _names(root, cloud, costs, resources[cloud][example]) for example in EXAMPLES}
        for example in EXAMPLES:
            lines = [(line, amounts(line, prices[cloud], names[example])) for line in costs[cloud]]
            total = [sum(column) for column in zip(*(amount for _, amount in lines), strict=True)]
            sums.append((title, example, *map(_usd, total)))
            rows = [(*_described(line, prices[cloud]), *map(_usd, amount)) for line, amount in lines if any(amount)]
            head = ("item", "formula", "price in USD", *EVENTS)
            yield f"costs {cloud} {example}", head, [*rows, ("Sum", "", "", *map(_usd, total))]
        yield f"cost numbers {cloud}", ("name", *EXAMPLES, "what it is"), list(_numbers(costs, cloud, names))
        yield f"prices {cloud}", ("price", "USD", "source", "read on", "found in"), list(_prices(prices[cloud]))
    yield "cost sums", ("cloud", "example", *EVENTS), sums


def amounts(line: Mapping[str, str], prices: Mapping[str, Any], names: Mapping[str, float]) -> list[float]:
    """Return the USD of a line for each number of events."""
    price = prices[line["price"]]
    each = float(price["usd"]) / price["per"]
    return [evaluate(line["formula"], {**names, "events": events}) * each for events in EVENTS.values()]


def evaluate(formula: str, names: Mapping[str, float]) -> float:
    """Evaluate numbers, names, + - * / ** and min(). Raises ValueError for anything else."""
    return _evaluated(ast.parse(formula, mode="eval").body, names)


def _evaluated(node: ast.expr, names: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return float(_OPERATORS[type(op)](_evaluated(left, names), _evaluated(right, names)))
        case ast.Call(func=ast.Name(id="min"), args=arguments, keywords=[]) if arguments:
            return min(_evaluated(argument, names) for argument in arguments)
    raise ValueError(f"a formula cannot have {ast.unparse(node)}")


def runs_a_month(cron: str) -> float:
    """Return how often a crontab runs in 30 days; it has one minute, one or every hour, and days of the week or every day."""
    minute, hour, day, month, weekdays = cron.split()
    if not minute.isdigit() or not (hour == "*" or hour.isdigit()) or (day, month) != ("*", "*") or "-" in weekdays:
        raise ValueError(f"the runs of {cron} cannot be counted")
    days = 7 if weekdays == "*" else len(weekdays.split(","))
    return 30 * (24 if hour == "*" else 1) * days / 7


def _files(root: Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    folder = root / "docs"
    prices = tomllib.loads((folder / "prices.toml").read_text(), parse_float=Decimal)
    costs = tomllib.loads((folder / "costs.toml").read_text())
    return prices, costs, json.loads((folder / "resource_counts.json").read_text())


def _names(root: Path, cloud: str, costs: Mapping[str, Any], counts: Mapping[str, int]) -> dict[str, float]:
    """Return the value of every name of the formulas, except `events`."""
    assumptions = {name: row["value"] for name, row in costs["assumptions"][cloud].items()}
    resources = {name: counts.get(kind, 0) for name, kind in costs["resources"][cloud].items()}
    defaults = {row[0].strip("`"): row[2].strip("`") for row in terraform_tables.variables(root / "terraform" / cloud)}
    memory = {name: int(defaults[f"runtime.{name}"]) for name in ("webhook_memory", "worker_memory")}
    return {**assumptions, **resources, **memory, "job_runs": _job_runs(root, counts.get("scheduled jobs", 0))}


def _job_runs(root: Path, scheduled: int) -> float:
    jobs = [job for job in json.loads((root / "terraform" / "schedules.json").read_text()).values() if job["enabled"]]
    if scheduled not in (0, len(jobs)):
        raise ValueError("an example runs some of the jobs only, whose runs cannot be counted")
    return sum(runs_a_month(job["cron"]) for job in jobs) if scheduled else 0


def _numbers(costs: Mapping[str, Any], cloud: str, names: Mapping[str, Mapping[str, float]]) -> Iterator[Sequence[str]]:
    whys = {name: row["why"] for name, row in costs["assumptions"][cloud].items()}
    resources = {name: f"number of `{kind}`" for name, kind in costs["resources"][cloud].items()}
    memory = dict.fromkeys(("webhook_memory", "worker_memory"), "default of the module, MB")
    meanings = {"job_runs": "from terraform/schedules.json", **memory, **resources, **whys}
    for name in sorted(names["full"]):
        yield f"`{name}`", *(f"{names[example][name]:,.6g}" for example in EXAMPLES), meanings[name]


def _described(line: Mapping[str, str], prices: Mapping[str, Any]) -> tuple[str, str, str]:
    price = prices[line["price"]]
    text = f"{price['usd']}" + (f" per {price['per']:,}" if price["per"] > 1 else "")
    note = ", not checked" if price["checked"] == "no" else ""
    return line["item"], f"`{line['formula']}`", text + note


def _prices(prices: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    for name, price in prices.items():
        per = f" per {price['per']:,}" if price["per"] > 1 else ""
        yield f"`{name}`", f"{price['usd']}{per}", price["source"], str(price["read"]), _CHECKED[price["checked"]]


def _usd(amount: float) -> str:
    return f"{amount:,.2f}"
