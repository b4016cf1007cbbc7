import json
import os
import tempfile
from pathlib import Path

import pytest

from core.errors import PermanentError, Unavailable
from core.stores.folder_reader import LONGEST, FolderReader

MINUTE = 60 * 10**9


def file_time() -> int:
    """Return the time by which files are stamped: under libfaketime it is another than the process has."""
    with tempfile.TemporaryFile() as probe:
        return os.fstat(probe.fileno()).st_ctime_ns


class Clock:
    """Later than any file, by a minute for each look."""

    def __init__(self) -> None:
        self.now = file_time()

    def __call__(self) -> int:
        self.now += 2 * MINUTE
        return self.now


def written(folder: Path, *paths: str, content: bytes = b"{}") -> None:
    for path in paths:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def test_a_folder_is_read_without_leaving_anything_in_it(tmp_path: Path) -> None:
    written(tmp_path, "a/1.json", "b/c/2.json")
    (tmp_path / "a").chmod(0o555)
    reader = FolderReader(tmp_path)
    paths, _ = reader.changes(None)
    assert (paths, [reader.read(path) for path in paths]) == (("a/1.json", "b/c/2.json"), [b"{}", b"{}"])
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["1.json", "2.json", "a", "b", "c"]


def test_only_new_files_are_returned_the_next_time(tmp_path: Path) -> None:
    written(tmp_path, "a/1.json", "b/1.json")
    reader = FolderReader(tmp_path, file_time)
    _, cursor = reader.changes(None)
    assert reader.changes(cursor)[0] == ()
    written(tmp_path, "a/2.json", "c/3.json")
    paths, cursor = reader.changes(cursor)
    assert paths == ("a/2.json", "c/3.json")
    assert reader.changes(cursor)[0] == ()


def test_a_replaced_file_is_returned_again(tmp_path: Path) -> None:
    written(tmp_path, "a/1.json", "a/2.json")
    reader = FolderReader(tmp_path, file_time)
    _, cursor = reader.changes(None)
    written(tmp_path, "a/new", content=b"[]")
    (tmp_path / "a/new").replace(tmp_path / "a/1.json")
    assert reader.changes(cursor)[0] == ("a/1.json",)


def test_a_moved_or_unpacked_file_is_a_change_whatever_its_date(tmp_path: Path) -> None:
    written(tmp_path, "here/a/1.json", "elsewhere/2.json")
    os.utime(tmp_path / "elsewhere/2.json", (0, 0))
    reader = FolderReader(tmp_path / "here", file_time)
    _, cursor = reader.changes(None)
    (tmp_path / "elsewhere/2.json").replace(tmp_path / "here/a/2.json")
    assert reader.changes(cursor)[0] == ("a/2.json",)


def test_long_after_the_last_scan_only_changed_folders_are_read(tmp_path: Path) -> None:
    written(tmp_path, "a/1.json", "b/1.json")
    reader = FolderReader(tmp_path, Clock())
    _, cursor = reader.changes(None)
    assert reader.changes(cursor)[0] == ()


def changed_in_place_long_after(folder: Path, looked_at: int) -> tuple[str, ...]:
    """What is told of two folders of which a file in each was changed, but by no time of theirs."""
    written(folder, "a/1.json", "a/2.json", "b/3.json")
    folders = [folder, folder / "a", folder / "b"]
    while max(path.stat().st_ctime_ns for path in folders) >= (since := file_time()):
        continue
    files = [folder / "a/1.json", folder / "b/3.json"]
    while min(path.stat().st_ctime_ns for path in files) < since:
        written(folder, "a/1.json", "b/3.json", content=b"[]")
    return FolderReader(folder, file_time, looked_at).changes(json.dumps([since, {}]))[0]


def test_a_file_changed_in_place_is_detected_in_a_small_store(tmp_path: Path) -> None:
    assert changed_in_place_long_after(tmp_path, 20) == ("a/1.json", "b/3.json")


def test_unchanged_folders_of_a_large_store_are_not_read(tmp_path: Path) -> None:
    assert changed_in_place_long_after(tmp_path, 0) == ()


def test_files_of_the_minute_before_the_last_scan_are_returned_once(tmp_path: Path) -> None:
    written(tmp_path, "a/1.json")
    clock = Clock()
    _, cursor = FolderReader(tmp_path, lambda: clock.now).changes(None)
    written(tmp_path, "a/2.json")
    paths, cursor = FolderReader(tmp_path, lambda: clock.now + MINUTE // 2).changes(cursor)
    assert paths == ("a/2.json",)
    assert FolderReader(tmp_path, lambda: clock.now + MINUTE // 2).changes(cursor)[0] == ()


@pytest.mark.parametrize("cursor", ["", "x", "7", "[1]", "null", "{}", '[1,{"a":1},2]'])
def test_an_invalid_cursor_returns_everything(tmp_path: Path, cursor: str) -> None:
    written(tmp_path, "a/1.json")
    assert FolderReader(tmp_path).changes(cursor)[0] == ("a/1.json",)


def test_git_s_own_files_links_pipes_and_half_written_files_are_none(tmp_path: Path) -> None:
    written(tmp_path, ".git/config.json", "a/1.json", "a/~tmp-x", "a/.git/x.json")
    (tmp_path / "a/link.json").symlink_to(tmp_path / "a/1.json")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "a/pipe.json")
    assert FolderReader(tmp_path).changes(None)[0] == ("a/1.json",)


def test_files_are_listed_by_any_prefix_in_order(tmp_path: Path) -> None:
    written(tmp_path, "x/b/2.json", "x/b/10.json", "x/bc.json", "y/a.json")
    reader = FolderReader(tmp_path)
    assert reader.list("x/b") == ["x/b/10.json", "x/b/2.json", "x/bc.json"]
    assert reader.list("z") == []


def test_an_absent_folder_is_empty(tmp_path: Path) -> None:
    assert FolderReader(tmp_path / "none").changes(None)[0] == ()


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="xxx: file name too long"):
        FolderReader(tmp_path / ("x" * 300)).changes(None)


def test_what_is_no_file_reads_as_none(tmp_path: Path) -> None:
    written(tmp_path, "a/1.json")
    reader = FolderReader(tmp_path)
    assert [reader.read(path) for path in ("a", "a/2.json", "a/1.json/x")] == [None, None, None]


@pytest.mark.parametrize("path", ["../a", "a/../../b", "/etc/passwd"])
def test_no_path_leaves_the_folder(tmp_path: Path, path: str) -> None:
    with pytest.raises(PermanentError):
        FolderReader(tmp_path).read(path)


def test_two_dots_in_a_name_are_a_name(tmp_path: Path) -> None:
    written(tmp_path, "o/r/deployment/a..b.json", content=b"1")
    assert FolderReader(tmp_path).read("o/r/deployment/a..b.json") == b"1"


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, LONGEST])
def test_a_file_of_any_size_is_read_whole(tmp_path: Path, size: int) -> None:
    written(tmp_path, "1.json", content=b"x" * size)
    assert FolderReader(tmp_path).read("1.json") == b"x" * size


def test_of_a_huge_file_only_its_beginning_is_read(tmp_path: Path) -> None:
    with (tmp_path / "1.json").open("wb") as file:
        file.truncate(40 * LONGEST)
    content = FolderReader(tmp_path).read("1.json")
    assert content is not None
    assert len(content) == LONGEST + 1
