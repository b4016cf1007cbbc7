from collections.abc import Iterator
from itertools import chain, combinations

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from warehouse.empty_models import NEVER, is_empty
from warehouse.table_names import empty_when

TABLES = ("a", "b", "c")
COMBINATIONS = [*chain.from_iterable(combinations(TABLES, size) for size in range(len(TABLES) + 1))]


def schema(empty: tuple[str, ...]) -> str:
    return "_".join(("without", *empty))


@pytest.fixture(scope="module")
def tables() -> Iterator[DuckDBPyConnection]:
    """Yield a database with a schema for each combination of empty tables; the others have one row."""
    with duckdb.connect(":memory:") as connection:
        for empty in COMBINATIONS:
            connection.execute(f"CREATE SCHEMA {schema(empty)}")
            for table in TABLES:
                connection.execute(f"CREATE TABLE {schema(empty)}.{table} AS SELECT 1 AS n WHERE {table not in empty}")
        yield connection


@pytest.mark.parametrize(
    ("sql", "sets"),
    [
        ("SELECT 1 AS n", []),
        ("FROM a", ["a"]),
        ("SELECT n FROM a JOIN b USING (n)", ["a", "b"]),
        ("SELECT a.n FROM a, b", ["a", "b"]),
        ("SELECT n FROM a SEMI JOIN b USING (n)", ["a", "b"]),
        ("SELECT a.n FROM a LEFT JOIN b USING (n)", ["a"]),
        ("SELECT n FROM a ANTI JOIN b USING (n)", ["a"]),
        ("SELECT b.n FROM a RIGHT JOIN b USING (n)", ["b"]),
        ("SELECT n FROM a FULL JOIN b USING (n)", ["ab"]),
        ("SELECT a.n FROM a POSITIONAL JOIN b", []),
        ("SELECT n FROM a UNION ALL SELECT n FROM b UNION SELECT n FROM c", ["abc"]),
        ("SELECT n FROM a UNION ALL SELECT 1", []),
        ("SELECT n FROM a EXCEPT SELECT n FROM b", ["a"]),
        ("SELECT n FROM a INTERSECT SELECT n FROM b", ["a"]),
        ("SELECT n FROM a JOIN (SELECT n FROM b UNION SELECT n FROM c) USING (n)", ["a", "bc"]),
        ("SELECT count(*) FROM a", []),
        ("SELECT coalesce(sum(n), 0) FROM a", []),
        ("SELECT n, count(*) FROM a GROUP BY n HAVING count(*) > 0", ["a"]),
        ("SELECT n FROM a GROUP BY GROUPING SETS ((), (n))", []),
        ("SELECT count(*) FROM a GROUP BY ALL", []),
        ("SELECT 1 FROM a HAVING TRUE", []),
        ("SELECT sum(n) OVER () FROM a", ["a"]),
        ("SELECT (SELECT count(*) FROM b) FROM a", ["a"]),
        ("SELECT n FROM a WHERE NOT EXISTS (FROM b)", ["a"]),
        ("SELECT lower(CAST(n AS VARCHAR)) FROM a", ["a"]),
        ("SELECT any_value(n) FROM a", []),
        ("SELECT x FROM a, unnest([n]) AS u(x)", ["a"]),
        ("SELECT x FROM unnest([1]) AS u(x)", []),
        ("WITH b AS (FROM a) SELECT b.n FROM b JOIN c USING (n)", ["a", "c"]),
        ("WITH a AS (SELECT 1 AS n) FROM a", []),
        ("SELECT a.n FROM a JOIN (WITH a AS (SELECT 1 AS n) FROM a) AS x USING (n)", ["a"]),
        ("WITH RECURSIVE r AS (SELECT n FROM a UNION ALL SELECT n + 1 FROM r WHERE n < 3) FROM r", []),
    ],
)
def test_a_statement_is_empty_when_a_set_of_its_tables_is(
    tables: DuckDBPyConnection, sql: str, sets: list[str]
) -> None:
    condition = empty_when(sql)
    assert condition == {frozenset(names) for names in sets}
    for empty in COMBINATIONS:
        if is_empty(condition, empty):
            tables.execute(f"USE {schema(empty)}")
            assert tables.execute(sql).fetchall() == []


def test_a_table_of_a_schema_decides_nothing() -> None:
    assert empty_when("FROM s.a") == NEVER


def test_a_statement_without_a_condition_may_have_rows() -> None:
    assert not is_empty(NEVER, TABLES)
