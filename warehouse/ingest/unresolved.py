"""Store records without GitHub's id of the fact or the repository in separate tables, and resolve their identities.

Each transaction copies to the metric's table the unresolved records that no other record covers, with the repository id
that is known by then for their repository's name. The result depends only on the set of merged records, not on their order: the
TypeScript original's records may be merged before current ones or after them.
"""

from duckdb import DuckDBPyConnection

from warehouse import model_state
from warehouse.ingest import legacy_format
from warehouse.ingest.upsert import latest_per_key_sql, upsert
from warehouse.schema.columns import create_table_sql
from warehouse.schema.metric_tables import Table, tables

SCHEMA = "aside"
_KEY = ("host", "repository_key", "identity")
_REPOSITORY = "lower(concat(owner, '/', repo))"


def create(connection: DuckDBPyConnection) -> None:
    """Create the empty tables of unresolved records."""
    connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}")
    for table in _unresolvable_tables():
        connection.execute(create_table_sql(table_name(table), table.columns))


def insert(connection: DuckDBPyConnection, table: Table, rows: str) -> None:
    """Insert rows (a table, or a query in brackets) into the metric's table or that of its unresolved records."""
    if not natural_key(table):
        upsert(connection, table.name, table.key, rows)
        return
    id_column = _id_column(table)
    _insert_resolved(connection, table, f"(FROM {rows} WHERE {id_column} IS NOT NULL)")
    upsert(connection, table_name(table), _KEY, f"(FROM {rows} WHERE {id_column} IS NULL)")


def _insert_resolved(connection: DuckDBPyConnection, table: Table, rows: str) -> None:
    """Insert rows with a resolved identity; provisional rows in the table never replace or block them."""
    upsert(connection, table.name, table.key, rows, among=f"t.{_id_column(table)} IS NOT NULL")


def resolve_identities(connection: DuckDBPyConnection) -> None:
    """Copy uncovered records to their metric's table, and set the repository key of records without a repository id."""
    if not _has_unresolved(connection):
        return
    _load_repository_names(connection)
    for table in tables().values():
        if not table.metric.repository_scoped:
            _set_repository_key(connection, table)
    for table in _unresolvable_tables():
        _copy_uncovered(connection, table, natural_key(table))


def _unresolvable_tables() -> list[Table]:
    return [table for table in tables().values() if natural_key(table)]


def natural_key(table: Table) -> tuple[str, ...]:
    """Return the natural key of a metric's unresolved records; empty if the metric cannot have any."""
    generic = ("repository_key", "identity") if table.metric.repository_scoped else ()
    return legacy_format.NATURAL.get(table.metric.name, generic)


def _id_column(table: Table) -> str:
    """Return the column that is null for unresolved records.

    The original's facts have no known ids; a repository's own facts need the repository's id.
    """
    return "delivery_id" if table.metric.name in legacy_format.NATURAL else "repository_id"


def table_name(table: Table) -> str:
    """Return the name of the table of a metric's unresolved records."""
    return f"{SCHEMA}.{table.name}"


def _has_unresolved(connection: DuckDBPyConnection) -> bool:
    names = [*(table.name for table in tables().values()), *map(table_name, _unresolvable_tables())]
    query = " UNION ALL ".join(f"(SELECT 1 FROM {name} WHERE repository_id IS NULL LIMIT 1)" for name in names)
    return bool(connection.execute(query).fetchall())


def _load_repository_names(connection: DuckDBPyConnection) -> None:
    """Build the temporary table of repository names: each name refers to the repository of its newest record."""
    records = " UNION ALL ".join(
        f"SELECT host, {_REPOSITORY} AS name, CAST(repository_id AS VARCHAR) AS key, received_at FROM {table.name} "
        "WHERE repository_id IS NOT NULL"
        for table in tables().values()
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE repository_names AS SELECT host, name, arg_max(key, (received_at, key)) AS key "
        f"FROM ({records}) GROUP BY host, name"
    )


