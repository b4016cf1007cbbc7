"""The one DuckDB file: what becomes of a file of another layout, and of one that is none of ours.

Every connection reads and writes this file and nothing else, whatever SQL it is given and whatever views and macros the
file holds: no other file, no network, no extension, no setting that could change that.
https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from core.errors import TelemetryError
from warehouse import database_errors
from warehouse.ingest import unresolved
from warehouse.schema.columns import SystemTable, quote_identifier
from warehouse.schema.metric_tables import LAYOUT, Table, fingerprint, statements, tables
from warehouse.schema.system_tables import LAYOUT_TABLE, OWN_TABLES, SOURCES

MEMORY = "1GB"
"""What DuckDB may use for itself; Python and Arrow come on top of it."""

RESTRICTED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,  # COPY, ATTACH, EXPORT, read_csv, read_text, glob, INSTALL, LOAD, replacement scans
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,  # else CREATE PERSISTENT SECRET writes into the home folder
    "python_enable_replacements": False,  # a table name is never one of our own variables
}
"""Set before the file is opened: opening one may load an extension that its tables name."""

WRITTEN_AHEAD = "256MB"
"""What the log of a merge may hold: with DuckDB's own 16 MB every transaction would write the tables anew."""


class DatabaseError(TelemetryError):
    """The file cannot be used as our database; the message says why, and what to do."""


@contextmanager
def open_database(path: str | Path) -> Iterator[DuckDBPyConnection]:
    """The database of this file (":memory:" has none), its tables made where they are not there.

    A file of an older layout of ours is emptied, to be merged again: all that it holds is in the records. Raises
    DatabaseError for a file that is no DuckDB database, is of a newer version or somebody else's, and where another
    process has it or its disk fails.
    """
    with _connected(path, read_only=False) as connection:
        _prepare(connection, path)
        yield connection


@contextmanager
def open_read_only(path: str | Path) -> Iterator[DuckDBPyConnection]:
    """The same, to be read only; raises DatabaseError also where there is none yet, or one of another layout."""
    if not os.path.lexists(path):
        raise DatabaseError(f"there is no {path} yet: `telemetry merge` makes it")
    with _connected(path, read_only=True) as connection:
        if not _names(connection):
            raise DatabaseError(f"{path} is empty: `telemetry merge` fills it")
        if not _is_current(connection, path):
            raise DatabaseError(f"{path} is of an older version: `telemetry merge` makes it anew")
        yield connection


def sources_to_remerge(connection: DuckDBPyConnection) -> list[str]:
    """The sources that an older database held and that have not been merged into this one since."""
    told = connection.execute("SELECT source FROM sources WHERE cursor IS NULL ORDER BY source")
    return [source for (source,) in told.fetchall()]


@contextmanager
def _connected(path: str | Path, *, read_only: bool) -> Iterator[DuckDBPyConnection]:
    file = (
        ":memory:" if path == ":memory:" else str(Path(path).absolute())
    )  # else `md:…` would be a service, not a file
    try:
        with duckdb.connect(file, read_only=read_only, config=RESTRICTED) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            if not read_only:
                connection.execute(f"SET memory_limit = '{MEMORY}'; SET checkpoint_threshold = '{WRITTEN_AHEAD}'")
                connection.execute("SET preserve_insertion_order = false")
            connection.execute("SET lock_configuration = true")
            yield connection
    except duckdb.Error as error:
        raise DatabaseError(database_errors.explained(path, error)) from None


def _prepare(connection: DuckDBPyConnection, path: str | Path) -> None:
    there = _names(connection)
    if there and _is_current(connection, path):
        return
    connection.begin()
    sources = connection.execute("SELECT source FROM sources").fetchall() if SOURCES.name in there else []
    for (view,) in connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall():
        connection.execute(f"DROP VIEW IF EXISTS {quote_identifier(view)} CASCADE")
    for name in there:
        connection.execute(f"DROP TABLE {quote_identifier(name)}")
    for statement in statements():
        connection.execute(statement)
    unresolved.make(connection)
    for source in sources:
        connection.execute("INSERT INTO sources VALUES (?, NULL)", source)
    connection.execute("INSERT INTO layout VALUES (?, ?)", [LAYOUT, fingerprint()])
    connection.commit()


def _is_current(connection: DuckDBPyConnection, path: str | Path) -> bool:
    """Whether its layout is this version's; raises DatabaseError for a newer one, and for a file that is none of ours."""
    try:
        told = connection.execute(f"SELECT number, fingerprint FROM {LAYOUT_TABLE.name}").fetchall()
        ((number, known),) = told
        number = int(number)
    except (duckdb.CatalogException, duckdb.BinderException, duckdb.PermissionException, TypeError, ValueError):
        raise DatabaseError(f"{path} holds tables of somebody else: name another file") from None
    if number > LAYOUT:
        raise DatabaseError(
            f"{path} was made by a newer version of telemetry-functions: update it, or name another file"
        )
    if known != fingerprint():
        return False
    if not _columns() <= _columns_of(connection):
        raise DatabaseError(f"{path} holds tables of somebody else: name another file")
    return True


@cache
def _columns() -> frozenset[tuple[str, str, str]]:
    """Return table, column and type of every column of ours."""
    all_tables: list[SystemTable | Table] = [*OWN_TABLES, *tables().values()]
    return frozenset(
        (table.name, column.name, _spelled(column.type)) for table in all_tables for column in table.columns
    )


def _columns_of(connection: DuckDBPyConnection) -> frozenset[tuple[str, str, str]]:
    """Return those of the tables that are there; a view of the same name is no table."""
    rows = connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() JOIN duckdb_tables() "
        "USING (database_name, schema_name, table_name) WHERE schema_name = 'main'"
    )
    return frozenset((table, column, _spelled(type)) for table, column, type in rows.fetchall())


def _spelled(type: str) -> str:
    """Return a type without what DuckDB adds when it prints one."""
    return type.replace('"', "").replace(" ", "").upper()


def _names(connection: DuckDBPyConnection) -> list[str]:
    told = connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal AND schema_name = 'main'")
    return [name for (name,) in told.fetchall()]
