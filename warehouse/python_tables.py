"""Write the small tables that Python computes where a glob, a pattern or a zone of services.toml is applied."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

from warehouse.schema.columns import BIGINT, BOOLEAN, VARCHAR, SystemTable

_FETCHED_AT_ONCE = 10_000
_ARROW_TYPES = {VARCHAR: pa.string(), BIGINT: pa.int64(), BOOLEAN: pa.bool_()}


def write(
    connection: DuckDBPyConnection, table: SystemTable, rows: Iterable[tuple[object, ...]], *, temporary: bool
) -> None:
    """Create or replace a table with these rows, in order of its columns: in the file or temporary for this connection."""
    listed = list(rows)
    columns = {
        column.name: pa.array([row[index] for row in listed], _ARROW_TYPES[column.type])
        for index, column in enumerate(table.columns)
    }
    connection.register("python_rows", pa.table(columns))
    kind = "TEMP TABLE" if temporary else "TABLE"
    connection.execute(f"CREATE OR REPLACE {kind} {table.name} AS SELECT * FROM python_rows ORDER BY ALL")
    connection.unregister("python_rows")


def register_texts(
    connection: DuckDBPyConnection, name: str, columns: Sequence[str], rows: Collection[Sequence[str]]
) -> None:
    """Make rows of texts a table for the statements of this connection, until it is unregistered."""
    values = zip(*rows, strict=True) if rows else [()] * len(columns)
    connection.register(
        name, pa.table({column: pa.array(found, pa.string()) for column, found in zip(columns, values, strict=True)})
    )


def fetched(result: DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a result in parts, to save memory: as objects of Python they take far more than in DuckDB.

    Nothing else may be executed with the connection meanwhile.
    """
    while part := result.fetchmany(_FETCHED_AT_ONCE):
        yield from part
