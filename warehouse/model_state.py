"""Decide whether the models in the database file are current: built from its records, these settings and this version.

The tables of the schema `models` have their names only while they are current. Every transaction that changes a fact gives
them other names, so that a crash between a merge and the next build leaves no number of older records: a query fails
instead. The same transaction records whose facts it changed, so that the next build computes only these again.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from duckdb import DuckDBPyConnection

from warehouse.empty_models import Conditions
from warehouse.schema.columns import quote_identifier

SCHEMA = "models"
_BUILD = "build"
"""The table with the settings and the order of the last build, which stays when the models are dropped."""
_CHANGED = "changed"
"""The table with the repositories whose facts changed since the last build."""
LINKS = "links"
"""The table that says which repositories have to be computed together."""
NO_MODELS = frozenset({_BUILD, _CHANGED, LINKS})
"""The tables of the schema that were not built from the facts for a report."""
OUTDATED = "outdated_"
"""What the name of a table begins with while it is not current."""
_CATALOG = "catalog"


def is_current(connection: DuckDBPyConnection, models: Collection[str], views: Collection[str], settings: str) -> bool:
    """Return whether all models and views exist and were built by this version from these settings (JSON)."""
    return (
        are_views_current(connection, views)
        and {*models} <= built_tables(connection)
        and last_settings(connection) == settings
    )


def are_views_current(connection: DuckDBPyConnection, views: Collection[str]) -> bool:
    """Return whether all views exist and were created by this version, as the comment on the catalog says."""
    comments = connection.execute(
        "SELECT comment FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'main' "
        f"AND table_name = '{_CATALOG}'"
    ).fetchall()
    existing = connection.execute(
        "SELECT view_name FROM duckdb_views() WHERE database_name = current_database() AND schema_name = 'main'"
    ).fetchall()
    return comments == [(fingerprint(),)] and {*views} <= {name for (name,) in existing}


def last_settings(connection: DuckDBPyConnection) -> str | None:
    """Return the settings (JSON) of the last build; None if there was none."""
    if _BUILD not in built_tables(connection):
        return None
    rows = connection.execute(f"SELECT settings FROM {SCHEMA}.{_BUILD}").fetchall()
    return str(rows[0][0]) if rows else None


def build_order(connection: DuckDBPyConnection) -> list[str]:
    """Return the models, and the measures that others read, in the order of the last build; requires `can_be_updated`."""
    [(order,)] = connection.execute(f"SELECT build_order FROM {SCHEMA}.{_BUILD}").fetchall()
    return list(order)


def conditions(connection: DuckDBPyConnection) -> dict[str, list[list[str]]]:
    """Return which tables have to be empty so that a model or measure has no rows; requires `can_be_updated`."""
    [(text,)] = connection.execute(f"SELECT conditions FROM {SCHEMA}.{_BUILD}").fetchall()
    found: dict[str, list[list[str]]] = json.loads(text)
    return found


def remember(connection: DuckDBPyConnection, settings: str, conditions: Conditions, order: Sequence[str]) -> None:
    """Record that the models and views are those of this version and of these settings.

    Beside them it records what takes long to derive: when they are empty, and the order of those that an update needs.
    """
    texts = {name: [sorted(tables) for tables in condition] for name, condition in conditions.items()}
    connection.execute(
        f"CREATE OR REPLACE TABLE {SCHEMA}.{_BUILD} AS SELECT ? AS settings, ? AS build_order, ? AS conditions",
        [settings, [*order], json.dumps(texts)],
    )
    connection.execute(f"COMMENT ON TABLE {_CATALOG} IS '{fingerprint()}'")


def mark_changed(connection: DuckDBPyConnection, repositories: str) -> None:
    """Record that facts of these repositories change (a query of host and repository_key): no model is current then.

    Without models there is nothing to record.
    """
    tables = built_tables(connection)
    built = sorted(name for name in tables - NO_MODELS if not name.startswith(OUTDATED))
    for name in built:
        connection.execute(f"ALTER TABLE {SCHEMA}.{name} RENAME TO {OUTDATED}{name}")
    if built:
        connection.execute(f"CREATE OR REPLACE TABLE {SCHEMA}.{_CHANGED} (host VARCHAR, repository_key VARCHAR)")
    if built or _CHANGED in tables:
        new = f"SELECT DISTINCT * FROM ({repositories}) EXCEPT FROM {SCHEMA}.{_CHANGED}"
        connection.execute(f"INSERT INTO {SCHEMA}.{_CHANGED} {new}")


def changed_sql() -> str:
    """Return the table with host and key of the repositories whose facts changed; requires `can_be_updated`."""
    return f"{SCHEMA}.{_CHANGED}"


def changed_repositories(connection: DuckDBPyConnection) -> set[tuple[str, str]]:
    """Return host and key of the repositories whose facts changed since the last build; requires `can_be_updated`."""
    return set(connection.execute(f"FROM {changed_sql()}").fetchall())


def can_be_updated(
    connection: DuckDBPyConnection, models: Collection[str], views: Collection[str], settings: str
) -> bool:
    """Return whether only facts changed since this version built all models from these settings (JSON)."""
    return (
        {_CHANGED, LINKS, *(OUTDATED + name for name in models)} <= built_tables(connection)
        and are_views_current(connection, views)
        and last_settings(connection) == settings
    )


def make_current(connection: DuckDBPyConnection) -> None:
    """Give all tables their names again: those that changed have been computed again."""
    for name in sorted(built_tables(connection)):
        if name.startswith(OUTDATED):
            connection.execute(f"ALTER TABLE {SCHEMA}.{name} RENAME TO {name.removeprefix(OUTDATED)}")
    connection.execute(f"DROP TABLE {SCHEMA}.{_CHANGED}")


def drop_models(connection: DuckDBPyConnection) -> None:
    """Drop everything that was built from the facts; the settings of the last build stay."""
    for name in sorted(built_tables(connection) - {_BUILD}):
        connection.execute(f"DROP TABLE {SCHEMA}.{quote_identifier(name)}")


def built_tables(connection: DuckDBPyConnection) -> set[str]:
    """Return the names of all tables of the schema."""
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = ?", [SCHEMA]
    )
    return {name for (name,) in rows.fetchall()}


def is_read_only(connection: DuckDBPyConnection) -> bool:
    """Return whether the database file is opened read-only; temporary tables are possible then."""
    rows = connection.execute("SELECT readonly FROM duckdb_databases() WHERE database_name = current_database()")
    return rows.fetchall() == [(True,)]


def has_temporary_models(connection: DuckDBPyConnection) -> bool:
    """Return whether this connection uses a temporary catalog, and so temporary models, instead of those in the file."""
    found = connection.execute(f"SELECT 1 FROM duckdb_tables() WHERE temporary AND table_name = '{_CATALOG}'")
    return bool(found.fetchall())


@cache
def fingerprint() -> str:
    """Return a hash of the source of this package: another version builds the models again."""
    digest = hashlib.sha256()
    for path, content in _sources(files("warehouse"), ""):
        digest.update(f"{path} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


def _sources(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _sources(entry, f"{path}{entry.name}/")
        elif entry.name.endswith((".py", ".sql")):
            yield path + entry.name, entry.read_bytes()
