"""Write marts as an engine does, with DuckDB: the tables of a merged database, then the catalog's files, then the marts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from warehouse.database import restricted
from warehouse.engines import catalog_files, marts
from warehouse.schema.metric_tables import tables as metric_tables
from warehouse.services import Services
from warehouse.sql_files import model_names, view_statements


class Folder:
    """Implements warehouse.engines.parquet.Tables on a folder."""

    def __init__(self, path: Path) -> None:
        self.address = path.name
        self._path = path

    def names(self) -> set[str]:
        return {path.name for path in self._path.iterdir()}

    def files(self, table: str) -> list[Path]:
        return sorted(self._path.glob(f"{table}/*.parquet"))


def put(folder: Path, path: str, content: bytes) -> None:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def write_query(connection: DuckDBPyConnection, query: str, folder: Path) -> None:
    """Write rows as Parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(connection.sql(query).to_arrow_table(), folder / "part-0.parquet")


def write_facts(connection: DuckDBPyConnection, folder: Path) -> None:
    """Write what `telemetry catalog` reads."""
    for name, query in catalog_files.fact_statements().items():
        write_query(connection, query, folder / name)


def write_marts(connection: DuckDBPyConnection, folder: Path) -> None:
    """Create all models and marts, and write the marts; requires the catalog's tables."""
    for name, text in view_statements():
        kind = "TABLE" if name in model_names() else "VIEW"
        connection.execute(f"CREATE {kind} {name} AS {text}")
    for statement in marts.statements():
        connection.execute(f"CREATE {'VIEW' if statement.is_view else 'TABLE'} {statement.name} AS {statement.sql}")
    for name, table in marts.folders().items():
        write_query(connection, f"FROM {table}", folder / name)


@contextmanager
def engine(database: DuckDBPyConnection, file: Path) -> Iterator[DuckDBPyConnection]:
    """Open a database with the facts and rejects of another one, and nothing else."""
    with restricted(file) as connection:
        for name in (*(table.name for table in metric_tables().values()), "rejects"):
            connection.register("copied", database.sql(f"FROM {name}").to_arrow_table())
            connection.execute(f"CREATE TABLE {name} AS FROM copied")
            connection.unregister("copied")
        yield connection


def load_catalog(connection: DuckDBPyConnection, folder: Path) -> None:
    """Create the tables of the catalog's files."""
    for table in catalog_files.TABLES:
        connection.register("copied", pq.read_table(folder / table.name))
        connection.execute(f"CREATE TABLE {table.name} AS FROM copied")
        connection.unregister("copied")


def make(database: DuckDBPyConnection, services: Services, now: int, folder: Path) -> Path:
    """Write facts, catalog and marts of a merged database below a folder; return that of the marts."""
    folder.mkdir(parents=True, exist_ok=True)
    with engine(database, folder / "engine.duckdb") as connection:
        write_facts(connection, folder / "facts")
        facts = Folder(folder / "facts")
        catalog_files.write(facts, services, now, {}, lambda path, content: put(folder / "catalog", path, content))
        load_catalog(connection, folder / "catalog")
        write_marts(connection, folder / "marts")
    return folder / "marts"
