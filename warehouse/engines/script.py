"""Put the statements of an engine in order: the tables that Python wrote, then the models and measures that read them."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sqlglot import exp

from warehouse import catalog
from warehouse.engines import athena, bigquery, spark
from warehouse.engines.translation import translate
from warehouse.report.marts import PERIODS
from warehouse.schema.columns import Column, SystemTable
from warehouse.sql_files import model_names, view_statements

ENGINES = ("bigquery", "athena", "spark")
_DIALECTS = {"bigquery": bigquery.DIALECT, "athena": athena.DIALECT, "spark": spark.DIALECT}
CATALOG_TABLES = (*catalog.TABLES, PERIODS)
"""The tables that Python computes from services.toml, as Parquet files below `catalog/`."""


class Target(NamedTuple):
    """Where the statements run."""

    engine: str
    """One of ENGINES."""
    dataset: str
    """The dataset of BigQuery, or the database of Athena or Spark."""
    location: str
    """The folder of a bucket with the records and their landing: `gs://BUCKET/PREFIX` or `s3://BUCKET/PREFIX`."""
    run: str = "first"
    """The name of this run: on Athena each run writes its tables to new folders."""

    @property
    def folder(self) -> str:
        """Return the folder for everything that the engine and `telemetry catalog` write, apart from the records."""
        return f"{self.location}/analytics"

    @property
    def dialect(self) -> str:
        """Return the name that sqlglot gives to the engine's SQL."""
        return _DIALECTS[self.engine]

    def table(self, name: str) -> str:
        """Return the name of a table with its dataset."""
        return f"{self.dataset}.{name}" if self.dataset else name

    def translate(self, query: str) -> str:
        """Return a query of DuckDB in the engine's SQL, with the dataset of its tables."""
        return translate(query, self.dialect, self.dataset)

    def create_table(self, name: str, query: str) -> Iterator[str]:
        """Yield the statements that replace a table by the rows of a query, which is in the engine's SQL already."""
        if self.engine == "athena":
            yield from athena.create_table(self.table(name), query, f"{self.folder}/models/{self.run}/{name}/")
        else:
            create: Callable[[str, str], Iterator[str]] = (
                bigquery if self.engine == "bigquery" else spark
            ).create_table
            yield from create(self.table(name), query)

    def external_table(self, table: SystemTable, folder: str) -> Iterator[str]:
        """Yield the statements that make a table of the Parquet files in `folder/TABLE/` of the engine's folder."""
        path = f"{self.folder}/{folder}/{table.name}"
        columns = ",\n  ".join(f"{self.quoted(column.name)} {self.type_of(column)}" for column in table.columns)
        name = self.table(table.name)
        if self.engine == "bigquery":
            options = f"format = 'PARQUET', uris = ['{path}/*.parquet']"
            yield f"CREATE OR REPLACE EXTERNAL TABLE {name} (\n  {columns}\n)\nOPTIONS ({options})"
        else:
            stored = "STORED AS PARQUET" if self.engine == "athena" else "USING PARQUET"
            external = "EXTERNAL " if self.engine == "athena" else ""
            yield f"DROP TABLE IF EXISTS {name}"
            yield f"CREATE {external}TABLE {name} (\n  {columns}\n)\n{stored}\nLOCATION '{path}/'"

    def type_of(self, column: Column) -> str:
        """Return a column's type; Athena's DDL is Hive's: https://docs.aws.amazon.com/athena/latest/ug/data-types.html."""
        dialect = "hive" if self.engine == "athena" else self.dialect
        return exp.DataType.build(column.type, dialect="duckdb").sql(dialect=dialect)

    def quoted(self, name: str) -> str:
        """Return the name of a column in DDL, whatever the engine reserves."""
        return f"`{name}`"


def create_dataset(target: Target) -> Iterator[str]:
    """Yield the statement that creates the dataset or database, unless it exists."""
    if target.dataset:
        kind = "SCHEMA" if target.engine == "bigquery" else "DATABASE"
        yield f"CREATE {kind} IF NOT EXISTS {target.dataset}"


def catalog_statements(target: Target) -> Iterator[str]:
    """Yield the statements that make tables of the files that Python wrote."""
    for table in CATALOG_TABLES:
        yield from target.external_table(table, "catalog")


def model_statements(target: Target) -> Iterator[str]:
    """Yield the statements that create each model as a table and each measure as a view, after what it reads.

    A view within a view is computed for each reader: with views of the models a measure would read the facts up to 3,658 times.
    """
    for name, text in view_statements():
        query = target.translate(text)
        if name in model_names():
            yield from target.create_table(name, query)
        else:
            yield f"CREATE OR REPLACE VIEW {target.table(name)} AS\n{query}"


def script(target: Target) -> Iterator[str]:
    """Yield all statements of an engine, in order."""
    yield from create_dataset(target)
    yield from catalog_statements(target)
    yield from model_statements(target)
