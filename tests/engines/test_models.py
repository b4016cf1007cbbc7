"""Run each model, each measure and the statement of the numbers on the engines: the rows are DuckDB's."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import pytest
from duckdb import DuckDBPyConnection
from sqlglot import exp, parse_one

from tests.engines import worlds
from tests.engines.conftest import ENGINES
from tests.engines.rows import Rows, difference
from warehouse import catalog
from warehouse.engines.script import Target
from warehouse.schema.metric_tables import tables
from warehouse.sql_files import statements, view_statements

TARGETS = {"zetasql": Target("bigquery", "", ""), "spark": Target("spark", "", "")}
NUMBERS = dict(statements("."))["numbers"]
Mistake = Callable[[exp.Expression], exp.Expression]


class Outcome(NamedTuple):
    """What an engine made of a statement."""

    rows: int
    difference: str


@pytest.fixture(scope="module")
def database() -> Iterator[DuckDBPyConnection]:
    with worlds.database() as connection:
        worlds.add_evidence(connection)
        yield connection


@pytest.fixture(scope="module")
def loaded(request: pytest.FixtureRequest, database: DuckDBPyConnection) -> Callable[[str], Any]:
    """Return a function that returns an engine with the facts, Python's tables, and what the numbers are made of."""
    engines: dict[str, Any] = {}

    def load(name: str) -> Any:
        if name not in engines:
            engines[name] = request.getfixturevalue(name)
            names = [*(table.name for table in (*tables().values(), *catalog.TABLES)), "periods", "evidence"]
            for table in names:
                engines[name].load(table, database.sql(f"SELECT * FROM {table}").to_arrow_table())
        return engines[name]

    return load


@pytest.fixture(scope="module")
def outcomes(loaded: Callable[[str], Any], database: DuckDBPyConnection) -> Callable[[str], dict[str, Outcome]]:
    """Return a function that returns the outcome of each statement on an engine, each after those that it reads."""
    found: dict[str, dict[str, Outcome]] = {}

    def run(name: str) -> dict[str, Outcome]:
        if name not in found:
            engine = loaded(name)
            found[name] = {model: outcome(engine, name, database, model, text) for model, text in view_statements()}
            found[name]["numbers"] = outcome(engine, name, database, "numbers", NUMBERS)
        return found[name]

    return run


def outcome(engine: Any, name: str, database: DuckDBPyConnection, model: str, text: str) -> Outcome:
    """Return how the rows of a statement differ; those that read it then read what the engine made."""
    expected = rows_of(database, text)
    for statement in TARGETS[name].create_table(model, TARGETS[name].translate(text)):
        engine.run(statement)
    found = engine.rows(f"SELECT * FROM {model}")
    if name == "zetasql":
        expected, found = without_empty_lists(expected), without_empty_lists(found)
    return Outcome(len(found.rows), difference(expected, found))


def without_empty_lists(rows: Rows) -> Rows:
    """Return rows with null for an empty list, because BigQuery stores no null list: no model may tell them apart."""
    return Rows(rows.columns, [tuple(None if value == [] else value for value in row) for row in rows.rows])


def rows_of(database: DuckDBPyConnection, sql: str) -> Rows:
    result = database.execute(sql)
    return Rows(tuple(name for name, *_ in result.description or ()), result.fetchall())


@pytest.mark.parametrize("engine", ENGINES)
def test_each_statement_has_rows_and_duckdb_s(outcomes: Callable[[str], dict[str, Outcome]], engine: str) -> None:
    found = outcomes(engine)
    for name, result in found.items():
        print(f"{engine} {name}: {result.rows:,} rows, {'differ' if result.difference else 'equal'}")  # noqa: T201 (`pytest -s` shows the table)
    assert {name: result.difference for name, result in found.items() if result.difference} == {}
    assert [name for name, result in found.items() if not result.rows] == []
    assert set(found) == {"numbers", *(name for name, _ in view_statements())}


def lost_milliseconds(node: exp.Expression) -> exp.Expression:
    """Count seconds."""
    if isinstance(node, exp.DateDiff) and node.args["unit"].name.lower() == "millisecond":
        seconds = exp.DateDiff(this=node.this, expression=node.expression, unit=exp.var("SECOND"))
        return exp.Mul(this=seconds, expression=exp.Literal.number(1000))
    return node


def integer_division(node: exp.Expression) -> exp.Expression:
    """Divide as whole numbers."""
    return exp.Floor(this=node.copy()) if isinstance(node, exp.Div) else node


def moved(node: exp.Expression, *, hours: int) -> exp.Expression:
    """Let a period begin and end later: a week that begins on Tuesday, or another time zone."""
    if isinstance(node, exp.Column) and node.name in ("starts_at", "ends_at"):
        return parse_one(f"{node.sql()} + INTERVAL {hours} HOUR", read="duckdb")
    return node


def null_order(node: exp.Expression) -> exp.Expression:
    """Sort nulls to the other end."""
    if isinstance(node, exp.Ordered):
        node = node.copy()
        node.set("nulls_first", not node.args.get("nulls_first"))
    return node


MISTAKES: dict[str, tuple[str, Mistake]] = {
    "milliseconds lost": ("pull_request_lead_time_coding", lost_milliseconds),
    "integer division": ("numbers", integer_division),
    "week start": ("numbers", partial(moved, hours=24)),
    "time zone": ("numbers", partial(moved, hours=5)),
    "null order": ("rework", null_order),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_found(
    outcomes: Callable[[str], dict[str, Outcome]],
    loaded: Callable[[str], Any],
    database: DuckDBPyConnection,
    engine: str,
    mistake: str,
) -> None:
    outcomes(engine)
    name, change = MISTAKES[mistake]
    text = dict([*view_statements(), ("numbers", NUMBERS)])[name]
    wrong = parse_one(text, read="duckdb").transform(change).sql(dialect="duckdb")
    found = loaded(engine).rows(TARGETS[engine].translate(wrong))
    assert difference(rows_of(database, text), found) != ""
