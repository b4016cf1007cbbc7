"""Build the models: each SQL file of `sql/views/` is a table, made once in the order of what it reads.

The tables are in the schema `models`. Each has a view of its name in `main`, and so has each measure, so that a query
finds all of them by name. If the file cannot be written, the models are temporary tables of the connection.
"""

import re
from collections.abc import Iterable, Sequence

from duckdb import DuckDBPyConnection
from pydantic import ValidationError

from core.errors import TelemetryError
from warehouse import catalog, components, empty_models, model_columns, model_state, model_update
from warehouse.empty_models import Conditions
from warehouse.measures import measures as all_measures
from warehouse.measures import takes_links
from warehouse.report import marts
from warehouse.schema import metric_tables
from warehouse.services import Services
from warehouse.sql_files import (
    FOLDERS,
    MARTS,
    SqlFile,
    files_for,
    model_names,
    named_files,
    ordered_files,
    sql_files,
    statements,
)
from warehouse.sql_files import conditions as conditions_of
from warehouse.transactions import transaction

_OF_EVIDENCE = "report_environments"
"""The model that says which service and environment an item is of."""
_WORD = re.compile(r"\w+")
_ANALYZED_FROM = 1_000
"""Rows of a model from which a badly planned join of it costs more than its statistics do."""
_OF_ITEMS = "item_links"
"""The model of what an item of DORA's measures can be filtered by and linked with."""


class NotBuiltError(TelemetryError):
    """The models of the file are not current, and the settings to build them are unknown."""


def names() -> frozenset[str]:
    """Return the names of all views: models and measures."""
    return frozenset(file.name for folder in FOLDERS for file in sql_files(folder))


def create(connection: DuckDBPyConnection, services: Services) -> None:
    """Build the catalog and all models, unless they are current: of the same records, settings and version.

    A database of marts has numbers instead of models, and is current. If only facts changed, it computes the components of these again (model_update). A build is one transaction: it is
    complete or did not happen. In a read-only database, models that are not current are built as temporary tables.
    """
    if marts.holds_marts(connection):
        return
    drop_materialized(connection)
    if is_current(connection, services):
        return
    if model_state.is_read_only(connection):
        _build_temporary(connection, services)
        return
    with transaction(connection):
        if not _update(connection, services):
            _build(connection, services)


def is_current(connection: DuckDBPyConnection, services: Services) -> bool:
    """Return whether the models in the file are those of its records, these settings and this version."""
    return model_state.is_current(connection, model_names(), names(), services.of_models)


def ensure_readable(connection: DuckDBPyConnection) -> None:
    """Build the models of a read-only database as temporary tables if they are not current, from its last settings.

    Raises NotBuiltError if the settings are unknown.
    """
    settings = model_state.last_settings(connection)
    if settings is None:
        raise NotBuiltError("the models are not built yet: `telemetry merge` builds them")
    if model_state.is_current(connection, model_names(), names(), settings):
        return
    try:
        services = Services.model_validate_json(settings)
    except ValidationError:
        raise NotBuiltError("another version built the models: `telemetry merge` builds them again") from None
    _build_temporary(connection, services)


def materialize(connection: DuckDBPyConnection, *measures: str) -> None:
    """Build the models from the catalog as temporary tables, which take precedence over those in the file.

    With `measures`, only these and the models that they and their evidence build on; one number for several environments
    needs `whole_items`, too. The tables do not contain what is merged afterwards; `create` drops them.
    """
    known = {measure.name for measure in all_measures()}
    links = {_OF_ITEMS} if any(takes_links(measure) for measure in known & {*measures}) else set()
    files = files_for({*measures, _OF_EVIDENCE, *links} if measures else names())
    _create_temporary(connection, files, conditions_of(files))


