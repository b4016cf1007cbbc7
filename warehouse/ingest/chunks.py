"""Read files in large chunks and convert them to Arrow tables; the next chunk is read while SQL processes the previous.

DuckDB's own reader of many small files needs tens of gigabytes for a million of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import NamedTuple, TypeVar

import pyarrow as pa

from core.stores.folder_reader import LONGEST
from warehouse.ingest.source import Source

T = TypeVar("T")
FILES = 50_000
BYTES = 64 * 1024 * 1024
"""A chunk ends with whichever is reached first."""
_VECTOR_ROWS = 2_048
"""Rows of a DuckDB vector."""
_READ_BATCH = 1_000
"""Reads submitted to the thread pool at a time."""


class Chunk(NamedTuple):
    """The files that one transaction merges; paths are relative to the source's root."""

    paths: list[str]
    """All paths that were read, including files that no longer exist."""
    texts: dict[str, str]
    """Contents by path."""
    rejects: dict[str, str]
    """The reason for each file that is not text, by path."""


def chunks(source: Source, paths: Sequence[str], files: int = FILES) -> Iterator[Chunk]:
    """Yield the files of these paths in order, in chunks; raises what the store raises."""
    return _prefetch(_chunks(source, paths, files))


def contents_table(texts: dict[str, str]) -> pa.Table:
    """Return an Arrow table of contents by path, in batches that several threads can process."""
    table = pa.table({"path": pa.array(texts, pa.string()), "content": pa.array(texts.values(), pa.string())})
    return pa.Table.from_batches(table.to_batches(max_chunksize=_VECTOR_ROWS), table.schema)


def reasons_table(reasons: dict[str, str]) -> pa.Table:
    """Return an Arrow table of reject reasons by path."""
    return pa.table({"path": pa.array(reasons, pa.string()), "reason": pa.array(reasons.values(), pa.string())})


def _chunks(source: Source, paths: Sequence[str], files: int) -> Iterator[Chunk]:
    chunk, size = Chunk([], {}, {}), 0
    for path, content in zip(paths, _contents(source, paths), strict=True):
        name = path.removeprefix(source.root)
        size += _add(chunk, name, content)
        if len(chunk.paths) >= files or size >= BYTES:
            yield chunk
            chunk, size = Chunk([], {}, {}), 0
    if chunk.paths:
        yield chunk


def _add(chunk: Chunk, path: str, content: bytes | None) -> int:
    """Add a file to the chunk and return its size in bytes; a file that no longer exists is neither a text nor a reject."""
    if not path.isascii():
        valid_path = path.encode("utf-8", "backslashreplace").decode()
        path, content = valid_path, content if valid_path == path else b"\xff"
    chunk.paths.append(path)
    if content is None:
        return 0
    if len(content) > LONGEST:
        chunk.rejects[path] = f"longer than {LONGEST:,} bytes"
        return 0
    try:
        chunk.texts[path] = content.decode()
    except UnicodeDecodeError:
        chunk.rejects[path] = "not UTF-8"
    return len(content)


def _contents(source: Source, paths: Iterable[str]) -> Iterator[bytes | None]:
    read = source.store.read
    if source.readers == 1:
        yield from map(read, paths)
        return
    remaining = iter(paths)
    with ThreadPoolExecutor(source.readers) as readers:
        while batch := list(islice(remaining, _READ_BATCH)):
            yield from readers.map(read, batch)


def _prefetch(items: Iterator[T]) -> Iterator[T]:
    """Yield the items, computing each next one in a thread while the caller uses the current one."""
    with ThreadPoolExecutor(1) as executor:
        future = executor.submit(next, items, None)
        while (item := future.result()) is not None:
            future = executor.submit(next, items, None)
            yield item