def _set_repository_key(connection: DuckDBPyConnection, table: Table) -> None:
    named = (
        "t.repository_id IS NULL AND n.host = t.host AND n.name = lower(concat(t.owner, '/', t.repo)) "
        "AND t.repository_key <> n.key"
    )
    moved = f"FROM {table.name} AS t JOIN repository_names AS n ON {named}"
    if connection.execute(f"SELECT 1 {moved} LIMIT 1").fetchall():
        model_state.mark_changed(
            connection, f"SELECT t.host, unnest([t.repository_key, n.key]) AS repository_key {moved}"
        )
        connection.execute(
            f"UPDATE {table.name} AS t SET repository_key = n.key FROM repository_names AS n WHERE {named}"
        )


def _copy_uncovered(connection: DuckDBPyConnection, table: Table, natural: tuple[str, ...]) -> None:
    """Copy records that no other covers to the metric's table; a networkError row is swapped with an unresolved success.

    Copies are made of unresolved records only, so where there is no such record there is nothing to copy or to replace.
    """
    if not connection.execute(f"SELECT 1 FROM {table_name(table)} LIMIT 1").fetchall():
        return
    id_column = _id_column(table)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE earlier_facts AS FROM {table.name} WHERE {id_column} IS NULL")
    connection.execute(f"DELETE FROM {table.name} WHERE {id_column} IS NULL")
    _insert_resolved(connection, table, f"(FROM {table_name(table)} WHERE {id_column} IS NOT NULL)")
    connection.execute(f"DELETE FROM {table_name(table)} WHERE {id_column} IS NOT NULL")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE unresolved_facts AS {_unresolved_facts_sql(table, natural)}")
    same_key = (f"o.{part} = t.{part}" for part in ("host", *natural))
    same = " AND ".join((*same_key, legacy_format.COVERED.get(table.metric.name, "TRUE")))
    better = f"t.status <> 'success' AND EXISTS (FROM unresolved_facts AS o WHERE o.status = 'success' AND {same})"
    swapped = f"FROM {table.name} AS t WHERE {better}"
    if connection.execute(f"SELECT 1 {swapped} LIMIT 1").fetchall():
        model_state.mark_changed(connection, f"SELECT t.host, t.repository_key {swapped}")
    connection.execute(f"INSERT INTO {table_name(table)} {swapped}")
    connection.execute(f"DELETE FROM {table.name} AS t WHERE {better}")
    connection.execute(
        f"INSERT INTO {table.name} FROM unresolved_facts AS o WHERE NOT EXISTS (FROM {table.name} AS t WHERE {same})"
    )
    now = f"FROM {table.name} WHERE {id_column} IS NULL"
    differing = (
        f"SELECT host, repository_key FROM ((FROM earlier_facts EXCEPT ALL {now}) "
        f"UNION ALL ({now} EXCEPT ALL FROM earlier_facts))"
    )
    if connection.execute(f"SELECT 1 FROM ({differing}) LIMIT 1").fetchall():
        model_state.mark_changed(connection, differing)
    connection.execute("DROP TABLE temp.earlier_facts")


def _unresolved_facts_sql(table: Table, natural: tuple[str, ...]) -> str:
    """Return the query of the best unresolved record of each fact, with the keys of resolved records."""
    keyed = (
        f"SELECT a.* REPLACE (coalesce(n.key, a.repository_key) AS repository_key) FROM {table_name(table)} AS a "
        "LEFT JOIN repository_names AS n ON n.host = a.host AND n.name = a.repository_key"
    )
    return f"SELECT b.* REPLACE ({_identity_sql(natural)} AS identity) FROM ({latest_per_key_sql(f'({keyed})', ('host', *natural))}) AS b"


def _identity_sql(natural: tuple[str, ...]) -> str:
    """Return the SQL of the identity: that of the pull request if known; a repository's own facts have one already."""
    if "identity" in natural:
        return "identity"
    fallback = f"concat_ws('@', '{legacy_format.COLLECTED_BY}', {', '.join(natural)})"
    if natural != ("pr_id",):
        return fallback
    closed = tables()["code-review-involvement"].name
    pull_request = f"SELECT max(c.identity) FROM {closed} AS c WHERE c.merged AND c.host = b.host AND c.pr_id = b.pr_id"
    return f"coalesce(({pull_request}), {fallback})"
