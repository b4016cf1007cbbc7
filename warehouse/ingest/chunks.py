"""Files by the thousand, as Arrow has them: the next thousands are read while SQL works at those before.

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
_PART = 2_048
"""Rows of DuckDB's own vectors."""
_AT_ONCE = 1_000
"""Reads that are handed to the readers at a time."""


class Chunk(NamedTuple):
    """What one transaction merges. Paths are without the source's root."""

    paths: list[str]
    """All that were read, those that are gone included."""
    texts: dict[str, str]
    """Contents by path."""
    rejects: dict[str, str]
    """What is wrong with a file that is no text, by path."""


def chunks(source: Source, paths: Sequence[str], files: int = FILES) -> Iterator[Chunk]:
    """The files of these paths, in this order. Raises what the store raises."""
    return _ahead(_chunks(source, paths, files))


def texts_table(texts: dict[str, str]) -> pa.Table:
    """For SQL, in parts at which several threads can work."""
    whole = pa.table({"path": pa.array(texts, pa.string()), "content": pa.array(texts.values(), pa.string())})
    return pa.Table.from_batches(whole.to_batches(max_chunksize=_PART), whole.schema)


def reasons_table(reasons: dict[str, str]) -> pa.Table:
    """What is wrong, by path, for SQL."""
    return pa.table({"path": pa.array(reasons, pa.string()), "reason": pa.array(reasons.values(), pa.string())})


def _chunks(source: Source, paths: Sequence[str], files: int) -> Iterator[Chunk]:
    chunk, size = Chunk([], {}, {}), 0
    for path, content in zip(paths, _contents(source, paths), strict=True):
        name = path.removeprefix(source.root)
        size += _put(chunk, name, content)
        if len(chunk.paths) >= files or size >= BYTES:
            yield chunk
            chunk, size = Chunk([], {}, {}), 0
    if chunk.paths:
        yield chunk


def _put(chunk: Chunk, path: str, content: bytes | None) -> int:
    """Into the chunk; a file that is gone meanwhile is neither a text nor a reject."""
    if not path.isascii():
        told = path.encode("utf-8", "backslashreplace").decode()
        path, content = told, content if told == path else b"\xff"
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
    left = iter(paths)
    with ThreadPoolExecutor(source.readers) as readers:
        while some := list(islice(left, _AT_ONCE)):
            yield from readers.map(read, some)


def _ahead(items: Iterator[T]) -> Iterator[T]:
    """The same, each made while the one before it is in use."""
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = maker.submit(next, items, None)
            yield item
