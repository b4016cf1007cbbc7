"""Write the statements that write Parquet files on an engine: the facts for `telemetry catalog`, and the marts for a report.

Each run writes into a folder of its own, `run=NAME`, because Athena writes into empty folders only, and so that no file of an
earlier run is read. A report reads the greatest name with a manifest, which is written last.
"""

from collections.abc import Callable, Iterator

from warehouse.engines.catalog_files import fact_statements
from warehouse.engines.marts import MANIFEST_COLUMNS, MANIFEST_FOLDER, folders, mart_tables

FACTS, MARTS = "facts", "marts"


def export(engine: str, query: str, folder: str) -> str:
    """Return the statement that writes the rows of a query, in the engine's SQL, as Parquet files into an empty folder."""
    return _STATEMENTS[engine](query, folder.rstrip("/"))


def _bigquery(query: str, folder: str) -> str:
    """Write as documented in https://cloud.google.com/bigquery/docs/reference/standard-sql/export-statements."""
    options = f"uri = '{folder}/*.parquet', format = 'PARQUET', compression = 'SNAPPY', overwrite = true"
    return f"EXPORT DATA OPTIONS ({options}) AS\n{query}"


def _athena(query: str, folder: str) -> str:
    """Write as documented in https://docs.aws.amazon.com/athena/latest/ug/unload.html."""
    return f"UNLOAD (\n{query}\n)\nTO '{folder}/'\nWITH (format = 'PARQUET', compression = 'SNAPPY')"


def _spark(query: str, folder: str) -> str:
    """Write as documented in https://spark.apache.org/docs/latest/sql-ref-syntax-dml-insert-overwrite-directory.html."""
    return f"INSERT OVERWRITE DIRECTORY '{folder}/' USING PARQUET\n{query}"


_STATEMENTS: dict[str, Callable[[str, str], str]] = {"bigquery": _bigquery, "athena": _athena, "spark": _spark}


def export_facts(engine: str, translate: Callable[[str], str], location: str, run: str) -> Iterator[str]:
    """Yield the statements that write the facts below LOCATION/facts/run=RUN/, the manifest last.

    `translate` returns a query of DuckDB in the engine's SQL, with the dataset of its tables.
    """
    for folder, query in fact_statements().items():
        yield export(engine, translate(query), f"{location}/{FACTS}/run={run}/{folder}")


def export_marts(engine: str, translate: Callable[[str], str], location: str, run: str) -> Iterator[str]:
    """Yield the statements that write the marts below LOCATION/marts/run=RUN/, the manifest last."""
    for folder, table in folders().items():
        query = f"SELECT {', '.join(written_columns(folder))} FROM {table}"
        yield export(engine, translate(query), f"{location}/{MARTS}/run={run}/{folder}")


def written_columns(folder: str) -> tuple[str, ...]:
    """Return the columns of the files of a mart: what numbers are computed of besides stays on the engine."""
    if folder == MANIFEST_FOLDER:
        return tuple(name for name, _ in MANIFEST_COLUMNS)
    return (*(name for name, _ in mart_tables()[folder].columns), "mart_run")
