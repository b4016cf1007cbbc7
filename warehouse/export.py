"""Export the metrics' tables as Parquet files in Hive partitions by metric and day: `metric=review/day=2026-11-24/`.

The day is that of the record's folder, or else the day on which the event was received. A metric's folder is written
under a temporary name and then renamed, so a reader sees either the old or the new one. A day that is no longer in the
database is removed. https://duckdb.org/docs/stable/data/partitioning/hive_partitioning
"""

import shutil
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from core.errors import Unavailable
from warehouse.schema.metric_tables import Table, tables

_DAY = r"coalesce(try_cast(regexp_extract(path, '/(\d{4}-\d\d-\d\d)/[^/]*$', 1) AS DATE), CAST(received_at AS DATE))"
_ROWS = 65_536
"""Rows in memory at a time."""
_NEW, _OLD = ".new-", ".old-"


def export(connection: DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Write all metrics and return the number of facts by metric; raises Unavailable if the folder cannot be written."""
    written = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for metric, table in tables().items():
            facts = int(connection.execute(f"SELECT count(*) FROM {table.name}").fetchall()[0][0])
            _replace(connection, folder, table, facts)
            if facts:
                written[metric] = facts
    except OSError as error:
        raise Unavailable(f"{folder}: {(error.strerror or type(error).__name__).lower()}") from None
    return written


def _replace(connection: DuckDBPyConnection, folder: Path, table: Table, facts: int) -> None:
    name = f"metric={table.metric.name}"
    new, old, target = folder / f"{_NEW}{name}", folder / f"{_OLD}{name}", folder / name
    for stale in (new, old):  # of an export that was killed
        shutil.rmtree(stale, ignore_errors=True)
    if facts:
        _write(connection, table, new)
    if target.exists():
        target.rename(old)
    if facts:
        new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _write(connection: DuckDBPyConnection, table: Table, folder: Path) -> None:
    """Write a file for each day with Arrow, as DuckDB may write only its own file (warehouse/database.py)."""
    rows = connection.sql(
        f"SELECT *, CAST({_DAY} AS VARCHAR) AS day FROM {table.name} ORDER BY day, {', '.join(table.key)}"
    )
    batches = rows.to_arrow_reader(_ROWS)
    for day, batches_of_day in groupby(_by_day(batches), key=lambda part: part[0]):
        first = next(batches_of_day)[1]
        target = folder / f"day={day}"
        target.mkdir(parents=True)
        with pq.ParquetWriter(target / "facts0.parquet", first.schema, compression="zstd", store_schema=False) as file:
            for batch in chain((first,), (part[1] for part in batches_of_day)):
                file.write_batch(batch)


def _by_day(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Split the batches by day and drop the column `day`."""
    for batch in batches:
        runs = pc.run_end_encode(batch.column("day"))
        start = 0
        for day, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
            yield day, batch.slice(start, end - start).drop_columns(["day"])
            start = end
