import logging
from importlib.resources import files
from pathlib import Path

import pytest
from sqlglot import ErrorLevel, exp, parse, parse_one

from core.metrics._comparison import Change
from core.metrics.commits_per_pr import CommitTimestamps
from warehouse.engines.translation import DIALECTS, translate
from warehouse.measures import CERTAINTY, COLUMNS, LINKS, measure_sql, measures
from warehouse.sql_files import MARTS, statements, view_statements

EVERY_FILE = [*view_statements(), *statements("."), *statements(MARTS)]


def test_every_sql_file_of_the_package_is_among_those_that_are_translated() -> None:
    file_names = {path.name for path in Path(str(files("warehouse"))).rglob("*.sql")}
    assert len(file_names) == len(EVERY_FILE) > 20


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("name", "text"), EVERY_FILE, ids=[name for name, _ in EVERY_FILE])
def test_every_file_is_a_statement_of_the_dialect(
    name: str, text: str, dialect: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "sqlglot"):
        translation = translate(text, dialect)
        [statement] = parse(translation, read=dialect, error_level=ErrorLevel.RAISE)

    assert caplog.messages == []
    assert isinstance(statement, exp.Select | exp.Union), name
    assert [node.sql() for node in statement.find_all(exp.Anonymous, exp.Command)] == []  # what sqlglot only passes on


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("measure", [measure.name for measure in measures()])
def test_the_columns_of_a_measure_are_the_same_in_every_dialect(measure: str, dialect: str) -> None:
    for statement in (
        parse_one(measure_sql(measure), read="duckdb"),
        parse_one(translate(measure_sql(measure), dialect), read=dialect),
    ):
        columns = tuple(statement.named_selects)
        assert columns[: len(COLUMNS)] == COLUMNS
        optional = columns[len(COLUMNS) :]
        assert optional == tuple(name for name in (CERTAINTY, *LINKS) if name in optional)


def test_bigquery_takes_milliseconds_of_datetimes() -> None:
    assert (
        translate("SELECT DATE_DIFF('millisecond', a, b)", "bigquery") == "SELECT\n  DATETIME_DIFF(b, a, MILLISECOND)"
    )


def test_trino_s_unnest_of_rows_names_each_of_their_fields() -> None:
    translation = translate(
        "SELECT c.sha, COALESCE(t.authored, t.committed) FROM deployment_status AS s "
        "CROSS JOIN UNNEST(s.changes.commits) AS commits(c) "
        "CROSS JOIN UNNEST(s.commits.commit_timestamps) AS times(t)",
        "trino",
    )

    assert f"UNNEST(s.changes.commits) AS commits({', '.join(Change._fields)})" in translation
    assert f"UNNEST(s.commits.commit_timestamps) AS times({', '.join(CommitTimestamps._fields)})" in translation
    assert translation.startswith("SELECT\n  commits.sha,\n  COALESCE(times.authored, times.committed)")


def test_a_list_of_numbers_keeps_its_name_in_trino() -> None:
    sql = "SELECT closed.number FROM pull_requests AS p CROSS JOIN UNNEST(p.closes) AS closed(number)"
    assert " ".join(translate(sql, "trino").split()) == sql


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (
            "bigquery",
            "SELECT c.sha, (place + 1) AS place FROM t CROSS JOIN UNNEST(t.numbers) AS c WITH OFFSET AS place",
        ),
        ("trino", "SELECT c.sha, place FROM t CROSS JOIN UNNEST(t.numbers) WITH ORDINALITY AS listed(c, place)"),
        (
            "spark",
            "SELECT c.sha, (place + 1) AS place FROM t CROSS JOIN LATERAL POSEXPLODE(t.numbers) AS listed(place, c)",
        ),
    ],
)
def test_elements_are_numbered_from_one(dialect: str, expected: str) -> None:
    sql = "SELECT c.sha, place FROM t CROSS JOIN UNNEST(t.numbers) WITH ORDINALITY AS listed(c, place)"
    assert one_line(translate(sql, dialect)) == expected


@pytest.mark.parametrize("dialect", ["bigquery", "trino"])
def test_extremes_ignore_nulls_where_the_engine_does_not(dialect: str) -> None:
    assert one_line(translate("SELECT LEAST(a, b)", dialect)) == "SELECT COALESCE(LEAST(a, b), a, b)"
    nested = one_line(translate("SELECT GREATEST(a, LEAST(b, c))", dialect))
    least = "COALESCE(LEAST(b, c), b, c)"
    assert nested == f"SELECT COALESCE(GREATEST(a, {least}), a, {least})"


def test_bigquery_s_weeks_begin_on_monday() -> None:
    translation = translate("SELECT DATE_TRUNC('week', a), DATE_TRUNC('day', a)", "bigquery")
    assert one_line(translation) == "SELECT DATETIME_TRUNC(a, ISOWEEK), DATETIME_TRUNC(a, DAY)"


def test_the_length_of_no_list_is_null_in_spark() -> None:
    translation = translate("SELECT ARRAY_LENGTH(a)", "spark")
    assert one_line(translation) == "SELECT CASE WHEN NOT a IS NULL THEN SIZE(a) END"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_tables_get_their_dataset_and_queries_of_with_none(dialect: str) -> None:
    sql = "WITH recent AS (SELECT n FROM deployment) SELECT r.n FROM recent AS r JOIN incident AS i ON i.n = r.n"
    translation = parse_one(translate(sql, dialect, "telemetry"), read=dialect)
    names = {table.name: table.db for table in translation.find_all(exp.Table)}
    assert names == {"recent": "", "deployment": "telemetry", "incident": "telemetry"}


def one_line(sql: str) -> str:
    return " ".join(sql.split()).replace("( ", "(").replace(" )", ")")
