from pathlib import Path

from core.backfill.recording_store import RecordingStore
from core.stores.directory import DirectoryStore


def test_written_paths_are_returned_once(tmp_path: Path) -> None:
    store = RecordingStore(DirectoryStore(str(tmp_path)))
    assert store.write({"a/1.json": b"1", "a/2.json": b"2"}, "Store")
    assert store.take_written() == ["a/1.json", "a/2.json"]
    assert store.take_written() == []
    assert store.compare_and_swap("a/1.json", b"1", b"3")
    assert (store.read("a/1.json"), list(store.list("a/"))) == (b"3", ["a/1.json", "a/2.json"])
    assert store.changes(None)[0] == ("a/1.json", "a/2.json")
    assert store.take_written() == []
