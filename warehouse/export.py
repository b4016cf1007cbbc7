"""The metrics' tables as Parquet files, partitioned by metric and day as Hive does: `metric=review/day=2026-11-24/`.

The day is that of the record's folder; where it has none, the day on which the event was received. A metric's folder is
written beside the old one and then takes its place, so that whoever reads sees the one or the other; a day that is gone
from the database is gone from there. https://duckdb.org/docs/stable/data/partitioning/hive_partitioning
"""

import shutil
from pathlib import Path

from duckdb import DuckDBPyConnection

from core.errors import Unavailable
from warehouse.tables import Table, tables

_DAY = r"coalesce(try_cast(regexp_extract(path, '/(\d{4}-\d\d-\d\d)/[^/]*$', 1) AS DATE), CAST(received_at AS DATE))"
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
    target = str(folder).replace("'", "''")
    connection.execute(
        f"COPY (SELECT *, {_DAY} AS day FROM {table.name} ORDER BY day, {', '.join(table.key)}) TO '{target}' "
        "(FORMAT parquet, COMPRESSION zstd, PARTITION_BY (day), FILENAME_PATTERN 'facts')"
    )
