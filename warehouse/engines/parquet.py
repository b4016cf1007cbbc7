"""Read tables of Parquet files that somebody else's engine wrote: only the columns that are asked for, in their types.

DuckDB may open no file (warehouse/database.py), so Arrow reads the files, a batch at a time, and DuckDB reads Arrow:
https://duckdb.org/docs/stable/guides/python/sql_on_arrow. So memory does not grow with the files.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.dataset as ds
from duckdb import DuckDBPyConnection

from core.errors import TelemetryError
from warehouse.schema.columns import BIGINT, BOOLEAN, DOUBLE, TIMESTAMP, VARCHAR

Columns = Sequence[tuple[str, str]]
"""Names and DuckDB's types."""
ARROW_TYPES = {
    VARCHAR: pa.string(),
    BIGINT: pa.int64(),
    BOOLEAN: pa.bool_(),
    DOUBLE: pa.float64(),
    TIMESTAMP: pa.timestamp("us"),
}


class ParquetError(TelemetryError):
    """Files are missing or are not what they should be; the message names the table in one line."""


class Tables(Protocol):
    """Folders of Parquet files by table."""

    address: str
    """For messages: `s3://telemetry/marts`."""

    def names(self) -> set[str]:
        """Return the names of the tables that have files. Raises Unavailable."""

    def files(self, table: str) -> list[Path]:
        """Return the files of a table on this machine, which are downloaded if need be. Raises Unavailable."""


def dataset(tables: Tables, table: str, wanted: Iterable[str]) -> ds.Dataset:
    """Open the files of a table; raises ParquetError if there are none, or if they lack a column."""
    files = tables.files(table)
    if not files:
        raise ParquetError(f"{tables.address}/{table} has no Parquet files")
    try:
        opened = ds.dataset([str(file) for file in files], format="parquet")
        found = {name.lower() for name in opened.schema.names}
    except (pa.ArrowException, OSError) as error:
        raise ParquetError(f"{tables.address}/{table} cannot be read as Parquet: {_line(error)}") from None
    if lacking := [name for name in wanted if name not in found]:
        raise ParquetError(f"{tables.address}/{table} has no column {', '.join(lacking)}")
    return opened


def read(tables: Tables, table: str, columns: Columns) -> pa.RecordBatchReader:
    """Return the rows of a table in these columns and types; raises ParquetError, also while it is read."""
    opened = dataset(tables, table, [name for name, _ in columns])
    schema = pa.schema([(name, ARROW_TYPES[type]) for name, type in columns])
    own = {name.lower(): name for name in opened.schema.names}
    expressions = {name: ds.field(own[name]).cast(ARROW_TYPES[type]) for name, type in columns}
    try:
        batches = opened.scanner(columns=expressions, batch_size=16_384, batch_readahead=2, fragment_readahead=1)
        return pa.RecordBatchReader.from_batches(schema, batches.to_reader())
    except (pa.ArrowException, OSError) as error:
        raise ParquetError(f"{tables.address}/{table} is of another form: {_line(error)}") from None


def create(connection: DuckDBPyConnection, name: str, reader: pa.RecordBatchReader) -> None:
    """Create a table of a database from rows."""
    connection.register("parquet_rows", reader)
    connection.execute(f"CREATE TABLE {name} AS FROM parquet_rows")
    connection.unregister("parquet_rows")


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
