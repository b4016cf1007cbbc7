"""Run a user's SQL query on the database."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from core.errors import TelemetryError
from warehouse import catalog, database_errors, views


class QueryError(TelemetryError):
    """The query failed; the message is DuckDB's, in one line."""


@contextmanager
def run_query(connection: DuckDBPyConnection, query: str) -> Iterator[tuple[list[str], Iterator[tuple[Any, ...]]]]:
    """Run a query and yield its column names and an iterator of its rows; raises QueryError, also while iterating.

    If the query contains a view's name and the models in the file are not current, they are built for this connection
    first. Raises NotBuiltError if that is not possible.
    """
    try:
        if not (views.names() | {table.name for table in catalog.TABLES}).isdisjoint(re.findall(r"\w+", query.lower())):
            views.ensure_readable(connection)
        result = connection.execute(query)
        yield [column[0] for column in result.description or ()], iter(result.fetchone, None)
    except duckdb.Error as error:
        if database_errors.is_file_error(error):
            raise
        raise QueryError(" ".join(str(error).split())) from None
