import logging
from importlib.resources import files
from pathlib import Path

import pytest
from sqlglot import ErrorLevel, exp, parse, parse_one

from core.metrics._comparison import Change
from core.metrics.commits_per_pr import CommitTimestamps
from warehouse import dialects
from warehouse.dialects import DIALECTS, translate
from warehouse.measures import CERTAINTY, COLUMNS, LINKS, measure_sql, measures
from warehouse.sql_files import model_names, statements, view_statements

EVERY_FILE = [*view_statements(), *statements(".")]


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


@pytest.mark.parametrize("dialect", DIALECTS)
def test_tables_and_views_are_printed_in_order_of_dependency(dialect: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert dialects.main([dialect]) == 0

    created = [
        (statement.kind, statement.this.name)
        for statement in parse(capsys.readouterr().out, read=dialect)
        if isinstance(statement, exp.Create)
    ]
    names = [name for _, name in created]
    chain = ("job_runs", "run_attempts", "attempts", "deployments", "listed_changes", "changes")
    assert [name for name in names if name in chain] == [*chain]
    assert names[-1] == measures()[-1].name
    assert len(names) == len(set(names)) == len(EVERY_FILE) - 1  # numbers.sql is neither
    assert {name for kind, name in created if kind == "VIEW"} == {measure.name for measure in measures()}
    assert {name for kind, name in created if kind == "TABLE"} == model_names()


def test_a_table_is_replaced_as_each_engine_allows_it() -> None:
    drop, trino, *_ = dialects.script("trino")
    assert (drop, trino.partition("\n")[0]) == ("DROP TABLE IF EXISTS releases", "CREATE TABLE releases AS")
    assert next(dialects.script("bigquery")).partition("\n")[0] == "CREATE OR REPLACE TABLE releases AS"


@pytest.mark.parametrize("arguments", [[], ["mysql"], ["trino", "bigquery"]])
def test_another_dialect_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert dialects.main(arguments) == 2
    assert capsys.readouterr().err == "usage: python -m warehouse.dialects bigquery|trino\n"


def test_a_list_of_numbers_keeps_its_name_in_trino() -> None:
    sql = "SELECT closed.number FROM pull_requests AS p CROSS JOIN UNNEST(p.closes) AS closed(number)"
    assert " ".join(translate(sql, "trino").split()) == sql
