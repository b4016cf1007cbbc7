"""Each fact once: of the records of one fact, the best stays, in whatever order they come.

Success beats networkError; then the later version, then ours before the TypeScript original's, then the newest
`created_at` wins. What is left is told apart by path and source, so that the same files always make the same rows.
"""

from collections.abc import Sequence

from duckdb import DuckDBPyConnection

from warehouse.columns import Column, quoted


def ranked(of: str = "") -> str:
    """By what two records of one fact are compared; the greater is the better one."""
    return f"({of}status = 'success', {of}version, {of}delivery_id IS NOT NULL, {of}received_at, {of}path, {of}source)"


def best(rows: str, key: Sequence[str]) -> str:
    """Of rows (a table, or a query in brackets), the best of each key."""
    return (
        f"SELECT * FROM {rows} QUALIFY row_number() OVER (PARTITION BY {', '.join(key)} ORDER BY {ranked()} DESC) = 1"
    )


def upsert(connection: DuckDBPyConnection, into: str, columns: Sequence[Column], key: Sequence[str], rows: str) -> None:
    """The best of these rows, where they are better than what is there, or as good and read later."""
    changed = (quoted(column.name) for column in columns if column.name not in key)
    connection.execute(
        f"INSERT INTO {into} AS t BY NAME {best(rows, key)} "
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in changed)} "
        f"WHERE {ranked('excluded.')} >= {ranked('t.')}"
    )
