"""Counts how often a statement scans a table: on DuckDB's plan, and as an engine counts that repeats each CTE, as Trino does."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from sqlglot import exp, parse_one

from warehouse import catalog
from warehouse.schema.columns import create_table_sql
from warehouse.schema.metric_tables import statements, tables
from warehouse.sql_files import ordered_files

MOST = 40
"""Scans of one statement. Trino stops at 150 stages: https://trino.io/docs/current/admin/properties-query-management.html."""
FILES = {file.name: file.text for file in ordered_files()}


def scans_of_plan(connection: duckdb.DuckDBPyConnection, sql: str) -> Counter[str]:
    """Return the scans of each table in DuckDB's plan."""
    [(_, plan)] = connection.execute(f"EXPLAIN (FORMAT json) {sql}").fetchall()
    return Counter(scanned_tables(json.loads(plan)))


def scanned_tables(nodes: list[Any]) -> Iterator[str]:
    for node in nodes:
        if table := node["extra_info"].get("Table"):
            yield str(table).rpartition(".")[2].strip('"')
        yield from scanned_tables(node["children"])


def scans_when_repeated(query: exp.Expression, outer: dict[str, Counter[str]]) -> Counter[str]:
    """Return the scans of each table if every reference to a CTE or view computes it again."""
    definitions = dict(outer)
    copy = query.copy()
    if with_ := copy.args.get("with_"):
        for cte in with_.expressions:
            definitions[cte.alias] = scans_when_repeated(cte.this, definitions)
        copy.set("with_", None)
    scans: Counter[str] = Counter()
    for table in copy.find_all(exp.Table):
        scans += definitions.get(table.name, Counter({table.name: 1}))
    return scans


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a database with the empty tables and models; its optimizer cannot leave out a scan."""
    with duckdb.connect(":memory:") as opened:
        for statement in (*statements(), *(create_table_sql(table.name, table.columns) for table in catalog.TABLES)):
            opened.execute(statement)
        for name, text in FILES.items():
            opened.execute(f"CREATE TABLE {name} AS {text}")
        opened.execute("PRAGMA disable_optimizer")
        yield opened


@pytest.mark.parametrize("name", FILES)
def test_no_statement_scans_its_tables_too_often(name: str, connection: duckdb.DuckDBPyConnection) -> None:
    planned = scans_of_plan(connection, FILES[name])
    repeated = scans_when_repeated(parse_one(FILES[name], read="duckdb"), {})

    assert set(planned) == set(repeated)  # neither way of counting overlooks a table
    assert (sum(planned.values()) <= MOST, sum(repeated.values()) <= MOST) == (True, True), (planned, repeated)


def test_views_in_views_would_scan_a_table_thousands_of_times(capsys: pytest.CaptureFixture[str]) -> None:
    nested: dict[str, Counter[str]] = {}
    lines = []
    for name, text in FILES.items():
        query = parse_one(text, read="duckdb")
        after = scans_when_repeated(query, {})
        nested[name] = scans_when_repeated(query, nested)
        lines.append(f"{name}: {sum(nested[name].values())} scans as views in views, {sum(after.values())} now")
    with capsys.disabled():
        sys.stdout.write("\n".join(("", *lines, "")))

    assert max(nested["change_fail_rate"].values()) > 3_000
    assert {table for table, scans in nested["change_fail_rate"].items() if scans} <= BASE_TABLES


BASE_TABLES = {*(table.name for table in catalog.TABLES), *(table.name for table in tables().values())}


def test_a_scan_inside_a_cte_that_is_used_twice_counts_twice() -> None:
    query = parse_one(
        "WITH a AS (SELECT * FROM t), b AS (SELECT * FROM a, a AS again) SELECT * FROM b, t", read="duckdb"
    )

    assert scans_when_repeated(query, {}) == {"t": 3}
