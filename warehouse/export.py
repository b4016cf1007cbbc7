"""The metrics' tables as Parquet files, partitioned by metric and day as Hive does: `metric=review/day=2026-11-24/`.

The day is that of the record's folder; where it has none, the day on which the event was received. A metric's folder is
written beside the old one and then takes its place, so that whoever reads sees the one or the other; a day that is gone
from the database is gone from there. https://duckdb.org/docs/stable/data/partitioning/hive_partitioning
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
"""Rows that are in memory at a time."""
_NEW, _OLD = ".new-", ".old-"


def export(connection: DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """How many facts were written of each metric that has any; raises Unavailable where the folder cannot be written."""
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
    new, old, place = folder / f"{_NEW}{name}", folder / f"{_OLD}{name}", folder / name
    for left in (new, old):  # of an export that was killed
        shutil.rmtree(left, ignore_errors=True)
    if facts:
        _write(connection, table, new)
    if place.exists():
        place.rename(old)
    if facts:
        new.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def _write(connection: DuckDBPyConnection, table: Table, folder: Path) -> None:
    """Write a file for each day. Arrow writes it: DuckDB may write nothing but its own file (warehouse/database.py)."""
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
    """Return the parts of the batches, each of one day and without its column."""
    for batch in batches:
        runs = pc.run_end_encode(batch.column("day"))
        start = 0
        for day, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
            yield day, batch.slice(start, end - start).drop_columns(["day"])
            start = end
