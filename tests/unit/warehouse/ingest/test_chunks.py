"""Files in chunks: order, limits, files that cannot be read as text, and the Arrow tables that SQL reads."""

import threading
from collections.abc import Mapping
from itertools import count

import pytest

from core.errors import Unavailable
from core.stores.folder_reader import LONGEST
from warehouse.ingest.chunks import BYTES, FILES, Chunk, chunks, contents_table, reasons_table
from warehouse.ingest.source import Source


class Store:
    """Implements the reads of a source on a dictionary, and counts them."""

    def __init__(self, files: Mapping[str, bytes], fails_at: int = -1) -> None:
        self.files = files
        self.all_read = threading.Event()
        self._reads = count(1)
        self._fails_at = fails_at

    def read(self, path: str) -> bytes | None:
        """Return the file's content."""
        number = next(self._reads)
        if number == self._fails_at:
            raise Unavailable("the store is out")
        if number == len(self.files):
            self.all_read.set()
        return self.files.get(path)

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        """Fail: chunks get their paths from the caller."""
        raise NotImplementedError(cursor)


def read(files: Mapping[str, bytes], most: int = FILES, *, root: str = "", readers: int = 1) -> list[Chunk]:
    return list(chunks(Source(Store(files), "here", root, readers), list(files), most))


def test_files_come_in_order_in_chunks_of_a_number_of_files() -> None:
    files = {f"{number}.json": b"%d" % number for number in range(5)}
    assert [chunk.texts for chunk in read(files, 2)] == [
        {"0.json": "0", "1.json": "1"},
        {"2.json": "2", "3.json": "3"},
        {"4.json": "4"},
    ]
    assert [len(chunk.paths) for chunk in read(files, 5)] == [5]


def test_no_files_are_no_chunk() -> None:
    assert read({}) == []


def test_a_chunk_ends_at_its_limit_of_bytes() -> None:
    content = b"x" * LONGEST
    most = BYTES // LONGEST
    assert [len(chunk.paths) for chunk in read({f"{number}": content for number in range(most + 1)})] == [most, 1]


@pytest.mark.parametrize("readers", [1, 4])
def test_concurrent_reads_stay_in_order(readers: int) -> None:
    files = {f"{number}": b"%d" % number for number in range(1_500)}
    [chunk] = read(files, readers=readers)
    assert list(chunk.texts.items()) == [(path, content.decode()) for path, content in files.items()]


def test_a_path_is_relative_to_the_root() -> None:
    [chunk] = read({"data/o/r/1.json": b"1"}, root="data/")
    assert (chunk.paths, chunk.texts) == (["o/r/1.json"], {"o/r/1.json": "1"})


def test_a_file_that_no_longer_exists_is_read_but_neither_text_nor_reject() -> None:
    source = Source(Store({"b": b"1"}), "here")
    assert [chunk[:3] for chunk in chunks(source, ["a", "b"])] == [(["a", "b"], {"b": "1"}, {})]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"\xff", "not UTF-8"), (b"\xed\xa0\x80", "not UTF-8"), (b"x" * (LONGEST + 1), f"longer than {LONGEST:,} bytes")],
    ids=["byte", "surrogate", "long"],
)
def test_a_file_that_is_no_text_is_a_reject(content: bytes, reason: str) -> None:
    [chunk] = read({"a": content, "b": b"1"})
    assert chunk[:3] == (["a", "b"], {"b": "1"}, {"a": reason})


def test_a_path_that_is_no_unicode_is_a_reject_with_a_readable_name() -> None:
    [chunk] = read({"a\udcff.json": b"{}", "ü.json": b"{}"})
    assert chunk[:3] == (["a\\udcff.json", "ü.json"], {"ü.json": "{}"}, {"a\\udcff.json": "not UTF-8"})


@pytest.mark.parametrize("readers", [1, 4])
def test_an_error_of_the_store_ends_the_chunks(readers: int) -> None:
    source = Source(Store({f"{n}": b"1" for n in range(6)}, fails_at=3), "here", readers=readers)
    with pytest.raises(Unavailable, match="the store is out"):
        list(chunks(source, list(source.store.files), 2))  # type: ignore[attr-defined]


def test_the_next_chunk_is_read_while_the_caller_uses_the_current_one() -> None:
    store = Store({"0": b"0", "1": b"1"})
    reader = chunks(Source(store, "here"), ["0", "1"], 1)
    assert next(reader).paths == ["0"]
    assert store.all_read.wait(300)
    assert [chunk.paths for chunk in reader] == [["1"]]


def test_contents_are_a_table_in_batches_of_a_vector() -> None:
    table = contents_table({f"{number}": f"text {number}" for number in range(5_000)})
    assert (table.schema.names, table.num_rows) == (["path", "content"], 5_000)
    assert [batch.num_rows for batch in table.to_batches()] == [2_048, 2_048, 904]
    assert table.slice(4_999).to_pylist() == [{"path": "4999", "content": "text 4999"}]


@pytest.mark.parametrize(("table", "name"), [(contents_table({}), "content"), (reasons_table({}), "reason")])
def test_an_empty_table_has_columns_of_text(table: object, name: str) -> None:
    assert str(getattr(table, "schema", "")).split() == ["path:", "string", f"{name}:", "string"]


def test_reasons_are_a_table_by_path() -> None:
    assert reasons_table({"a": "not JSON"}).to_pylist() == [{"path": "a", "reason": "not JSON"}]
