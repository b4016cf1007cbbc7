"""Open the DuckDB file: create it, reset a file of an older layout, and reject a file of another program.

Every connection reads and writes this file and nothing else, whatever SQL it runs and whatever views and macros the
file holds: no other file, no network, no extension, and no setting that could change that.
https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from core.errors import TelemetryError
from warehouse import database_errors, model_state
from warehouse.ingest import unresolved
from warehouse.schema.columns import SystemTable, quote_identifier
from warehouse.schema.metric_tables import LAYOUT, Table, fingerprint, statements, tables
from warehouse.schema.system_tables import LAYOUT_TABLE, SOURCES, SYSTEM_TABLES

MEMORY = "1GB"
"""Memory limit of DuckDB; Python and Arrow use memory in addition."""

RESTRICTED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,  # COPY, ATTACH, EXPORT, read_csv, read_text, glob, INSTALL, LOAD, replacement scans
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,  # or CREATE PERSISTENT SECRET writes into the home folder
    "python_enable_replacements": False,  # a table name never refers to a Python variable
}
"""Settings applied before the file is opened, because opening a file may load an extension that its tables name."""

CHECKPOINT_THRESHOLD = "256MB"
"""Size limit of the write-ahead log: with DuckDB's default of 16 MB every transaction of a merge would rewrite the tables."""


class DatabaseError(TelemetryError):
    """The file cannot be used as the database; the message gives the reason and the remedy."""


@contextmanager
def open_database(path: str | Path) -> Iterator[DuckDBPyConnection]:
    """Open the database in this file (or ":memory:") and create the missing tables.

    A file of an older layout is emptied and must be merged again: everything it holds is also in the records. Raises
    DatabaseError if the file is not a DuckDB database, was written by a newer version or another program, is locked by
    another process, or if the disk fails.
    """
    with _connected(path, read_only=False) as connection:
        _prepare(connection, path)
        yield connection


@contextmanager
def open_read_only(path: str | Path) -> Iterator[DuckDBPyConnection]:
    """Open the database read-only; raises DatabaseError also if the file does not exist or has another layout."""
    if not os.path.lexists(path):
        raise DatabaseError(f"there is no {path} yet: {database_errors.merge_command(path)} creates it")
    with _connected(path, read_only=True) as connection:
        if not _names(connection):
            raise DatabaseError(f"{path} is empty: {database_errors.merge_command(path)} fills it")
        if not _is_current(connection, path):
            raise DatabaseError(
                f"{path} has the layout of an older version: {database_errors.merge_command(path)} rebuilds it"
            )
        yield connection


def restricted(path: Path) -> AbstractContextManager[DuckDBPyConnection]:
    """Open a new file without any table, for rows that are no records. Raises DatabaseError."""
    return _connected(path, read_only=False)


def source_names(connection: DuckDBPyConnection) -> list[str]:
    """Return the names of all merged sources: folders, repositories and buckets."""
    return [source for (source,) in connection.execute("SELECT source FROM sources ORDER BY source").fetchall()]


def sources_to_remerge(connection: DuckDBPyConnection) -> list[str]:
    """Return the sources that an older layout of the database held and that have not been merged again since."""
    rows = connection.execute("SELECT source FROM sources WHERE cursor IS NULL ORDER BY source")
    return [source for (source,) in rows.fetchall()]


@contextmanager
def _connected(path: str | Path, *, read_only: bool) -> Iterator[DuckDBPyConnection]:
    file = (
        ":memory:" if path == ":memory:" else str(Path(path).absolute())
    )  # an absolute path, as `md:…` would name a service, not a file
    try:
        with duckdb.connect(file, read_only=read_only, config=RESTRICTED) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            if not read_only:
                connection.execute(
                    f"SET memory_limit = '{MEMORY}'; SET checkpoint_threshold = '{CHECKPOINT_THRESHOLD}'"
                )
                connection.execute("SET preserve_insertion_order = false")
            connection.execute("SET lock_configuration = true")
            yield connection
    except duckdb.Error as error:
        raise DatabaseError(database_errors.explain(path, error)) from None


def _prepare(connection: DuckDBPyConnection, path: str | Path) -> None:
    existing = _names(connection)
    if existing and _is_current(connection, path):
        return
    connection.begin()
    sources = connection.execute("SELECT source FROM sources").fetchall() if SOURCES.name in existing else []
    for (view,) in connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall():
        connection.execute(f"DROP VIEW IF EXISTS {quote_identifier(view)} CASCADE")
    connection.execute(f"DROP SCHEMA IF EXISTS {model_state.SCHEMA} CASCADE")
    for name in existing:
        connection.execute(f"DROP TABLE {quote_identifier(name)}")
    for statement in statements():
        connection.execute(statement)
    unresolved.create(connection)
    for source in sources:
        connection.execute("INSERT INTO sources (source) VALUES (?)", source)
    connection.execute("INSERT INTO layout VALUES (?, ?)", [LAYOUT, fingerprint()])
    connection.commit()


def _is_current(connection: DuckDBPyConnection, path: str | Path) -> bool:
    """Return whether the layout is this version's; raises DatabaseError for a newer layout or another program's file."""
    try:
        rows = connection.execute(f"SELECT number, fingerprint FROM {LAYOUT_TABLE.name}").fetchall()
        ((number, stored_fingerprint),) = rows
        number = int(number)
    except (duckdb.CatalogException, duckdb.BinderException, duckdb.PermissionException, TypeError, ValueError):
        raise DatabaseError(f"{path} holds tables of another program: name another file") from None
    if number > LAYOUT:
        raise DatabaseError(
            f"{path} was written by a newer version of telemetry-functions: update it, or name another file"
        )
    if stored_fingerprint != fingerprint():
        return False
    if not _columns() <= _columns_of(connection):
        raise DatabaseError(f"{path} holds tables of another program: name another file")
    return True


@cache
def _columns() -> frozenset[tuple[str, str, str]]:
    """Return table, column and type of every column of this layout."""
    all_tables: list[SystemTable | Table] = [*SYSTEM_TABLES, *tables().values()]
    return frozenset(
        (table.name, column.name, _normalized_type(column.type)) for table in all_tables for column in table.columns
    )


def _columns_of(connection: DuckDBPyConnection) -> frozenset[tuple[str, str, str]]:
    """Return table, column and type of every column of the existing tables, without views."""
    rows = connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() JOIN duckdb_tables() "
        "USING (database_name, schema_name, table_name) WHERE schema_name = 'main'"
    )
    return frozenset((table, column, _normalized_type(type)) for table, column, type in rows.fetchall())


def _normalized_type(type: str) -> str:
    """Return a type without the quotes and spaces that DuckDB prints."""
    return type.replace('"', "").replace(" ", "").upper()


def _names(connection: DuckDBPyConnection) -> list[str]:
    rows = connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal AND schema_name = 'main'")
    return [name for (name,) in rows.fetchall()]
