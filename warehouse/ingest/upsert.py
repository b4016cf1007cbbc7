"""Upsert rows: of the records of one fact, keep the best, in whatever order they arrive.

Success beats networkError; then the later version, then a current record before the TypeScript original's, then the
higher schema, then the newest `created_at` wins. Path and source break the remaining ties, so the same files always produce the same rows.

The tables have no index: at a million rows, maintaining an index of strings costs more than it saves.
"""

from collections.abc import Sequence

from duckdb import DuckDBPyConnection


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

    Only existing rows (`t`) that fulfil the condition `among` are compared.
    """
    same_key = " AND ".join((among, *(f"t.{name} = n.{name}" for name in key)))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE new_rows AS {latest_per_key_sql(rows, key)}")
    matches = connection.execute(f"SELECT 1 FROM {into} AS t SEMI JOIN new_rows AS n ON {same_key} LIMIT 1").fetchall()
    if not matches:  # nearly always, and MERGE takes several times as long
        connection.execute(f"INSERT INTO {into} BY NAME FROM new_rows")
        return
    connection.execute(
        f"MERGE INTO {into} AS t USING new_rows AS n ON {same_key} "
        f"WHEN MATCHED AND {rank_tuple_sql('n.')} >= {rank_tuple_sql('t.')} THEN UPDATE BY NAME "
        "WHEN NOT MATCHED THEN INSERT BY NAME"
    )
