"""Run a user's SQL query on the database."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from core.errors import TelemetryError
from warehouse import database_errors, views


class QueryError(TelemetryError):
    """The query failed; the message is DuckDB's, in one line."""


@contextmanager
def run_query(connection: DuckDBPyConnection, query: str) -> Iterator[tuple[list[str], Iterator[tuple[Any, ...]]]]:
    """Run a query and yield its column names and an iterator of its rows; raises QueryError, also while iterating.

    The views are materialized first if the query contains a view's name: views build on one another, and DuckDB would
    compute a view again at every reference.
    """
    try:
        if not views.names().isdisjoint(re.findall(r"\w+", query.lower())):
            views.materialize(connection)
        result = connection.execute(query)
        yield [column[0] for column in result.description or ()], iter(result.fetchone, None)
    except duckdb.Error as error:
        if database_errors.is_file_error(error):
            raise
        raise QueryError(" ".join(str(error).split())) from None
