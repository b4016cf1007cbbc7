import pytest

from warehouse.table_names import columns_selected, tables_read


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT 1", set()),
        ("FROM review", {"review"}),
        ("SELECT * FROM A JOIN b USING (x), (SELECT * FROM c) AS d", {"a", "b", "c"}),
        (
            "SELECT (SELECT max(x) FROM a), y IN (SELECT y FROM b) FROM c ORDER BY (SELECT 1 FROM d)",
            {"a", "b", "c", "d"},
        ),
        ("SELECT * FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.x = a.x) UNION ALL SELECT * FROM c", {"a", "b", "c"}),
        ("SELECT * FROM s.t", {"s.t"}),
        ("SELECT t.x FROM a CROSS JOIN UNNEST(a.xs) AS items(t)", {"a"}),
        ("SELECT 'FROM a' -- FROM b\nFROM c /* FROM d */", {"c"}),
        ("WITH a AS (SELECT * FROM b), c AS (SELECT * FROM a) SELECT * FROM c, a", {"b"}),
        ("WITH a AS (SELECT * FROM a) SELECT * FROM a", {"a"}),  # the CTE reads the table and then replaces it
        ("WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a, b", {"b"}),  # a CTE sees only those before it
        ("SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) AS x, a", {"a"}),  # outside of its WITH, a is a table
        ("WITH a AS (SELECT 1) SELECT * FROM s.a", {"s.a"}),
        ("WITH RECURSIVE a AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM a JOIN b ON n < 9) SELECT * FROM a", {"b"}),
    ],
)
def test_the_tables_of_a_statement_are_those_outside_of_its_ctes(sql: str, tables: set[str]) -> None:
    assert tables_read(sql) == tables


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("", "holds 0 statements"),
        ("SELEC", "syntax error"),
        ("SELECT 1; SELECT 2", "holds 2 statements"),
        ("CREATE TABLE a AS SELECT 1", "Only SELECT"),
        ("DELETE FROM a", "Only SELECT"),
    ],
)
def test_anything_but_one_select_is_refused(sql: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        tables_read(sql)


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT 1 AS a, b, c.d, e.f AS g FROM t", ("a", "b", "d", "g")),
        ("SELECT a FROM t UNION ALL SELECT b FROM t UNION ALL SELECT c FROM t", ("a",)),
        ("WITH x AS (SELECT a FROM t) SELECT b FROM x", ("b",)),
        ("SELECT *, 1, a FROM t", ("", "", "a")),
    ],
)
def test_the_columns_of_a_statement_are_those_of_its_first_select(sql: str, columns: tuple[str, ...]) -> None:
    assert columns_selected(sql) == columns
