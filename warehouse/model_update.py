"""Compute the models of the components again whose facts changed; all other rows of the models and numbers stay.

The records of these components become temporary tables, which hide those of the file by name: so the same statements
compute the models of these alone. What is stored of the components is replaced, in one transaction of the caller.
"""

from collections.abc import Collection, Iterable

from duckdb import DuckDBPyConnection

from warehouse import catalog, components, environments, model_state
from warehouse.components import Key
from warehouse.environments import Repository
from warehouse.model_state import OUTDATED, SCHEMA
from warehouse.python_tables import register_texts
from warehouse.report import numbers
from warehouse.schema.columns import quote_identifier
from warehouse.schema.metric_tables import tables
from warehouse.services import Services
from warehouse.sql_files import model_names, named_files

LARGEST_SHARE = 0.5
"""Above this share of the repositories, to compute all takes less time."""
_REPOSITORIES, _SERVICES = "component_repositories", "component_services"
TEMPORARY = (_REPOSITORIES, _SERVICES)
"""The temporary tables that say what is computed again: repositories with their names, before and now, and services."""
_OF_COMPONENT = {
    "repository_key": f"(host, repository_key) IN (SELECT host, repository_key FROM {_REPOSITORIES})",
    "issue_key": f"(host, issue_key) IN (SELECT host, repository_key FROM {_REPOSITORIES})",
    "deploying_key": f"(host, deploying_key) IN (SELECT host, repository_key FROM {_REPOSITORIES})",
    "service": f"service IN (SELECT service FROM {_SERVICES})",
    "repository": f"repository IN (SELECT name FROM {_REPOSITORIES})",
}
"""The condition of the rows of a component, by the column that says of which component a row is, in order of preference."""


def begin(connection: DuckDBPyConnection, services: Services) -> bool:
    """Hide all records but those of the components with changed facts, and build their catalog.

    Returns False, and hides nothing, if most would be computed again. Requires `model_state.can_be_updated`.
    """
    environment_names = environments.names(connection)
    _mark_labelled(connection, environment_names)
    changed = catalog.repositories(connection, model_state.changed_sql())
    components.add_links(connection, services, changed)
    found, names = components.connected(connection, model_state.changed_repositories(connection))
    [(known,)] = connection.execute("SELECT count(*) FROM catalog").fetchall()
    if len(found) > known * LARGEST_SHARE:
        return False
    _write_component(connection, found, names, changed)
    in_file = _file_schema(connection)
    for table in tables().values():
        selection = f"SELECT * FROM {in_file}.{table.name} WHERE {_OF_COMPONENT['repository_key']}"
        connection.execute(f"CREATE TEMP TABLE {table.name} AS {selection}")
    catalog.create(connection, services, temporary=True, environment_names=environment_names)
    return True


def replace(connection: DuckDBPyConnection, empty: Collection[str]) -> None:
    """Replace what is stored of the components by their temporary models, and by numbers computed from these.

    `empty` names temporary models without rows: for these nothing is inserted.
    """
    in_file = _file_schema(connection)
    for table in catalog.TABLES:
        condition = _condition(column.name for column in table.columns)
        _replace(connection, f"{in_file}.{table.name}", table.name, condition or "TRUE")
    periods = numbers.stored_periods(connection, OUTDATED)
    of_report = numbers.store_temporarily(connection, periods) if periods else []
    conditions = _conditions(connection)
    for name in sorted(model_names()):
        if condition := conditions[OUTDATED + name]:
            _replace(connection, f"{SCHEMA}.{OUTDATED}{name}", "" if name in empty else name, condition)
    for name in of_report:
        if (condition := conditions[OUTDATED + name]) is None:
            raise AssertionError(f"{name} has no column of {', '.join(_OF_COMPONENT)}")
        _replace(connection, f"{SCHEMA}.{OUTDATED}{name}", name, condition)
        connection.execute(f"DROP TABLE temp.{name}")


def finish(connection: DuckDBPyConnection) -> None:
    """Give the models their names again, and compute those of all repositories that no column divides into components."""
    model_state.make_current(connection)
    for file in named_files(whole_models(connection)):
        connection.execute(f"DELETE FROM {SCHEMA}.{file.name}")
        connection.execute(f"INSERT INTO {SCHEMA}.{file.name} {file.text}")


def whole_models(connection: DuckDBPyConnection) -> list[str]:
    """Return the models of which no column says of which component a row is, in order of what they read."""
    conditions = _conditions(connection)
    order = model_state.build_order(connection)
    return [name for name in order if name in model_names() and conditions[name] is None]


def _mark_labelled(connection: DuckDBPyConnection, environment_names: Collection[str]) -> None:
    """Mark the repositories with an incident of which a label is the name of an environment that is new, or gone."""
    known = {name for (name,) in connection.execute("SELECT name FROM environment_names").fetchall()}
    if other := known ^ {*environment_names}:
        rows = connection.execute(
            "SELECT DISTINCT host, repository_key, unnest(COALESCE(all_labels, labels)) FROM incident"
        ).fetchall()
        found = {(host, key) for host, key, label in rows if label.lower() in other}
        if found:
            register_texts(connection, "labelled", ("host", "repository_key"), found)
            model_state.mark_changed(connection, "FROM labelled")
            connection.unregister("labelled")


def _write_component(
    connection: DuckDBPyConnection, found: Collection[Key], services: Collection[str], changed: Iterable[Repository]
) -> None:
    """Write the temporary tables that say what is computed again."""
    stored = connection.execute("SELECT host, repository_key, name FROM catalog").fetchall()
    named = {(host, key, name) for host, key, name in (*stored, *changed) if (host, key) in found}
    keys = {(host, key) for host, key, _ in named}
    rows = {*named, *((*key, "") for key in found if key not in keys)}
    for table, columns, values in (
        (_REPOSITORIES, ("host", "repository_key", "name"), rows),
        (_SERVICES, ("service",), {(service,) for service in services}),
    ):
        register_texts(connection, "component_rows", columns, values)
        connection.execute(f"CREATE TEMP TABLE {table} AS FROM component_rows")
        connection.unregister("component_rows")


def _replace(connection: DuckDBPyConnection, stored: str, temporary: str, condition: str) -> None:
    connection.execute(f"DELETE FROM {stored} WHERE {condition}")
    if temporary:
        connection.execute(f"INSERT INTO {stored} FROM temp.{temporary}")


def _conditions(connection: DuckDBPyConnection) -> dict[str, str | None]:
    """Return the condition of the rows of the components, by the table of models or numbers."""
    columns = connection.execute(
        "SELECT table_name, list(column_name) FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = ? GROUP BY ALL",
        [SCHEMA],
    )
    return {table: _condition(names) for table, names in columns.fetchall()}


def _condition(columns: Iterable[str]) -> str | None:
    """Return the condition of the rows of the components; None if no column says of which component a row is."""
    names = set(columns)
    return next((condition for column, condition in _OF_COMPONENT.items() if column in names), None)


def _file_schema(connection: DuckDBPyConnection) -> str:
    """Return the schema of the tables of the file: with it they are found also while temporary tables hide them."""
    [(database,)] = connection.execute("SELECT current_database()").fetchall()
    return f"{quote_identifier(database)}.main"
