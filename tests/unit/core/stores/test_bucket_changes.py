import hashlib
import json

import pytest

from core.record_file import to_line
from core.stores.bucket import BucketStore
from core.stores.landing import parse_key
from tests.memory_bucket import MemoryBucket

HOUR = 3_600_000
BEGIN = 1_796_126_400_000
"""2026-12-01 12:00 UTC, in UNIX ms."""


class Bucket:
    """A bucket and its clock; a worker writes a batch, and a reader asks what is new."""

    def __init__(self, root: str = "") -> None:
        self.now = BEGIN
        self.objects = MemoryBucket(lambda: self.now)
        self.root = root
        self.ahead = 0
        """How far the worker's clock is ahead, in milliseconds."""
        self.cursor: str | None = None

    def write(self, name: str, *, records: bool = True, receipt: bool = True, version: str = "new") -> None:
        """Write a batch of one record; an older version of the worker writes no landing file."""
        path = f"{self.root}o/r/m/{name}.json"
        files = {path: to_line({"id": f"o/r/m/{name}", "metric_signature": "m", "output": {}})} if records else {}
        if receipt:
            line = to_line({"records": [f"o/r/m/{name}"] if records else []})
            files[f"{self.root}_system/receipts/2026-12-01/{_digest(name)}.jsonl"] = line
        if version == "new":
            BucketStore(self.objects, self.root, lambda: self.now + self.ahead).write(files, "")
        else:
            for key, content in files.items():
                self.objects.put(key, content)

    def new(self) -> set[str]:
        """Read what is new, as the names of the records."""
        keys, self.cursor = BucketStore(self.objects, self.root).changes(self.cursor)
        landed = [self.objects.contents[key] for key in keys if parse_key(key, self.root)]
        paths = {json.loads(line)["path"] for content in landed for line in content.splitlines()}
        paths |= {key.removeprefix(self.root) for key in keys if not parse_key(key, self.root)}
        return {path.split("/")[-1].removesuffix(".json") for path in paths if "receipts" not in path}

    def begin(self) -> None:
        """Write for more than two hours, and read it."""
        for name in "abcd":
            self.write(name)
            self.now += HOUR
        assert self.new() == {"a", "b", "c", "d"}
        assert self.reads_the_landing

    @property
    def reads_the_landing(self) -> bool:
        """Whether the next read lists no records."""
        return type(json.loads(self.cursor or "")) is dict


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]


@pytest.mark.parametrize("root", ["", "data/"])
def test_a_landing_of_more_than_two_hours_is_all_that_is_listed(root: str) -> None:
    bucket = Bucket(root)
    bucket.begin()
    bucket.write("e")
    bucket.objects.requests.clear()
    assert (bucket.new(), bucket.new()) == ({"e"}, set())
    assert bucket.objects.requests == {"list": 6}


def test_a_bucket_without_a_landing_is_listed_as_a_whole() -> None:
    bucket = Bucket()
    for name in "abcde":
        bucket.write(name, version="old")
        assert (bucket.new(), bucket.new()) == ({name}, set())
        bucket.now += HOUR
    assert not bucket.reads_the_landing


def test_an_older_worker_in_the_first_two_hours_of_the_landing_is_read() -> None:
    bucket = Bucket()
    bucket.write("a", receipt=False)
    for name, version in [("b", "old"), ("c", "new"), ("d", "old"), ("e", "new")]:
        assert not bucket.new() - {"a", "b", "c", "d"}
        bucket.now += HOUR // 2
        bucket.write(name, version=version, receipt=False)
    assert not bucket.reads_the_landing
    assert bucket.new() == {"e"}


