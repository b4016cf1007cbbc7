"""The one DuckDB file: what stands in it beside the metrics' tables, and what becomes of a file of another layout."""

from contextlib import contextmanager
from collections.abc import Iterator
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from core.errors import TelemetryError
from warehouse.own_tables import OWN_TABLES
from warehouse.tables import fingerprint, tables

_LAYOUT = "telemetry layout "
MEMORY = "1GB"
"""What DuckDB may use for itself; Python and Arrow come on top of it."""


class DatabaseError(TelemetryError):
    """The file cannot be used as our database; the message says why, and what to do."""


@contextmanager
def opened(path: str | Path) -> Iterator[DuckDBPyConnection]:
    """The database of this file (":memory:" has none), its tables made where they are not there.

    A file of another layout of ours is emptied, to be merged again: all that it holds is in the records. Raises
    DatabaseError for a file that is no DuckDB database or holds another's tables, and where another process has it.
    """
    try:
        connection = duckdb.connect(str(path))
    except duckdb.Error as error:
        raise DatabaseError(f"{path} cannot be opened: {str(error).splitlines()[0]}") from None
    try:
        connection.execute(f"SET memory_limit = '{MEMORY}'; SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
        _prepare(connection, path)
        yield connection
    finally:
        connection.close()


def _prepare(connection: DuckDBPyConnection, path: str | Path) -> None:
    there = [
        name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
    ]
    layout = _layout(connection) if "layout" in there else None
    if layout == fingerprint():
        return
    if there and layout is None:
        raise DatabaseError(f"{path} holds tables of somebody else: name another file")
    connection.begin()
    for (view,) in connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall():
        connection.execute(f'DROP VIEW "{view}"')
    for name in there:
        connection.execute(f'DROP TABLE "{name}"')
    for statement in (table.ddl for table in (*OWN_TABLES, *tables().values())):
        connection.execute(statement)
    connection.execute(f"CREATE TABLE layout AS SELECT '{_LAYOUT}{fingerprint()}' AS layout")
    connection.commit()


def _layout(connection: DuckDBPyConnection) -> str | None:
    told = connection.execute("SELECT * FROM layout").fetchall()
    text = str(told[0][0]) if told else ""
    return text.removeprefix(_LAYOUT) if text.startswith(_LAYOUT) else None
