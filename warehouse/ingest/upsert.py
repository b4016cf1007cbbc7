"""Each fact once: of the records of one fact, the best stays, in whatever order they come.

Success beats networkError; then the later version, then ours before the TypeScript original's, then the newest
`created_at` wins. What is left is told apart by path and source, so that the same files always make the same rows.

The tables have no index: one of strings costs more to keep, at a million rows, than to do without.
"""

from collections.abc import Sequence

from duckdb import DuckDBPyConnection


def rank_tuple_sql(of: str = "") -> str:
    """By what two records of one fact are compared; the greater is the better one."""
    return f"({of}status = 'success', {of}version, {of}delivery_id IS NOT NULL, {of}received_at, {of}path, {of}source)"


def latest_per_key_sql(rows: str, key: Sequence[str]) -> str:
    """Of rows (a table, or a query in brackets), the best of each key."""
    return f"SELECT * FROM {rows} QUALIFY row_number() OVER (PARTITION BY {', '.join(key)} ORDER BY {rank_tuple_sql()} DESC) = 1"


def upsert(connection: DuckDBPyConnection, into: str, key: Sequence[str], rows: str, among: str = "TRUE") -> None:
    """The best of these rows, where they are better than what is there, or as good and read later.

    Of what is there (`t`), only rows with `among` count.
    """
    same = " AND ".join((among, *(f"t.{name} = n.{name}" for name in key)))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE new AS {latest_per_key_sql(rows, key)}")
    known = connection.execute(f"SELECT 1 FROM {into} AS t SEMI JOIN new AS n ON {same} LIMIT 1").fetchall()
    if not known:  # nearly always; MERGE would take several times as long
        connection.execute(f"INSERT INTO {into} BY NAME FROM new")
        return
    connection.execute(
        f"MERGE INTO {into} AS t USING new AS n ON {same} "
        f"WHEN MATCHED AND {rank_tuple_sql('n.')} >= {rank_tuple_sql('t.')} THEN UPDATE BY NAME "
        "WHEN NOT MATCHED THEN INSERT BY NAME"
    )