def test_a_cursor_of_the_form_before_the_landing_is_continued() -> None:
    bucket = Bucket()
    bucket.write("z", version="old")
    bucket.cursor = json.dumps([BEGIN // 1000, [["o/r/m/z.json", "another"]]])
    assert bucket.new() == {"z"}
    bucket.now += HOUR
    bucket.begin()


def test_an_older_worker_that_comes_back_is_noticed_by_its_receipts() -> None:
    bucket = Bucket()
    bucket.begin()
    for name in "567":
        bucket.write(name, version="old")
        bucket.write(f"new {name}")
        assert bucket.new() >= {name, f"new {name}"}
        assert not bucket.reads_the_landing
        bucket.now += HOUR
    for name in "efghij":
        bucket.now += HOUR
        bucket.write(name)
        assert bucket.new() == {name}
    assert bucket.reads_the_landing


def test_landing_files_that_were_deleted_are_noticed() -> None:
    bucket = Bucket()
    bucket.begin()
    bucket.now += 240 * HOUR
    bucket.write("e")
    bucket.now += 240 * HOUR
    for key in [key for key in bucket.objects.contents if key.startswith("landing/")]:
        bucket.objects.delete(key)
    bucket.write("f")
    assert bucket.new() >= {"e", "f"}
    bucket.write("g")
    assert bucket.new() == {"g"}


def test_a_receipt_without_records_needs_no_landing_file() -> None:
    bucket = Bucket()
    bucket.begin()
    bucket.write("e", records=False)
    bucket.objects.requests.clear()
    assert (bucket.new(), bucket.objects.requests["get"]) == (set(), 1)
    assert (bucket.new(), bucket.objects.requests["get"]) == (set(), 1)
    assert bucket.reads_the_landing


@pytest.mark.parametrize("receipt", [b"{}\n", b"not JSON\n", b'{"records":1}\n', b'{"records":["a"]}\n'])
def test_a_receipt_that_cannot_be_read_counts_as_one_of_records(receipt: bytes) -> None:
    bucket = Bucket()
    bucket.begin()
    bucket.objects.put(f"_system/receipts/2026-12-01/{'f' * 32}.jsonl", receipt)
    bucket.new()
    assert not bucket.reads_the_landing


@pytest.mark.parametrize("late", [0, HOUR, 2 * HOUR - 1])
def test_a_worker_whose_clock_is_behind_is_read(late: int) -> None:
    bucket = Bucket()
    bucket.begin()
    bucket.now += HOUR
    bucket.write("e")
    assert bucket.new() == {"e"}
    bucket.ahead = -late
    bucket.write("f")
    assert (bucket.new(), bucket.new()) == ({"f"}, set())


def test_a_worker_whose_clock_is_days_ahead_hides_no_other() -> None:
    bucket = Bucket()
    bucket.begin()
    bucket.ahead = 48 * HOUR
    bucket.write("e")
    assert bucket.new() == {"e"}
    bucket.ahead = 0
    for name in "fghijk":
        bucket.write(name, receipt=name in "fgh")
        assert (bucket.new(), bucket.new()) == ({name}, set())
        bucket.now += 3 * HOUR
    bucket.now += 48 * HOUR
    bucket.write("l", receipt=False)
    assert (bucket.new(), bucket.new()) == ({"l"}, set())


def test_a_ledger_file_is_new_whenever_it_is_written() -> None:
    bucket = Bucket()
    bucket.begin()
    for content in (b"1", b"2"):
        bucket.objects.put("_system/ledger/2026-11-30/7.json", content)
        assert (bucket.new(), bucket.new()) == ({"7"}, set())
    assert bucket.reads_the_landing


@pytest.mark.parametrize(
    "key", ["landing/day=2026-12-01/hour=15/x.parquet", "landing/day=9999-12-31/hour=23/y", "landing/z"]
)
def test_a_foreign_file_beside_the_landing_is_ignored(key: str) -> None:
    bucket = Bucket()
    bucket.begin()
    bucket.objects.put(key, b"")
    bucket.write("e")
    assert (bucket.new(), bucket.new()) == ({"e"}, set())


def test_a_bucket_with_two_roots_is_listed_as_a_whole() -> None:
    bucket = Bucket()
    bucket.objects.put("other/_system/receipts/2026-12-01/1.jsonl", b"")
    for name in "abcd":
        bucket.write(name)
        bucket.now += HOUR
    bucket.new()
    assert not bucket.reads_the_landing
    bucket.objects.put("other/o/r/m/e.json", b"")
    assert bucket.new() == {"e"}


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "x", "[1]", "null", "{}", "[" * 100_000, "[1e999,[]]", '{"landing":1e999,"seen":[]}', '{"landing":"a"}'),
        *('{"landing":-1,"seen":[]}', '{"landing":1e15,"seen":[]}', '{"landing":1796130000,"seen":7}', "[1,[[]]]"),
    ],
)
def test_a_cursor_that_is_none_reads_everything(cursor: str) -> None:
    bucket = Bucket()
    bucket.begin()
    bucket.cursor = cursor
    assert bucket.new() == {"a", "b", "c", "d"}


def test_the_size_of_the_cursor_is_that_of_two_hours() -> None:
    bucket = Bucket()
    bucket.begin()
    sizes = set()
    for number in range(20):
        bucket.write(f"{number:x}"[-1], receipt=False)
        bucket.now += HOUR
        bucket.new()
        sizes.add(len(bucket.cursor or ""))
    assert max(sizes) < 1_000
