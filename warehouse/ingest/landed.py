"""Read the records again whose landed line may be older than the record.

Two writers may land in the other order than they stored, and a record that is completed later ranks as before. So a line counts
only for a record that is new to the database; the record itself is read where lines differ, or where it is in the database already.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from duckdb import DuckDBPyConnection

from warehouse.ingest import unresolved
from warehouse.ingest.chunks import Chunk, add, reasons_table
from warehouse.ingest.fast_path import metric_of
from warehouse.ingest.source import Source
from warehouse.schema.metric_tables import tables

_READ_BATCH = 1_000
"""Reads submitted to the thread pool at a time."""


def read_changed(connection: DuckDBPyConnection, source: Source, chunk: Chunk) -> None:
    """Replace the landed texts of changed and known records by what the source has now; raises what the store raises."""
    changed = chunk.changed | _known(connection, source, chunk.landed)
    for path, content in _contents(source, sorted(changed)):
        chunk.texts.pop(path, None)
        chunk.rejects.pop(path, None)
        add(chunk, path, content)


def _known(connection: DuckDBPyConnection, source: Source, paths: Iterable[str]) -> set[str]:
    """Return those of the paths of which the database has a row."""
    by_metric: dict[str | None, list[str]] = {}
    for path in paths:
        by_metric.setdefault(metric_of(path), []).append(path)
    known = set(by_metric.pop(None, ()))  # no fact of ours: the record says why it is rejected
    for metric, its_paths in by_metric.items():
        table = tables()[str(metric)]
        names = [table.name, *([unresolved.table_name(table)] if unresolved.natural_key(table) else [])]
        connection.register("landed_paths", reasons_table(dict.fromkeys(its_paths, "")))
        for name in names:
            rows = connection.execute(
                f"SELECT path FROM {name} WHERE source = ? AND path IN (SELECT path FROM landed_paths)", [source.name]
            )
            known.update(path for (path,) in rows.fetchall())
        connection.unregister("landed_paths")
    return known


def _contents(source: Source, paths: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
    remaining = iter(paths)
    with ThreadPoolExecutor(source.readers) as readers:
        while batch := list(islice(remaining, _READ_BATCH)):
            yield from zip(
                batch, readers.map(lambda path: source.store.read(f"{source.root}{path}"), batch), strict=True
            )
