"""Check the harness itself: a value goes into an engine and comes out of it unchanged, and differences are found."""

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from tests.engines.conftest import ENGINES
from tests.engines.rows import Rows, difference

AT = datetime(2026, 11, 29, 23, 59, 58, 123_000)
ITEM = pa.struct([("sha", pa.string()), ("at", pa.timestamp("us"))])
TABLE = pa.table(
    {
        "text": pa.array(["é`'\n", None]),
        "number": pa.array([2**53 + 1, None], pa.int64()),
        "share": pa.array([0.1, None]),
        "yes": pa.array([False, None]),
        "at": pa.array([AT, None], pa.timestamp("us")),
        "items": pa.array([[{"sha": "a", "at": AT}, {"sha": None, "at": None}], []], pa.list_(ITEM)),
    }
)
EXPECTED = Rows(tuple(TABLE.column_names), [tuple(row.values()) for row in TABLE.to_pylist()])


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def test_values_of_every_type_pass_an_engine_unchanged(engine: Any) -> None:
    engine.load("loaded", TABLE)
    engine.run("DROP TABLE IF EXISTS copied")
    engine.run("CREATE TABLE copied AS SELECT * FROM loaded")
    assert difference(EXPECTED, engine.rows("SELECT * FROM copied")) == ""


def test_rows_are_inserted_and_dropped(engine: Any) -> None:
    engine.run("DROP TABLE IF EXISTS numbers")
    engine.run("CREATE TABLE numbers AS SELECT 1 AS n")
    engine.run("INSERT INTO numbers SELECT 2 AS n")
    assert engine.rows("SELECT SUM(n) AS s FROM numbers") == Rows(("s",), [(3,)])


def test_zetasql_deletes_rows_and_creates_a_table_without_rows(zetasql: Any) -> None:
    zetasql.run("CREATE OR REPLACE TABLE days (day DATE, n INT64) PARTITION BY day")
    zetasql.run("INSERT INTO days SELECT DATE '2026-11-01', 1 UNION ALL SELECT DATE '2026-11-02', NULL")
    zetasql.run("DELETE FROM days WHERE n = 1")
    assert zetasql.rows("SELECT CAST(day AS STRING) AS day, n FROM days").rows == [("2026-11-02", None)]


def test_zetasql_stores_no_null_array_as_bigquery(zetasql: Any) -> None:
    nothing = "CAST(NULL AS ARRAY<STRING>)"
    zetasql.run(f"CREATE OR REPLACE TABLE lists AS SELECT {nothing} AS plain, STRUCT({nothing} AS inner_list) AS item")
    zetasql.run(f"INSERT INTO lists SELECT {nothing}, STRUCT({nothing} AS inner_list)")
    zetasql.load("loaded_lists", pa.table({"plain": pa.array([None], pa.list_(pa.string()))}))
    assert zetasql.rows("SELECT plain IS NULL, item.inner_list IS NULL FROM lists").rows == [(False, False)] * 2
    assert zetasql.rows("SELECT plain IS NULL FROM loaded_lists").rows == [(False,)]


def test_zetasql_refuses_what_bigquery_s_analyzer_refuses(zetasql: Any) -> None:
    with pytest.raises(AssertionError, match="No matching signature"):
        zetasql.rows("SELECT LENGTH(1)")
    with pytest.raises(AssertionError, match="not a statement"):
        zetasql.run("VACUUM")


@pytest.mark.parametrize(
    "found",
    [
        Rows(("n", "at"), [(0.1 + 0.2, AT)]),
        Rows(("N", "AT"), [(0.3, AT)]),
    ],
)
def test_equal_rows_differ_in_nothing(found: Rows) -> None:
    assert difference(Rows(("n", "at"), [(0.3, AT)]), found) == ""


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Rows(("n",), [(0.3, AT)]), "columns"),
        (Rows(("n", "at"), []), "0 rows, expected 1"),
        (Rows(("n", "at"), [(0.3, AT.replace(microsecond=0))]), "1 are missing, 1 are not expected"),
        (Rows(("n", "at"), [(0.3, AT), (0.3, AT)]), "2 rows, expected 1"),
        (Rows(("n", "at"), [(None, AT)]), "1 are missing"),
    ],
)
def test_other_rows_are_a_difference(found: Rows, expected: str) -> None:
    assert expected in difference(Rows(("n", "at"), [(0.3, AT)]), found)
