"""A question to the database, in SQL."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from core.errors import TelemetryError
from warehouse import database_errors, views


class QueryError(TelemetryError):
    """SQL that cannot be answered; the message is DuckDB's, in one line."""


@contextmanager
def answered(connection: DuckDBPyConnection, query: str) -> Iterator[tuple[list[str], Iterator[tuple[Any, ...]]]]:
    """The names of a query's columns, and its rows as they come; raises QueryError, at whichever row it is.

    The views are worked out first if the query has a word like one: they are made of one another, and DuckDB would work each
    out anew wherever it is named.
    """
    try:
        if not views.names().isdisjoint(re.findall(r"\w+", query.lower())):
            views.materialize(connection)
        answer = connection.execute(query)
        yield [column[0] for column in answer.description or ()], iter(answer.fetchone, None)
    except duckdb.Error as error:
        if database_errors.is_of_the_file(error):
            raise
        raise QueryError(" ".join(str(error).split())) from None
