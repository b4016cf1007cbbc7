"""The views of the database: each SQL file of `sql/views/`, in order, and each measure's rows under its name."""

from collections.abc import Iterator

from duckdb import DuckDBPyConnection

from warehouse import catalog
from warehouse.measures import BEYOND, DORA, statements
from warehouse.services import Services

VIEWS = "views"


def names() -> frozenset[str]:
    """Those of all of them."""
    return frozenset(name for name, _ in _all())


def create(connection: DuckDBPyConnection, services: Services) -> None:
    """Make the catalog and all views in the file, whatever was there, for those who ask by SQL."""
    forget(connection)
    connection.begin()
    try:
        catalog.create(connection, services)
        for name, text in _all():
            connection.execute(f"CREATE OR REPLACE VIEW {name} AS {text}")
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def remember(connection: DuckDBPyConnection) -> None:
    """Work the views out once, for this connection: each is then a temporary table, which goes before the view.

    What is merged afterwards is not in them: `create` forgets them.
    """
    for name, text in statements(VIEWS):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {text}")


def forget(connection: DuckDBPyConnection) -> None:
    """Take the temporary tables away."""
    for name, _ in statements(VIEWS):
        connection.execute(f"DROP TABLE IF EXISTS temp.{name}")


def _all() -> Iterator[tuple[str, str]]:
    for folder in (VIEWS, DORA, BEYOND):
        yield from statements(folder)
