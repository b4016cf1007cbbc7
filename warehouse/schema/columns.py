"""Describe the tables of the database: columns, keys and meanings, from which DDL and docs/DATABASE.md are generated."""

from collections.abc import Iterable
from typing import NamedTuple

VARCHAR, BIGINT, BOOLEAN, TIMESTAMP, DATE, JSON = "VARCHAR", "BIGINT", "BOOLEAN", "TIMESTAMP", "DATE", "JSON"
DOUBLE = "DOUBLE"


class Column(NamedTuple):
    """A column: name, type and meaning."""

    name: str
    type: str
    """DuckDB's type: https://duckdb.org/docs/stable/sql/data_types/overview."""
    meaning: str = ""


class SystemTable(NamedTuple):
    """A table that does not belong to a metric."""

    name: str
    about: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    """The primary key."""

    @property
    def ddl(self) -> str:
        """Return the statement that creates the table."""
        return create_table_sql(self.name, self.columns, self.key)


def create_table_sql(name: str, columns: Iterable[Column], key: Iterable[str] = ()) -> str:
    """Return the CREATE TABLE statement; without a key, the writer must keep the rows unique."""
    definitions = [f"{quote_identifier(column.name)} {column.type}" for column in columns]
    if key:
        definitions.append(f"PRIMARY KEY ({', '.join(map(quote_identifier, key))})")
    return f"CREATE TABLE {name} ({', '.join(definitions)})"


def epoch_ms_sql(time: str) -> str:
    """Return the SQL of a time's UNIX ms, which every engine has: sqlglot translates DuckDB's `epoch_ms` as its reverse."""
    return f"DATE_DIFF('millisecond', TIMESTAMP '1970-01-01 00:00:00', {time})"


def quote_identifier(name: str) -> str:
    """Quote a name so that SQL reads it as an identifier, whatever characters it contains.

    https://duckdb.org/docs/stable/sql/dialect/keywords_and_identifiers
    """
    return '"{}"'.format(name.replace('"', '""'))