def _create_temporary(
    connection: DuckDBPyConnection, files: Sequence[SqlFile], conditions: Conditions, columns_of: str = ""
) -> set[str]:
    """Create temporary models; return which tables and models have no rows. `columns_of` begins the names of stored ones."""
    empty = empty_models.without_rows(connection, conditions)
    for file in files:
        is_empty = empty_models.is_empty(conditions.get(file.name, ()), empty)
        rows = 0
        if file.name not in model_names():
            connection.execute(f"CREATE OR REPLACE TEMP VIEW {file.name} AS {file.text}")
        else:
            like = f"FROM {columns_of}{file.name}" if columns_of else f"FROM ({file.text}\n)"
            selection = f"{like} LIMIT 0" if is_empty else file.text
            [(rows,)] = connection.execute(f"CREATE OR REPLACE TEMP TABLE {file.name} AS {selection}").fetchall()
            is_empty = not rows
        if is_empty:
            empty.add(file.name)
        if rows >= _ANALYZED_FROM:
            connection.execute(f"ANALYZE {file.name}")  # as in _build
    return empty


def drop_materialized(connection: DuckDBPyConnection) -> None:
    """Drop the temporary tables and views of this connection."""
    tables = {*model_names(), *model_update.TEMPORARY}
    tables |= {table.name for table in (*catalog.TABLES, *metric_tables.tables().values())}
    temporary = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE temporary UNION ALL "
        "SELECT view_name FROM duckdb_views() WHERE temporary AND NOT internal"
    ).fetchall()
    for name in sorted({name for (name,) in temporary} & (names() | tables)):
        kind = "TABLE" if name in tables else "VIEW"
        connection.execute(f"DROP {kind} temp.{name}")


def _update(connection: DuckDBPyConnection, services: Services) -> bool:
    """Compute only the models of the components whose facts changed; return whether that was possible."""
    if not model_state.can_be_updated(connection, model_names(), names(), services.of_models):
        return False
    if not model_update.begin(connection, services):
        return False
    files = named_files(model_state.build_order(connection))
    conditions = model_state.conditions(connection)
    stored = f"{model_state.SCHEMA}.{model_state.OUTDATED}"
    model_update.replace(connection, _create_temporary(connection, files, conditions, stored))
    drop_materialized(connection)
    model_update.finish(connection)
    return True


def _build(connection: DuckDBPyConnection, services: Services) -> None:
    are_views_current = model_state.are_views_current(connection, names())
    model_state.drop_models(connection)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {model_state.SCHEMA}")
    components.store_links(connection, services, catalog.create(connection, services))
    files = ordered_files()
    conditions = conditions_of(files)
    empty = empty_models.without_rows(connection, conditions)
    columns = model_columns.known(files)
    for file in files:
        selection = file.text
        is_empty = empty_models.is_empty(conditions[file.name], empty)
        if file.name in model_names():
            table = f"{model_state.SCHEMA}.{file.name}"
            rows = 0
            if not is_empty:
                [(rows,)] = connection.execute(f"CREATE TABLE {table} AS {file.text}").fetchall()
            elif file.name in columns:
                connection.execute(f"CREATE TABLE {table} ({columns[file.name]})")
            else:
                connection.execute(f"CREATE TABLE {table} AS FROM ({file.text}\n) LIMIT 0")
            if rows >= _ANALYZED_FROM:
                # a table of an open transaction has no statistics, and joins of such tables are planned badly:
                # https://duckdb.org/docs/stable/sql/statements/analyze
                connection.execute(f"ANALYZE {table}")
            selection = f"SELECT * FROM {table}"
            is_empty = not rows
        if is_empty:
            empty.add(file.name)
        if not are_views_current:
            connection.execute(f"CREATE OR REPLACE VIEW {file.name} AS {selection}")
    model_columns.remember(connection, model_state.SCHEMA, files)
    model_state.remember(connection, services.of_models, conditions, _order_of_update(files))


def _order_of_update(files: Iterable[SqlFile]) -> list[str]:
    """Return the models, and the measures that other statements may read: an update needs no view of any other measure."""
    texts = {**{file.name: file.text for file in files}, **dict(statements(MARTS))}
    words = {name: {*_WORD.findall(text)} for name, text in texts.items()}
    needed = {*model_names(), *(measure.name for measure in all_measures() if measure.is_dora)}
    needed |= {name for name in texts if any(name in read for other, read in words.items() if other != name)}
    return [file.name for file in files if file.name in needed]


def _build_temporary(connection: DuckDBPyConnection, services: Services) -> None:
    catalog.create(connection, services, temporary=True)
    materialize(connection)
