"""Remember the columns of the models for this process: a model without rows is then created without its statement.

To bind a statement takes several times as long as to create a table of named columns, and many databases are small.
"""

from collections.abc import Iterable, Mapping

from duckdb import DuckDBPyConnection

from warehouse.schema import metric_tables
from warehouse.schema.columns import quote_identifier
from warehouse.sql_files import SqlFile

_Key = tuple[str, ...]
_known: dict[_Key, Mapping[str, str]] = {}
"""The columns of each model as in CREATE TABLE, by all that decides them."""


def known(files: Iterable[SqlFile]) -> Mapping[str, str]:
    """Return the columns of each of these models as in CREATE TABLE; none if this process has not built them yet."""
    return _known.get(_key(files), {})


def remember(connection: DuckDBPyConnection, schema: str, files: Iterable[SqlFile]) -> None:
    """Remember the columns of these models, which are the tables of a schema."""
    key = _key(files)
    if key not in _known:
        rows = connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() "
            "WHERE database_name = current_database() AND schema_name = ? ORDER BY table_name, column_index",
            [schema],
        ).fetchall()
        columns: dict[str, list[str]] = {}
        for table, column, type in rows:
            columns.setdefault(table, []).append(f"{quote_identifier(column)} {type}")
        _known[key] = {table: ", ".join(listed) for table, listed in columns.items()}


def _key(files: Iterable[SqlFile]) -> _Key:
    """Return what decides the columns: the statements of the models, and the tables of the records."""
    return (metric_tables.fingerprint(), *(file.text for file in files))
