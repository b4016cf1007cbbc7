"""Records that GitHub's ids do not tell the fact or the repository of: kept aside, in tables of their own.

With each transaction those are shown, in the tables of their metrics, that no other record covers, under the id that their
repository's name has got meanwhile. What is shown follows from all that was ever merged, so it does not matter in
which order it came: the TypeScript original's records before ours, or after them.
"""

from duckdb import DuckDBPyConnection

from warehouse.ingest import legacy_format
from warehouse.ingest.upsert import latest_per_key_sql, upsert
from warehouse.schema.columns import create_table_sql
from warehouse.schema.metric_tables import Table, tables

SCHEMA = "aside"
_KEY = ("host", "repository_key", "identity")
_REPOSITORY = "lower(concat(owner, '/', repo))"


def make(connection: DuckDBPyConnection) -> None:
    """The tables aside, empty."""
    connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}")
    for table in _with_some():
        connection.execute(create_table_sql(_aside(table), table.columns))


def insert(connection: DuckDBPyConnection, table: Table, rows: str) -> None:
    """Rows (a table, or a query in brackets) into the metric's table, or aside."""
    if not _natural(table):
        upsert(connection, table.name, table.key, rows)
        return
    known = _known_by(table)
    _insert_known(connection, table, f"(FROM {rows} WHERE {known} IS NOT NULL)")
    upsert(connection, _aside(table), _KEY, f"(FROM {rows} WHERE {known} IS NULL)")


def _insert_known(connection: DuckDBPyConnection, table: Table, rows: str) -> None:
    """What is only shown for now takes nobody's place."""
    upsert(connection, table.name, table.key, rows, among=f"t.{_known_by(table)} IS NOT NULL")


def resolve_identities(connection: DuckDBPyConnection) -> None:
    """Show what nothing else covers, and name the repositories of all records that do not know its id."""
    if not _any(connection):
        return
    _learn_names(connection)
    for table in tables().values():
        if not table.metric.of_repository:
            _name_repository(connection, table)
    for table in _with_some():
        _show(connection, table, _natural(table))


def _with_some() -> list[Table]:
    return [table for table in tables().values() if _natural(table)]


def _natural(table: Table) -> tuple[str, ...]:
    """The columns that tell a fact of records of which some are kept aside; none: of these metrics none are."""
    generic = ("repository_key", "identity") if table.metric.of_repository else ()
    return legacy_format.NATURAL.get(table.metric.name, generic)


def _known_by(table: Table) -> str:
    """The column that is null of what belongs aside.

    The original's facts have no ids that we know; of a repository's own facts it matters which one that is.
    """
    return "delivery_id" if table.metric.name in legacy_format.NATURAL else "repository_id"


def _aside(table: Table) -> str:
    return f"{SCHEMA}.{table.name}"


def _any(connection: DuckDBPyConnection) -> bool:
    places = [*(table.name for table in tables().values()), *map(_aside, _with_some())]
    found = " UNION ALL ".join(f"(SELECT 1 FROM {place} WHERE repository_id IS NULL LIMIT 1)" for place in places)
    return bool(connection.execute(found).fetchall())


def _learn_names(connection: DuckDBPyConnection) -> None:
    """Which repository had a name: the one that a record told of it last."""
    told = " UNION ALL ".join(
        f"SELECT host, {_REPOSITORY} AS name, CAST(repository_id AS VARCHAR) AS key, received_at FROM {table.name} "
        "WHERE repository_id IS NOT NULL"
        for table in tables().values()
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE named AS SELECT host, name, arg_max(key, (received_at, key)) AS key "
        f"FROM ({told}) GROUP BY host, name"
    )


def _name_repository(connection: DuckDBPyConnection, table: Table) -> None:
    connection.execute(
        f"UPDATE {table.name} AS t SET repository_key = n.key FROM named AS n WHERE t.repository_id IS NULL "
        "AND n.host = t.host AND n.name = lower(concat(t.owner, '/', t.repo)) AND t.repository_key <> n.key"
    )


def _show(connection: DuckDBPyConnection, table: Table, natural: tuple[str, ...]) -> None:
    """Where another one says less (networkError), that goes aside in place of it."""
    known = _known_by(table)
    connection.execute(f"DELETE FROM {table.name} WHERE {known} IS NULL")
    _insert_known(connection, table, f"(FROM {_aside(table)} WHERE {known} IS NOT NULL)")
    connection.execute(f"DELETE FROM {_aside(table)} WHERE {known} IS NOT NULL")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE told AS {_named_best(table, natural)}")
    same = " AND ".join(f"o.{part} = t.{part}" for part in ("host", *natural))
    better = f"t.status <> 'success' AND EXISTS (FROM told AS o WHERE o.status = 'success' AND {same})"
    connection.execute(f"INSERT INTO {_aside(table)} FROM {table.name} AS t WHERE {better}")
    connection.execute(f"DELETE FROM {table.name} AS t WHERE {better}")
    connection.execute(
        f"INSERT INTO {table.name} FROM told AS o WHERE NOT EXISTS (FROM {table.name} AS t WHERE {same})"
    )


def _named_best(table: Table, natural: tuple[str, ...]) -> str:
    """The best of each fact that is kept aside, with the keys that it has among the others."""
    named = (
        f"SELECT a.* REPLACE (coalesce(n.key, a.repository_key) AS repository_key) FROM {_aside(table)} AS a "
        "LEFT JOIN named AS n ON n.host = a.host AND n.name = a.repository_key"
    )
    return f"SELECT b.* REPLACE ({_identity(natural)} AS identity) FROM ({latest_per_key_sql(f'({named})', ('host', *natural))}) AS b"


def _identity(natural: tuple[str, ...]) -> str:
    """That of the pull request where it is known; of what is the repository's own it is known already."""
    if "identity" in natural:
        return "identity"
    told = f"concat_ws('@', '{legacy_format.COLLECTED_BY}', {', '.join(natural)})"
    if natural != ("pr_id",):
        return told
    closed = tables()["code-review-involvement"].name
    known = f"SELECT max(c.identity) FROM {closed} AS c WHERE c.merged AND c.host = b.host AND c.pr_id = b.pr_id"
    return f"coalesce(({known}), {told})"
