from pathlib import Path

from benchmarks.records import write
from core.stores.folder_reader import FolderReader
from warehouse.database import open_database
from warehouse.ingest.merge import Merged, merge
from warehouse.ingest.source import Source


def test_what_is_measured_are_facts_each_another_one(tmp_path: Path) -> None:
    paths = write(tmp_path / "records", 300) + write(tmp_path / "records", 20, first=300)
    assert len(set(paths)) == 320
    with open_database(":memory:") as connection:
        source = Source(FolderReader(tmp_path / "records"), "here")
        assert merge(connection, source, now=lambda: 1_795_500_000_000) == Merged(320, 0, 320)
