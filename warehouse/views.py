"""Build the models: each SQL file of `sql/views/` is a table, made once in the order of what it reads.

The tables are in the schema `models`. Each has a view of its name in `main`, and so has each measure, so that a query
finds all of them by name. If the file cannot be written, the models are temporary tables of the connection.
"""

from collections.abc import Iterable

from duckdb import DuckDBPyConnection
from pydantic import ValidationError

from core.errors import TelemetryError
from warehouse import catalog, components, model_state, model_update
from warehouse.measures import measures as all_measures
from warehouse.measures import takes_links
from warehouse.report import marts
from warehouse.schema import metric_tables
from warehouse.services import Services
from warehouse.sql_files import FOLDERS, SqlFile, files_for, model_names, named_files, ordered_files, sql_files
from warehouse.transactions import transaction

_OF_EVIDENCE = "report_environments"
"""The model that says which service and environment an item is of."""
_ANALYZED_FROM = 1_000
"""Rows of a temporary model from which a badly planned join of it costs more than its statistics do."""
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
    _create_temporary(connection, files_for({*measures, _OF_EVIDENCE, *links} if measures else names()))


def _create_temporary(connection: DuckDBPyConnection, files: Iterable[SqlFile]) -> None:
    for file in files:
        if file.name not in model_names():
            connection.execute(f"CREATE OR REPLACE TEMP VIEW {file.name} AS {file.text}")
            continue
        [(rows,)] = connection.execute(f"CREATE OR REPLACE TEMP TABLE {file.name} AS {file.text}").fetchall()
        if rows >= _ANALYZED_FROM:
            connection.execute(f"ANALYZE {file.name}")  # as in _build


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
    _create_temporary(connection, named_files(model_state.build_order(connection)))
    model_update.replace(connection)
    drop_materialized(connection)
    model_update.finish(connection)
    return True


def _build(connection: DuckDBPyConnection, services: Services) -> None:
    are_views_current = model_state.are_views_current(connection, names())
    model_state.drop_models(connection)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {model_state.SCHEMA}")
    components.store_links(connection, services, catalog.create(connection, services))
    files = ordered_files()
    for file in files:
        selection = file.text
        if file.name in model_names():
            table = f"{model_state.SCHEMA}.{file.name}"
            connection.execute(f"CREATE TABLE {table} AS {file.text}")
            # a table of an open transaction has no statistics, and joins of such tables are planned badly:
            # https://duckdb.org/docs/stable/sql/statements/analyze
            connection.execute(f"ANALYZE {table}")
            selection = f"SELECT * FROM {table}"
        if not are_views_current:
            connection.execute(f"CREATE OR REPLACE VIEW {file.name} AS {selection}")
    model_state.remember(connection, services.of_models, [file.name for file in files])


def _build_temporary(connection: DuckDBPyConnection, services: Services) -> None:
    catalog.create(connection, services, temporary=True)
    materialize(connection)
