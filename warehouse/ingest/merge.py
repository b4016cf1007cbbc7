"""Records in, rows out: each fact once, whatever came in which order, how often, or was cut short.

Python opens and reads the files by the thousand, Arrow hands them over, SQL does the rest. What is merged twice changes
nothing, and the place that was reached is written last: so it can be killed anywhere, and started again.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from warehouse.ingest import chunks as reading
from warehouse.ingest import unresolved
from warehouse.ingest.chunks import Chunk, chunks, reasons_table
from warehouse.ingest.fast_path import insert_canonical
from warehouse.ingest.ledger_files import is_ledger, merge_ledgers
from warehouse.ingest.source import Source
from warehouse.ingest.validation import validate_and_insert
from warehouse.ingest.value_checks import IN_THE_FUTURE
from warehouse.schema.metric_tables import tables

_SYSTEM = "/_system/"


class Merged(NamedTuple):
    """What a merge did."""

    files: int
    """Files that were read: what is new since the last merge of this source."""
    rejected: int
    """Of these, how many are no records; the table `rejects` says why."""
    added: int
    """Facts that were not known before."""


def merge(
    connection: DuckDBPyConnection,
    source: Source,
    advance: Callable[[int, int], object] = lambda *_: None,
    now: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    files: int = reading.FILES,
) -> Merged:
    """Merge what is new in a source since its last merge, so many files a transaction.

    `advance` is told how many files are done, and of how many; `now` is UNIX ms. Raises what the store raises: what was
    done until then stays, and the next merge does it again.
    """
    before = facts(connection)
    cursor = _cursor(connection, source)
    told, reached = source.store.changes(cursor)
    paths = _wanted(connection, source, told)
    rejected = done = 0
    advance(done, len(paths))
    for chunk in chunks(source, paths, files):
        with _transaction(connection):
            rejected += _merge_chunk(connection, source, chunk, now())
        done += len(chunk.paths)
        advance(done, len(paths))
    with _transaction(connection):
        connection.execute("INSERT OR REPLACE INTO sources VALUES (?, ?)", [source.name, reached])
    return Merged(len(paths), rejected, facts(connection) - before)


def forget(connection: DuckDBPyConnection, source: Source) -> None:
    """How far a source is merged: the next merge reads all of it again."""
    connection.execute("DELETE FROM sources WHERE source = ?", [source.name])


def facts(connection: DuckDBPyConnection) -> int:
    """How many are in the database."""
    counted = " UNION ALL ".join(f"SELECT count(*) AS rows FROM {table.name}" for table in tables().values())
    return int(connection.execute(f"SELECT sum(rows) FROM ({counted})").fetchall()[0][0])


def _wanted(connection: DuckDBPyConnection, source: Source, told: Iterable[str]) -> list[str]:
    """What is read: of the files that the store tells those that may be records, and what is to be judged again."""
    paths = [path for path in told if _is_wanted(path, source.root)]
    again = _to_judge_again(connection, source)
    return sorted({*paths, *again}) if again else paths


def _is_wanted(path: str, root: str) -> bool:
    """JSON below the root, and the ledger; the rest of what is ours alone, such as receipts and cursors, is no record."""
    if not path.startswith(root) or not path.endswith(".json"):
        return False
    return _SYSTEM not in f"/{path}" or is_ledger(path)


def _cursor(connection: DuckDBPyConnection, source: Source) -> str | None:
    """How far the source is merged; None: it is to be read from the beginning, and all its rejects are judged anew."""
    told = connection.execute("SELECT cursor FROM sources WHERE source = ?", [source.name]).fetchone()
    if told is None or told[0] is None:
        connection.execute("DELETE FROM rejects WHERE source = ?", [source.name])
        return None
    return str(told[0])


def _to_judge_again(connection: DuckDBPyConnection, source: Source) -> list[str]:
    """What lay in the future may be true by now."""
    found = connection.execute(
        "SELECT path FROM rejects WHERE source = ? AND ends_with(reason, ?)", [source.name, IN_THE_FUTURE]
    )
    return [f"{source.root}{path}" for (path,) in found.fetchall()]


@contextmanager
def _transaction(connection: DuckDBPyConnection) -> Iterator[None]:
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _merge_chunk(connection: DuckDBPyConnection, source: Source, chunk: Chunk, now: int) -> int:
    """How many of its files are rejects."""
    ledgers = {path: text for path, text in chunk.texts.items() if is_ledger(path)}
    records = {path: text for path, text in chunk.texts.items() if path not in ledgers}
    others = insert_canonical(connection, records, source.name, now)
    rejects = (
        chunk.rejects | merge_ledgers(connection, ledgers) | validate_and_insert(connection, others, source.name, now)
    )
    unresolved.resolve_identities(connection)
    _keep_rejects(connection, source, chunk.paths, rejects, now)
    return len(rejects)


def _keep_rejects(
    connection: DuckDBPyConnection, source: Source, paths: list[str], rejects: dict[str, str], now: int
) -> None:
    """What was read anew is judged anew."""
    connection.register("seen", reasons_table(dict.fromkeys(paths, "")))
    connection.execute("DELETE FROM rejects WHERE source = ? AND path IN (SELECT path FROM seen)", [source.name])
    connection.unregister("seen")
    connection.register("found", reasons_table(rejects))
    at = datetime.fromtimestamp(now / 1000, UTC).replace(tzinfo=None)
    connection.execute("INSERT INTO rejects SELECT ?, path, reason, ? FROM found", [source.name, at])
    connection.unregister("found")
