"""The best record of each fact, whatever order the records arrive in."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from warehouse.ingest.upsert import latest_per_key_sql, upsert

COLUMNS = (
    "key VARCHAR, status VARCHAR, version BIGINT, delivery_id VARCHAR, schema BIGINT, received_at BIGINT, path VARCHAR, "
    "source VARCHAR"
)
WORST_TO_BEST = [
    ("k", "networkError", 9, "d", 2, 9, "z", "z"),
    ("k", "success", 1, "d", 2, 9, "z", "z"),
    ("k", "success", 2, None, 0, 9, "z", "z"),
    ("k", "success", 2, "d", 1, 9, "z", "z"),
    ("k", "success", 2, "d", 2, 1, "z", "z"),
    ("k", "success", 2, "d", 2, 2, "a", "z"),
    ("k", "success", 2, "d", 2, 2, "b", "a"),
    ("k", "success", 2, "d", 2, 2, "b", "b"),
]


@pytest.fixture
def connection() -> Iterator[DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"CREATE TABLE facts ({COLUMNS}); CREATE TABLE arrived ({COLUMNS})")
        yield connection


def arrive(connection: DuckDBPyConnection, *rows: tuple[Any, ...], among: str = "TRUE") -> list[Any]:
    """Upsert rows in one transaction, and return the facts."""
    connection.execute("DELETE FROM arrived")
    connection.executemany("INSERT INTO arrived VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    upsert(connection, "facts", ["key"], "arrived", among)
    return connection.execute("FROM facts ORDER BY ALL").fetchall()


@pytest.mark.parametrize("worse", range(len(WORST_TO_BEST) - 1))
def test_the_better_of_two_records_stays(connection: DuckDBPyConnection, worse: int) -> None:
    bad, good = WORST_TO_BEST[worse : worse + 2]
    assert arrive(connection, bad) == [bad]
    assert arrive(connection, good) == [good]
    assert arrive(connection, bad) == [good]


def test_any_order_of_arrival_has_the_same_result(connection: DuckDBPyConnection) -> None:
    for order in permutations(WORST_TO_BEST[1::2]):
        connection.execute("DELETE FROM facts")
        for row in order:
            facts = arrive(connection, row)
        assert facts == [WORST_TO_BEST[-1]]


def test_the_best_of_one_transaction_is_inserted(connection: DuckDBPyConnection) -> None:
    assert arrive(connection, *WORST_TO_BEST) == [WORST_TO_BEST[-1]]
    assert arrive(connection, *WORST_TO_BEST[::-1]) == [WORST_TO_BEST[-1]]


def test_an_equal_record_replaces_the_earlier_one(connection: DuckDBPyConnection) -> None:
    connection.execute("ALTER TABLE facts ADD COLUMN value BIGINT; ALTER TABLE arrived ADD COLUMN value BIGINT")
    for value in (1, 2):
        connection.execute("DELETE FROM arrived")
        connection.execute("INSERT INTO arrived VALUES ('k', 'success', 2, 'd', 2, 2, 'b', 'b', ?)", [value])
        upsert(connection, "facts", ["key"], "arrived")
    assert connection.execute("SELECT value FROM facts").fetchall() == [(2,)]


def test_other_facts_are_not_touched(connection: DuckDBPyConnection) -> None:
    others = [("a", *WORST_TO_BEST[0][1:]), ("z", *WORST_TO_BEST[0][1:])]
    arrive(connection, *others)
    assert arrive(connection, WORST_TO_BEST[1]) == [others[0], WORST_TO_BEST[1], others[1]]


def test_only_the_rows_of_a_condition_are_compared(connection: DuckDBPyConnection) -> None:
    provisional = WORST_TO_BEST[2]
    arrive(connection, provisional)
    worse = WORST_TO_BEST[0]
    assert arrive(connection, worse, among="t.delivery_id IS NOT NULL") == [worse, provisional]


def test_the_latest_of_each_key_is_a_query(connection: DuckDBPyConnection) -> None:
    connection.executemany("INSERT INTO arrived VALUES (?, ?, ?, ?, ?, ?, ?, ?)", WORST_TO_BEST)
    by_version = connection.execute(latest_per_key_sql("(FROM arrived)", ["key", "version"])).fetchall()
    assert sorted(row[2] for row in by_version) == [1, 2, 9]
    assert WORST_TO_BEST[-1] in by_version
