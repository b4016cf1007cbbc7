"""Merge records into the database: each fact once, in whatever order and however often its records arrive.

Python reads the files in chunks, Arrow passes them to DuckDB, and SQL does the rest. A merge is idempotent and writes its
cursor last, so it can be killed at any point and run again.
"""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from warehouse.ingest import chunks as chunking
from warehouse.ingest import unresolved
from warehouse.ingest.chunks import Chunk, chunks, is_landing, reasons_table
from warehouse.ingest.fast_path import insert_canonical
from warehouse.ingest.landed import read_changed
from warehouse.ingest.ledger_files import is_ledger, merge_ledgers
from warehouse.ingest.source import Source
from warehouse.ingest.validation import validate_and_insert
from warehouse.ingest.value_checks import IN_THE_FUTURE
from warehouse.schema.metric_tables import tables
from warehouse.transactions import transaction

_SYSTEM = "/_system/"


class Merged(NamedTuple):
    """The result of a merge."""

    files: int
    """Files that were read: those written since the last merge of this source. A record in a landing file counts as its file."""
    rejected: int
    """Files that are not records; the table `rejects` gives the reasons."""
    added: int
    """Facts that are new in the database."""


def merge(
    connection: DuckDBPyConnection,
    source: Source,
    advance: Callable[[int, int], object] = lambda *_: None,
    now: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    files: int = chunking.FILES,
) -> Merged:
    """Merge the files written to a source since its last merge, at most `files` a transaction.

    `advance` receives the number of merged files and the total; `now` returns UNIX ms. Raises what the store raises; the
    finished transactions persist, and the next merge repeats them.
    """
    before = facts(connection)
    cursor = _cursor(connection, source)
    changed_paths, next_cursor = source.store.changes(cursor)
    paths = _paths_to_read(connection, source, changed_paths)
    read = rejected = done = 0
    advance(done, len(paths))
    for chunk in chunks(source, paths, files):
        read_changed(connection, source, chunk)
        with transaction(connection):
            rejected += _merge_chunk(connection, source, chunk, now())
        done += len(chunk.read)
        read += len(set(chunk.paths))
        advance(done, len(paths))
    with transaction(connection):
        row = [source.name, next_cursor, source.url]
        connection.execute("INSERT OR REPLACE INTO sources (source, cursor, url) VALUES (?, ?, ?)", row)
    return Merged(read, rejected, facts(connection) - before)


def forget(connection: DuckDBPyConnection, source: Source) -> None:
    """Delete the cursor of a source, so that the next merge reads all of it again."""
    connection.execute("DELETE FROM sources WHERE source = ?", [source.name])


def facts(connection: DuckDBPyConnection) -> int:
    """Count the facts in the database."""
    counts = " UNION ALL ".join(f"SELECT count(*) AS rows FROM {table.name}" for table in tables().values())
    return int(connection.execute(f"SELECT sum(rows) FROM ({counts})").fetchall()[0][0])


def _paths_to_read(connection: DuckDBPyConnection, source: Source, changed_paths: Iterable[str]) -> list[str]:
    """Return the changed files that may be records, and the rejects to validate again."""
    paths = [path for path in changed_paths if _may_be_record(path, source.root) or is_landing(source, path)]
    retries = _rejects_to_retry(connection, source)
    return sorted({*paths, *retries}) if retries else paths


def _may_be_record(path: str, root: str) -> bool:
    """Return whether a path is JSON below the root: a record or a ledger file, but no receipt, cursor or other system file."""
    if not path.startswith(root) or not path.endswith(".json"):
        return False
    return _SYSTEM not in f"/{path}" or is_ledger(path)


def _cursor(connection: DuckDBPyConnection, source: Source) -> str | None:
    """Return the cursor of a source; without one, delete its rejects, which are validated again, and return None."""
    row = connection.execute("SELECT cursor FROM sources WHERE source = ?", [source.name]).fetchone()
    if row is None or row[0] is None:
        connection.execute("DELETE FROM rejects WHERE source = ?", [source.name])
        return None
    return str(row[0])


def _rejects_to_retry(connection: DuckDBPyConnection, source: Source) -> list[str]:
    """Return the rejects with a time in the future, which may have passed by now."""
    rows = connection.execute(
        "SELECT path FROM rejects WHERE source = ? AND ends_with(reason, ?)", [source.name, IN_THE_FUTURE]
    )
    return [f"{source.root}{path}" for (path,) in rows.fetchall()]


def _merge_chunk(connection: DuckDBPyConnection, source: Source, chunk: Chunk, now: int) -> int:
    """Merge the files of a chunk and return the number of rejects."""
    ledgers = {path: text for path, text in chunk.texts.items() if is_ledger(path)}
    records = {path: text for path, text in chunk.texts.items() if path not in ledgers}
    others = insert_canonical(connection, records, source.name, now)
    rejects = (
        chunk.rejects | merge_ledgers(connection, ledgers) | validate_and_insert(connection, others, source.name, now)
    )
    unresolved.resolve_identities(connection)
    _replace_rejects(connection, source, chunk.paths, rejects, now)
    return len(rejects)


def _replace_rejects(
    connection: DuckDBPyConnection, source: Source, paths: list[str], rejects: dict[str, str], now: int
) -> None:
    """Replace the rejects of all paths that were read by the new ones."""
    connection.register("read_paths", reasons_table(dict.fromkeys(paths, "")))
    connection.execute("DELETE FROM rejects WHERE source = ? AND path IN (SELECT path FROM read_paths)", [source.name])
    connection.unregister("read_paths")
    connection.register("new_rejects", reasons_table(rejects))
    at = datetime.fromtimestamp(now / 1000, UTC).replace(tzinfo=None)
    connection.execute("INSERT INTO rejects SELECT ?, path, reason, ? FROM new_rejects", [source.name, at])
    connection.unregister("new_rejects")
