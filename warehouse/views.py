"""The views of the database: each SQL file of `sql/views/`, in order, and each measure's rows under its name."""

import hashlib
from collections.abc import Iterator
from functools import cache

from duckdb import DuckDBPyConnection

from warehouse import catalog
from warehouse.measures import BEYOND, DORA, statements
from warehouse.services import Services

VIEWS = "views"


def names() -> frozenset[str]:
    """Those of all of them."""
    return frozenset(name for name, _ in _all())


def create(connection: DuckDBPyConnection, services: Services) -> None:
    """Make the catalog and all views in the file, whatever was there, for those who ask by SQL.

    Views that are there as they should be stay: to make them takes longer than a merge of little. The catalog's comment says
    of which texts they were made.
    """
    drop_materialized(connection)
    connection.begin()
    try:
        there = _are_there(connection)
        catalog.create(connection, services)
        for name, text in () if there else _all():
            connection.execute(f"CREATE OR REPLACE VIEW {name} AS {text}")
        connection.execute(f"COMMENT ON TABLE {catalog.TABLE.name} IS '{_fingerprint()}'")
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def materialize(connection: DuckDBPyConnection) -> None:
    """Work the views out once, for this connection: each is then a temporary table, which goes before the view.

    What is merged afterwards is not in them: `create` forgets them.
    """
    for name, text in statements(VIEWS):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {text}")


def drop_materialized(connection: DuckDBPyConnection) -> None:
    """Take the temporary tables away."""
    for name, _ in statements(VIEWS):
        connection.execute(f"DROP TABLE IF EXISTS temp.{name}")


def _are_there(connection: DuckDBPyConnection) -> bool:
    told = connection.execute(
        "SELECT comment FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'main' "
        "AND table_name = ?",
        [catalog.TABLE.name],
    ).fetchall()
    found = connection.execute(
        "SELECT view_name FROM duckdb_views() WHERE database_name = current_database() AND schema_name = 'main'"
    ).fetchall()
    return told == [(_fingerprint(),)] and names() <= {name for (name,) in found}


@cache
def _fingerprint() -> str:
    text = "\n".join(f"{name} {text}" for name, text in _all())
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _all() -> Iterator[tuple[str, str]]:
    for folder in (VIEWS, DORA, BEYOND):
        yield from statements(folder)
