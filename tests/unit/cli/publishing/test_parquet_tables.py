from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.publishing.parquet_tables import BucketTables, FolderTables, NoSuchTables, is_marts
from core.errors import Unavailable
from core.stores.bucket_objects import Denied, Version

KEYS = (
    "a/marts/run=1/manifest/x.parquet",
    "a/marts/run=1/numbers/x.parquet",
    "a/marts/run=2/manifest/20261201_no_suffix",
    "a/marts/run=2/numbers/0.parquet",
    "a/marts/run=2/numbers/1.parquet",
    "a/marts/run=2/numbers/_SUCCESS",
    "a/marts/run=2/numbers/.part-0.parquet.crc",
    "a/marts/run=2/numbers/",
    "a/marts/run=3/numbers/0.parquet",
    "a/martsbeside/numbers/0.parquet",
)


class Objects:
    """Implements core.stores.bucket.Objects: an object's content is its key."""

    def __init__(self, keys: tuple[str, ...] = KEYS, refusal: Exception | None = None) -> None:
        self.keys = keys
        self.read: list[str] = []
        self._refusal = refusal

    def get(self, key: str) -> tuple[bytes, str] | None:
        self.read.append(key)
        return (key.encode(), "1") if key in self.keys else None

    def put_over(self, key: str, content: bytes, tag: str | None) -> None:
        raise AssertionError((key, content, tag))

    def versions(self, prefix: str, start: str = "") -> Iterator[Version]:
        if self._refusal:
            raise self._refusal
        return (Version(key, "1", 1_795_500_000) for key in self.keys if key.startswith(prefix) and key >= start)


def bucket(objects: Objects, folder: Path) -> BucketTables:
    return BucketTables(objects, "s3://b/a/marts", "a/marts/", folder)


def test_the_newest_run_with_a_manifest_is_read(tmp_path: Path) -> None:
    tables = bucket(Objects(), tmp_path)
    assert (tables.address, tables.names()) == ("s3://b/a/marts/run=2", {"manifest", "numbers"})
    for key in KEYS:
        if not key.endswith("/"):
            path = tmp_path / "copy" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(key)
    local = FolderTables(tmp_path / "copy" / "a" / "marts")
    assert [path.name for path in local.files("numbers")] == ["0.parquet", "1.parquet"]
    assert (local.names(), local.files("other")) == ({"manifest", "numbers"}, [])


def test_files_are_downloaded_once_when_their_table_is_read(tmp_path: Path) -> None:
    objects = Objects()
    tables = bucket(objects, tmp_path)
    assert objects.read == []
    found = tables.files("numbers") and tables.files("numbers")
    assert [path.read_text() for path in found] == objects.read == [*KEYS[3:5]]


def test_without_runs_the_tables_are_in_the_folder_itself(tmp_path: Path) -> None:
    keys = ("a/marts/numbers/0.parquet", "a/marts/run=9/numbers/0.parquet", "a/marts/readme")
    tables = bucket(Objects(keys), tmp_path)
    assert (tables.address, tables.names()) == ("s3://b/a/marts", {"numbers"})


def test_a_file_that_disappears_is_one_line(tmp_path: Path) -> None:
    objects = Objects()
    tables = bucket(objects, tmp_path)
    objects.keys = ()
    with pytest.raises(Unavailable, match="was removed meanwhile"):
        tables.files("numbers")


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (
            Denied("the function's role may not …"),
            "s3://b/a/marts: your credentials may not list or read the objects there",
        ),
        (Unavailable("STORE_BUCKET: there is no bucket b"), "s3://b/a/marts: there is no bucket b"),
    ],
)
def test_a_refused_bucket_is_named_with_what_is_missing(refusal: Exception, message: str, tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as raised:
        bucket(Objects(refusal=refusal), tmp_path)
    assert str(raised.value) == message


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoSuchTables, match="no such folder"):
        FolderTables(tmp_path / "marts")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("s3://b/marts", True),
        ("gs://b/x/marts/", True),
        ("out/marts/run=7", True),
        ("marts", True),
        ("s3://b/x", False),
        ("marts/x", False),
        ("marts.duckdb", False),
        ("", False),
    ],
)
def test_marts_are_known_by_the_name_of_their_folder(source: str, *, expected: bool) -> None:
    assert is_marts(source) is expected
