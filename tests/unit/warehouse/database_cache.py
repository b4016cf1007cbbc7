"""Caches the database of a scenario: its test asks for several measures, models and reports of the same records.

Each model takes DuckDB some milliseconds of planning, however few the records are, and most measures build on most models.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple, TypeVar

from duckdb import DuckDBPyConnection

from warehouse import catalog, views
from warehouse.database import open_database
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source
from warehouse.report.build import build
from warehouse.report.model import Report
from warehouse.services import Services

_VALUES = 16
"""Size of each cache: about as many values as one file's tests ask for again."""
Value = TypeVar("Value")
_CREATES = re.compile(r"CREATE OR REPLACE TEMP (?:TABLE|VIEW) (\w+) AS")


class Files:
    """Implement the part of a Store that a merge uses, in memory."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def read(self, path: str) -> bytes | None:
        return self._files.get(path)

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        return (() if cursor else tuple(self._files)), "all"


class Models:
    """A connection that skips a statement that would create a temporary table or view again, unchanged."""

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self._connection = connection
        self._created: dict[str, str] = {}

    def execute(self, query: str, parameters: object = None) -> DuckDBPyConnection:
        created = _CREATES.match(query.lstrip())
        if created is None:
            return self._connection.execute(query, parameters)
        if self._created.get(created[1]) != query:
            self._created[created[1]] = query
            return self._connection.execute(query, parameters)
        # the statement that creates a table returns its number of rows: models that build on an empty one are not computed
        return self._connection.execute(f"SELECT count(*) FROM {created[1]}")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


class _Database(NamedTuple):
    models: Models
    closing: ExitStack


_databases: dict[object, _Database] = {}
_reports: dict[object, Report] = {}


@contextmanager
def merged_files(files: Mapping[str, bytes], now: int) -> Iterator[DuckDBPyConnection]:
    """Yield a new database with these files merged."""
    with open_database(":memory:") as connection:
        assert merge(connection, Source(Files(files), "test"), now=lambda: now).rejected == 0
        yield connection


def with_models(name: str, files: Mapping[str, bytes], services: Services, now: int) -> DuckDBPyConnection:
    """Return the database of these files with a measure or model, and all that it builds on, as temporary tables.

    The database of the last call is used again if its files and services are equal. Do not write into it.
    """
    key = _key(files, services, now)
    if key not in _databases:
        while _databases:
            _databases.popitem()[1].closing.close()
        with ExitStack() as opened:
            connection = opened.enter_context(merged_files(files, now))
            catalog.create(connection, services)
            _databases[key] = _Database(Models(connection), opened.pop_all())
    models: Any = _databases[key].models
    views.materialize(models, name)
    return models  # type: ignore[no-any-return]


def report_of(files: Mapping[str, bytes], services: Services, merged_at: int, now: int) -> Report:
    """Return the report of these files."""

    def build_report() -> Report:
        with merged_files(files, merged_at) as connection:
            return build(connection, services=services, source="test", now=now)

    return cached(_reports, (*_key(files, services, merged_at), now), build_report)


def cached(values: dict[object, Value], key: object, compute: Callable[[], Value]) -> Value:
    """Return the value of a key, which is computed unless it is one of the last ones; it must not be changed."""
    if key not in values:
        value = compute()
        while len(values) >= _VALUES:
            del values[next(iter(values))]
        values[key] = value
    return values[key]


def _key(files: Mapping[str, bytes], services: Services, now: int) -> tuple[object, ...]:
    return tuple(files.items()), services.model_dump_json(), now
