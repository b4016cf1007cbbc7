"""What a table of the database is: columns, a key, and what each is for. DDL and docs/DATABASE.md are made of it."""

from collections.abc import Iterable
from typing import NamedTuple

TEXT, WHOLE, FLAG, TIME, DAY, ANY = "VARCHAR", "BIGINT", "BOOLEAN", "TIMESTAMP", "DATE", "JSON"


class Column(NamedTuple):
    """A column."""

    name: str
    type: str
    """As DuckDB has it: https://duckdb.org/docs/stable/sql/data_types/overview."""
    meaning: str = ""


class SystemTable(NamedTuple):
    """A table that is no metric's."""

    name: str
    about: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    """The columns by which two rows are the same."""

    @property
    def ddl(self) -> str:
        """The statement that makes it."""
        return create_table_sql(self.name, self.columns, self.key)


def create_table_sql(name: str, columns: Iterable[Column], key: Iterable[str] = ()) -> str:
    """The statement that makes a table; without a key, nothing but who writes it keeps its rows apart."""
    told = [f"{quote_identifier(column.name)} {column.type}" for column in columns]
    if key:
        told.append(f"PRIMARY KEY ({', '.join(map(quote_identifier, key))})")
    return f"CREATE TABLE {name} ({', '.join(told)})"


def quote_identifier(name: str) -> str:
    """Return a name that SQL takes for nothing else, whatever is in it.

    https://duckdb.org/docs/stable/sql/dialect/keywords_and_identifiers
    """
    return '"{}"'.format(name.replace('"', '""'))
