"""Read files in large chunks and convert them to Arrow tables; the next chunk is read while SQL processes the previous.

A landing file of a bucket counts as the files of its records: each has the path and the text that it would have by itself.
DuckDB's own reader of many small files needs tens of gigabytes for a million of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby, islice
from typing import NamedTuple, TypeVar

import pyarrow as pa

from core.errors import Unavailable
from core.stores.folder_reader import LONGEST
from core.stores.landing import parse_key, parse_lines
from warehouse.ingest.source import Source

T = TypeVar("T")
FILES = 50_000
BYTES = 64 * 1024 * 1024
"""A chunk ends with whichever is reached first."""
_VECTOR_ROWS = 2_048
"""Rows of a DuckDB vector."""
_READ_BATCH = 1_000
"""Reads submitted to the thread pool at a time."""
_LONGEST_LANDING = 64 * 1024 * 1024
"""Bytes: a worker's batch has at most 12 MB of events."""


class Chunk(NamedTuple):
    """The files that one transaction merges; paths are relative to the source's root."""

    paths: list[str]
    """All paths that were read, including files that no longer exist."""
    texts: dict[str, str]
    """Contents by path."""
    rejects: dict[str, str]
    """The reason for each file that is not text, by path."""
    landed: set[str]
    """Paths of `texts` that were read from a landing file. The record may have changed since it landed."""
    changed: set[str]
    """Paths whose landed texts differ or are incomplete: the record itself must be read."""
    read: list[str]
    """The files that were opened: of landing files their own paths."""


def new_chunk() -> Chunk:
    """Return a chunk without files."""
    return Chunk([], {}, {}, set(), set(), [])


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
    chunk, size = new_chunk(), 0
    for path, content in zip(paths, _contents(source, paths), strict=True):
        name = path.removeprefix(source.root)
        size += _add_landing(chunk, name, content) if is_landing(source, path) else add(chunk, name, content)
        chunk.read.append(name)
        if len(chunk.paths) >= files or size >= BYTES:
            yield chunk
            chunk, size = new_chunk(), 0
    if chunk.read:
        yield chunk


def is_landing(source: Source, path: str) -> bool:
    """Return whether a path of the source is a landing file."""
    return source.has_landing and parse_key(path, source.root) is not None


def add(chunk: Chunk, path: str, content: bytes | None) -> int:
    """Add a file to the chunk and return its size in bytes; a file that no longer exists is neither a text nor a reject."""
    if not path.isascii():
        valid_path = path.encode("utf-8", "backslashreplace").decode()
        path, content = valid_path, content if valid_path == path else b"\xff"
    chunk.paths.append(path)
    chunk.landed.discard(path)
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


def _add_landing(chunk: Chunk, path: str, content: bytes | None) -> int:
    """Add the records of a landing file and return its size in bytes. Raises Unavailable if it was deleted since it was listed."""
    if content is None:
        raise Unavailable(f"{path} was deleted during the merge: merge again, which lists all records")
    if len(content) > _LONGEST_LANDING:
        chunk.paths.append(path)
        chunk.rejects[path] = f"longer than {_LONGEST_LANDING:,} bytes"
        return 0
    for line in parse_lines(content):
        if line.path is None or line.content is None:
            position = f"{path}:{line.number}"
            chunk.paths.append(position)
            chunk.rejects[position] = "no landed record: " + ("it has no path" if line.path is None else "truncated")
        if line.path is not None:
            _add_landed(chunk, line.path, line.content)
    return len(content)


def _add_landed(chunk: Chunk, path: str, content: bytes | None) -> None:
    """Add a record that landed, unless the record itself was read; a second time, only note whether it is the same."""
    if content is None or len(content) > LONGEST:
        chunk.changed.add(path)
        return
    try:
        text = content.decode()
    except UnicodeDecodeError:
        chunk.changed.add(path)
        return
    if path in chunk.rejects:
        chunk.changed.add(path)
    elif path not in chunk.texts:
        chunk.paths.append(path)
        chunk.texts[path] = text
        chunk.landed.add(path)
    elif chunk.texts[path] != text:
        chunk.changed.add(path)


def _contents(source: Source, paths: Iterable[str]) -> Iterator[bytes | None]:
    read = source.store.read
    if source.readers == 1:
        yield from map(read, paths)
        return
    with ThreadPoolExecutor(source.readers) as readers:
        for landing, group in groupby(paths, lambda path: is_landing(source, path)):
            while batch := list(islice(group, source.readers if landing else _READ_BATCH)):  # a landing file is large
                yield from readers.map(read, batch)


def _prefetch(items: Iterator[T]) -> Iterator[T]:
    """Yield the items, computing each next one in a thread while the caller uses the current one."""
    with ThreadPoolExecutor(1) as executor:
        future = executor.submit(next, items, None)
        while (item := future.result()) is not None:
            future = executor.submit(next, items, None)
            yield item
