"""Upsert rows: of the records of one fact, keep the best, in whatever order they arrive.

Success beats networkError; then the later version, then a current record before the TypeScript original's, then the
higher schema, then the newest `created_at` wins. Path and source break the remaining ties, so the same files always produce the same rows.

The tables have no index: at a million rows, maintaining an index of strings costs more than it saves.
"""

from collections.abc import Sequence

from duckdb import DuckDBPyConnection

from warehouse import model_state
from warehouse.schema.columns import quote_identifier


def rank_tuple_sql(prefix: str = "") -> str:
    """Return the SQL tuple that ranks the records of one fact; the greatest is the best."""
    return (
        f"({prefix}status = 'success', {prefix}version, {prefix}delivery_id IS NOT NULL, {prefix}schema, "
        f"{prefix}received_at, {prefix}path, {prefix}source)"
    )


def latest_per_key_sql(rows: str, key: Sequence[str]) -> str:
    """Return the query of the best row of each key; `rows` is a table, or a query in brackets."""
    return f"SELECT * FROM {rows} QUALIFY row_number() OVER (PARTITION BY {', '.join(key)} ORDER BY {rank_tuple_sql()} DESC) = 1"


def upsert(connection: DuckDBPyConnection, into: str, key: Sequence[str], rows: str, among: str = "TRUE") -> None:
    """Insert the best of these rows, or update the existing row if the new one ranks equal or higher.

    Only existing rows (`t`) that fulfil the condition `among` are compared. The models of the changed repositories are no
    longer current then; files that are read again without a change change nothing.
    """
    same_key = " AND ".join((among, *(f"t.{name} = n.{name}" for name in key)))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE new_rows AS {latest_per_key_sql(rows, key)}")
    matches = _exists(connection, f"FROM {into} AS t SEMI JOIN new_rows AS n ON {same_key}")
    changes = _changes_sql(connection, into, same_key) if matches else "FROM new_rows AS n"
    if not _exists(connection, changes):
        return
    changed = f"SELECT n.host, n.repository_key {changes}"
    if matches:  # a fact may move to another repository_key
        changed += f" UNION ALL SELECT t.host, t.repository_key FROM {into} AS t SEMI JOIN (SELECT n.* {changes}) AS n ON {same_key}"
    model_state.mark_changed(connection, changed)
    if not matches:  # nearly always, and MERGE takes several times as long
        connection.execute(f"INSERT INTO {into} BY NAME FROM new_rows")
        return
    connection.execute(
        f"MERGE INTO {into} AS t USING new_rows AS n ON {same_key} "
        f"WHEN MATCHED AND {rank_tuple_sql('n.')} >= {rank_tuple_sql('t.')} THEN UPDATE BY NAME "
        "WHEN NOT MATCHED THEN INSERT BY NAME"
    )


def _changes_sql(connection: DuckDBPyConnection, into: str, same_key: str) -> str:
    """Return the query of the new rows that are inserted or replace a row that differs."""
    columns = [column[0] for column in connection.execute(f"SELECT * FROM {into} LIMIT 0").description or ()]
    is_same = " AND ".join(f"n.{name} IS NOT DISTINCT FROM t.{name}" for name in map(quote_identifier, columns))
    is_better = f"coalesce({rank_tuple_sql('n.')} >= {rank_tuple_sql('t.')}, FALSE)"
    return f"FROM new_rows AS n ANTI JOIN {into} AS t ON {same_key} AND (NOT {is_better} OR ({is_same}))"


def _exists(connection: DuckDBPyConnection, rows: str) -> bool:
    """Return whether a query without its SELECT has rows."""
    return bool(connection.execute(f"SELECT 1 {rows} LIMIT 1").fetchall())
