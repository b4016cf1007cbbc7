"""Create the views of the database: each SQL file of `sql/views/`, in order, and each measure under its name."""

import hashlib
from functools import cache

from duckdb import DuckDBPyConnection

from warehouse import catalog
from warehouse.services import Services
from warehouse.sql_files import VIEWS, statements, view_statements


def names() -> frozenset[str]:
    """Return the names of all views."""
    return frozenset(name for name, _ in view_statements())


def create(connection: DuckDBPyConnection, services: Services) -> None:
    """Create or replace the catalog and all views in the database file, so that SQL queries can use them.

    Views that are current are not re-created, as that takes longer than a small merge. The comment on the catalog holds
    the fingerprint of the SQL that created them.
    """
    drop_materialized(connection)
    connection.begin()
    try:
        current = _are_current(connection)
        catalog.create(connection, services)
        for name, text in () if current else view_statements():
            connection.execute(f"CREATE OR REPLACE VIEW {name} AS {text}")
        connection.execute(f"COMMENT ON TABLE {catalog.TABLE.name} IS '{_fingerprint()}'")
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def materialize(connection: DuckDBPyConnection) -> None:
    """Materialize the views for this connection, as temporary tables that take precedence over the views.

    They do not contain what is merged afterwards; `create` drops them.
    """
    for name, text in statements(VIEWS):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {text}")


def drop_materialized(connection: DuckDBPyConnection) -> None:
    """Drop the temporary tables of the materialized views."""
    for name, _ in statements(VIEWS):
        connection.execute(f"DROP TABLE IF EXISTS temp.{name}")


def _are_current(connection: DuckDBPyConnection) -> bool:
    comments = connection.execute(
        "SELECT comment FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'main' "
        "AND table_name = ?",
        [catalog.TABLE.name],
    ).fetchall()
    views = connection.execute(
        "SELECT view_name FROM duckdb_views() WHERE database_name = current_database() AND schema_name = 'main'"
    ).fetchall()
    return comments == [(_fingerprint(),)] and names() <= {name for (name,) in views}


@cache
def _fingerprint() -> str:
    text = "\n".join(f"{name} {text}" for name, text in view_statements())
    return hashlib.sha256(text.encode()).hexdigest()[:16]
