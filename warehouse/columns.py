"""What a table of the database is: columns, a key, and what each is for. DDL and docs/DATABASE.md are made of it."""

from typing import NamedTuple

TEXT, WHOLE, FLAG, TIME, DAY, ANY = "VARCHAR", "BIGINT", "BOOLEAN", "TIMESTAMP", "DATE", "JSON"


class Column(NamedTuple):
    """A column."""

    name: str
    type: str
    """As DuckDB has it: https://duckdb.org/docs/stable/sql/data_types/overview."""
    meaning: str


class OwnTable(NamedTuple):
    """A table that is no metric's."""

    name: str
    about: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    """The columns by which two rows are the same."""

    @property
    def ddl(self) -> str:
        """The statement that makes it."""
        return created(self.name, self.columns, self.key)


def created(name: str, columns: tuple[Column, ...], key: tuple[str, ...]) -> str:
    """The statement that makes a table; none of the names needs quotes."""
    told = ", ".join(f"{column.name} {column.type}" for column in columns)
    return f"CREATE TABLE {name} ({told}, PRIMARY KEY ({', '.join(key)}))"
