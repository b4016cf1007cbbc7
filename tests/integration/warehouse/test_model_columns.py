"""Models that are known to be empty are not computed; they are as if they had been."""

from collections.abc import Iterator

import pytest
from duckdb import DuckDBPyConnection

from tests.integration.warehouse.answers import file
from tests.integration.warehouse.random_batches import batches
from tests.integration.warehouse.test_model_update import merged
from warehouse import empty_models, model_columns, model_state, views
from warehouse.database import open_database
from warehouse.services import DEFAULT_SERVICES
from warehouse.sql_files import conditions, model_names, ordered_files


@pytest.fixture(scope="module")
def connection() -> Iterator[DuckDBPyConnection]:
    """Yield a database with some records, and with models."""
    with open_database(":memory:") as opened:
        services, [records] = batches(0, 1)
        merged(opened, map(file, records[:12]), "test")
        views.create(opened, services)
        yield opened


def test_a_model_that_is_not_computed_has_no_rows(connection: DuckDBPyConnection) -> None:
    found = []
    rows = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in model_names()}
    known = conditions(ordered_files())
    empty = {*empty_models.without_rows(connection, known), *(name for name, count in rows.items() if not count)}
    for model in ordered_files():
        if model.name in model_names() and empty_models.is_empty(known[model.name], empty):
            found.append(model.name)
            assert connection.execute(f"SELECT count(*) FROM ({model.text}\n)").fetchall() == [(0,)], model.name
    assert any(rows.values())
    assert len(found) > 10


def test_an_empty_model_has_the_columns_of_its_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_database(":memory:") as remembered, open_database(":memory:") as bound, open_database(":memory:") as run:
        views.create(run, DEFAULT_SERVICES)  # the first one of this process binds the statements
        assert {*model_names()} <= model_columns.known(ordered_files()).keys()
        views.create(remembered, DEFAULT_SERVICES)
        model_state.drop_models(run)
        monkeypatch.setattr(model_columns, "known", lambda _: {})
        views.create(bound, DEFAULT_SERVICES)
        monkeypatch.setattr(empty_models, "is_empty", lambda *_: False)
        views.create(run, DEFAULT_SERVICES)
        assert columns(remembered) == columns(bound) == columns(run)


def columns(connection: DuckDBPyConnection) -> list[tuple[object, ...]]:
    return connection.execute(
        "SELECT table_name, column_index, column_name, data_type FROM duckdb_columns() "
        "WHERE schema_name = 'models' AND table_name <> 'build' ORDER BY ALL"
    ).fetchall()
