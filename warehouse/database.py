"""The one DuckDB file: what becomes of a file of another layout, and of one that is none of ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from core.errors import TelemetryError
from warehouse import aside
from warehouse.columns import quoted
from warehouse.own_tables import LAYOUT_TABLE, SOURCES
from warehouse.tables import LAYOUT, fingerprint, statements

MEMORY = "1GB"
"""What DuckDB may use for itself; Python and Arrow come on top of it."""

WRITTEN_AHEAD = "256MB"
"""What the log of a merge may hold: with DuckDB's own 16 MB every transaction would write the tables anew."""


class DatabaseError(TelemetryError):
    """The file cannot be used as our database; the message says why, and what to do."""


@contextmanager
def opened(path: str | Path) -> Iterator[DuckDBPyConnection]:
    """The database of this file (":memory:" has none), its tables made where they are not there.

    A file of an older layout of ours is emptied, to be merged again: all that it holds is in the records. Raises
    DatabaseError for a file that is no DuckDB database, is of a newer version or somebody else's, and where another
    process has it or its disk fails.
    """
    with _connected(path, read_only=False) as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'; SET checkpoint_threshold = '{WRITTEN_AHEAD}'")
        connection.execute("SET preserve_insertion_order = false")
        _prepare(connection, path)
        yield connection


@contextmanager
def opened_to_read(path: str | Path) -> Iterator[DuckDBPyConnection]:
    """The same, to be read only; raises DatabaseError also where there is none yet, or one of another layout."""
    if not Path(path).is_file():
        raise DatabaseError(f"there is no {path} yet: `telemetry merge` makes it")
    with _connected(path, read_only=True) as connection:
        if not _names(connection):
            raise DatabaseError(f"{path} is empty: `telemetry merge` fills it")
        if not _is_current(connection, path):
            raise DatabaseError(f"{path} is of an older version: `telemetry merge` makes it anew")
        yield connection


def to_merge_again(connection: DuckDBPyConnection) -> list[str]:
    """The sources that an older database held and that have not been merged into this one since."""
    told = connection.execute("SELECT source FROM sources WHERE cursor IS NULL ORDER BY source")
    return [source for (source,) in told.fetchall()]


@contextmanager
def _connected(path: str | Path, *, read_only: bool) -> Iterator[DuckDBPyConnection]:
    try:
        with duckdb.connect(str(path), read_only=read_only) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
    except (duckdb.OperationalError, duckdb.InternalError) as error:
        raise DatabaseError(f"{path} cannot be used: {str(error).splitlines()[0]}") from None


def _prepare(connection: DuckDBPyConnection, path: str | Path) -> None:
    there = _names(connection)
    if there and _is_current(connection, path):
        return
    connection.begin()
    sources = connection.execute("SELECT source FROM sources").fetchall() if SOURCES.name in there else []
    for (view,) in connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall():
        connection.execute(f"DROP VIEW IF EXISTS {quoted(view)} CASCADE")
    for name in there:
        connection.execute(f"DROP TABLE {quoted(name)}")
    for statement in statements():
        connection.execute(statement)
    aside.make(connection)
    for source in sources:
        connection.execute("INSERT INTO sources VALUES (?, NULL)", source)
    connection.execute("INSERT INTO layout VALUES (?, ?)", [LAYOUT, fingerprint()])
    connection.commit()


def _is_current(connection: DuckDBPyConnection, path: str | Path) -> bool:
    """Whether its layout is this version's; raises DatabaseError for a newer one, and for a file that is none of ours."""
    try:
        told = connection.execute(f"SELECT number, fingerprint FROM {LAYOUT_TABLE.name}").fetchall()
        ((number, known),) = told
    except (duckdb.CatalogException, duckdb.BinderException, ValueError):
        raise DatabaseError(f"{path} holds tables of somebody else: name another file") from None
    if number > LAYOUT:
        raise DatabaseError(
            f"{path} was made by a newer version of telemetry-functions: update it, or name another file"
        )
    return bool(known == fingerprint())


def _names(connection: DuckDBPyConnection) -> list[str]:
    told = connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal AND schema_name = 'main'")
    return [name for (name,) in told.fetchall()]
