"""A merge that reads landing files gives the same rows as one that reads every record."""

import json
import random
from collections.abc import Mapping

import pytest
from duckdb import DuckDBPyConnection

from core.errors import Unavailable
from core.record_file import is_record_path, to_line
from core.stores.bucket import BucketStore
from core.stores.landing import parse_key
from tests.builders import NOW
from tests.memory_bucket import MemoryBucket
from tests.unit.warehouse.record_factory import METRICS, dumped, files, one, record, rejects, text
from warehouse.database import open_database
from warehouse.ingest.merge import Merged, forget, merge
from warehouse.ingest.source import Source

HOUR = 3_600_000
ROOT = "data/"


class Bucket:
    """A bucket with a worker and two readers: one by landing files, one that reads all records each time."""

    def __init__(self) -> None:
        self.now = NOW
        self.objects = MemoryBucket(lambda: self.now)
        self.store = BucketStore(self.objects, ROOT, lambda: self.now)

    def write(self, stored: Mapping[str, bytes]) -> None:
        self.store.write({f"{ROOT}{path}": content for path, content in stored.items()}, "")

    def age(self) -> None:
        """Let the landing be older than two hours."""
        for hour in range(4):
            self.write(files(record("review", review__id=900 + hour)))
            self.now += HOUR

    def merge(self, connection: DuckDBPyConnection) -> Merged:
        return merge(connection, Source(self.store, "here", ROOT, 4, has_landing=True), now=lambda: self.now)

    def merge_all(self, connection: DuckDBPyConnection) -> Merged:
        return merge(connection, Source(_Everything(self.objects), "here", ROOT), now=lambda: self.now)

    def landing(self) -> list[str]:
        return [key for key in self.objects.contents if parse_key(key, ROOT)]


class _Everything:
    """Reads every record at every merge."""

    def __init__(self, objects: MemoryBucket) -> None:
        self._objects = objects

    def read(self, path: str) -> bytes | None:
        return self._objects.contents.get(path)

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:  # noqa: ARG002 (the port's own)
        return tuple(sorted(filter(is_record_path, self._objects.contents))), ""


@pytest.fixture
def bucket() -> Bucket:
    bucket = Bucket()
    bucket.age()
    return bucket


@pytest.fixture
def connection(bucket: Bucket):  # noqa: ANN201 (a generator)
    with open_database(":memory:") as connection:
        bucket.merge(connection)
        yield connection


def test_new_records_are_read_from_their_landing_file(bucket: Bucket, connection: DuckDBPyConnection) -> None:
    bucket.write(files(*map(record, METRICS)))
    bucket.objects.requests.clear()
    assert bucket.merge(connection) == Merged(len(METRICS), 0, len(METRICS))
    assert bucket.objects.requests == {"list": 3, "get": 1}
    assert bucket.merge(connection) == Merged(0, 0, 0)
    assert bucket.objects.requests == {"list": 6, "get": 1}
    (path,) = files(record("deployment"))
    assert one(connection, "SELECT path, source FROM deployment") == (path, "here")


def test_a_record_that_is_there_already_is_read_by_itself(bucket: Bucket, connection: DuckDBPyConnection) -> None:
    """A completed record ranks as before, and two writers may land in the other order than they stored."""
    (path,) = files(record("workflow-job"))
    older, completed = (text(record("workflow-job"), output__run_event=event) for event in (None, "push"))
    bucket.write({path: completed})
    bucket.merge(connection)
    bucket.objects.put(_landing_key(bucket, "1"), b'{"path":"%s",%s' % (path.encode(), older[1:]))
    bucket.merge(connection)
    assert one(connection, "SELECT run_event FROM workflow_job") == ("push",)


def test_of_lines_that_differ_the_record_counts(bucket: Bucket, connection: DuckDBPyConnection) -> None:
    (path,) = files(record("workflow-job"))
    for known in ({"output__run_event": None}, {"output__run_event": "push"}):
        bucket.write({path: text(record("workflow-job"), **known)})
    keys = sorted(bucket.landing())[-2:]
    contents = [bucket.objects.contents[key] for key in keys]
    for key, content in zip(keys, reversed(contents), strict=True):
        bucket.objects.contents[key] = content
    assert bucket.merge(connection) == Merged(1, 0, 1)
    assert one(connection, "SELECT run_event FROM workflow_job") == ("push",)


def test_a_bad_line_is_a_reject_and_the_record_is_read(bucket: Bucket, connection: DuckDBPyConnection) -> None:
    stored = files(record("deployment"))
    bucket.write(stored)
    (key,) = bucket.landing()[-1:]
    truncated = bucket.objects.contents[key][:-20]
    lines = [b'{"id":"without a path"}\n', b"not JSON\n", b'{"path":"../x.json","id":1}\n', truncated]
    bucket.objects.contents[key] = b"".join(lines)
    name = key.removeprefix(ROOT)
    assert bucket.merge(connection) == Merged(5, 4, 1)
    assert rejects(connection) == {
        **dict.fromkeys([f"{name}:{number}" for number in (1, 2, 3)], "no landed record: it has no path"),
        f"{name}:4": "no landed record: truncated",
    }


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"path":"o/r/review/1.json","a":1}\n', "no record: it has no created_at"),
        (b'{"path":"o/r/review/1.json","a":}\n', "not JSON"),
        (b'{"path":"o/r/review/1.json","a":"\xff"}\n', None),
        (b'{"path":"o/r/review/1.json","a":"' + b"a" * 5_000_000 + b'"}\n', None),
    ],
)
def test_a_landed_line_is_validated_as_a_record(
    bucket: Bucket, connection: DuckDBPyConnection, content: bytes, reason: str | None
) -> None:
    bucket.objects.put(_landing_key(bucket, "1"), content)
    bucket.merge(connection)
    assert rejects(connection) == ({} if reason is None else {"o/r/review/1.json": reason})


def test_foreign_files_in_the_landing_are_not_read(bucket: Bucket, connection: DuckDBPyConnection) -> None:
    bucket.objects.put(f"{ROOT}landing/day=2026-11-24/hour=09/part-0.jsonl", b"x")
    bucket.objects.put(f"{ROOT}landing/day=2026-11-24/hour=09/_SUCCESS", b"")
    bucket.objects.requests.clear()
    assert (bucket.merge(connection), bucket.objects.requests["get"]) == (Merged(0, 0, 0), 0)


def test_a_landing_file_deleted_during_the_merge_is_not_passed_over(
    bucket: Bucket, connection: DuckDBPyConnection
) -> None:
    bucket.write(files(record("deployment")))
    (key,) = bucket.landing()[-1:]
    bucket.objects.vanishing.add(key)
    with pytest.raises(Unavailable, match="was deleted during the merge: merge again"):
        bucket.merge(connection)
    for deleted in bucket.landing():
        bucket.objects.delete(deleted)
    assert bucket.merge(connection).added == 1


def test_a_complete_read_is_of_the_records(bucket: Bucket, connection: DuckDBPyConnection) -> None:
    bucket.write(files(record("deployment")))
    bucket.merge(connection)
    before = dumped(connection)
    forget(connection, Source(bucket.store, "here", ROOT))
    bucket.objects.requests.clear()
    assert (bucket.merge(connection), bucket.objects.requests["get"]) == (Merged(5, 0, 0), 5)
    assert dumped(connection) == before


def test_landing_files_in_small_transactions_give_the_same(bucket: Bucket) -> None:
    with open_database(":memory:") as small, open_database(":memory:") as large:
        for connection in (small, large):
            bucket.merge(connection)
        for number in range(5):
            bucket.write(files(*(record("review", review__id=10 * number + each) for each in range(3))))
        source = Source(bucket.store, "here", ROOT, 4, has_landing=True)
        merge(small, source, now=lambda: bucket.now, files=2)
        bucket.merge(large)
        assert dumped(small) == dumped(large)


@pytest.mark.parametrize("seed", range(2))
def test_both_ways_of_reading_give_the_same_rows(bucket: Bucket, seed: int) -> None:
    """Random batches: new facts, redeliveries, corrections, completed and partial records, rejects, merges in between."""
    chance = random.Random(seed)
    metrics = chance.sample(sorted(METRICS), 3)
    with open_database(":memory:") as landed, open_database(":memory:") as read:
        for _ in range(4):
            for _ in range(chance.randrange(1, 4)):
                bucket.write(dict(_drawn(chance, metrics, bucket.now) for _ in range(chance.randrange(4, 12))))
                bucket.now += chance.randrange(HOUR)
            if chance.random() < 0.7:
                _land_late(chance, bucket)
            bucket.merge(landed)
            bucket.merge_all(read)
            assert dumped(landed) == dumped(read)
        assert "landing" in str(one(landed, "SELECT cursor FROM sources"))


def _drawn(chance: random.Random, metrics: list[str], now: int) -> tuple[str, bytes]:
    """Return path and content of a random record of a few facts."""
    metric = chance.choice([*metrics, *["workflow-job"] * 4])
    status = "networkError" if chance.random() < 0.2 else "success"
    fact = {"workflow_job__id": chance.randrange(9)} if metric == "workflow-job" else {}
    stored = record(metric, status=status, received_at=chance.choice([NOW, NOW + 1_000]), **fact)
    path = stored.path.replace("octo-org", chance.choice(["octo-org", "Hello-Org"]))
    changes = chance.choice([{}, {}, {"repository_id": None}, {"output": {}}, {"created_at": now + 90 * HOUR}])
    if metric == "workflow-job":
        changes = changes or {"output__run_event": chance.choice([None, "push"])}
    owner = path.split("/")[0]
    return path, text(stored, owner=owner, id=stored.event.id.replace("octo-org", owner), **changes)


def _land_late(chance: random.Random, bucket: Bucket) -> None:
    """Let a line land that is older than the record: a slow writer's, before another one completed the record."""
    known = b'"run_event":"push"'
    completed = [key for key, content in bucket.objects.contents.items() if is_record_path(key) and known in content]
    for key in chance.sample(completed, min(len(completed), 2)):
        older = bucket.objects.contents[key].replace(known, b'"run_event":null')
        line = b'{"path":"%s",%s' % (key.removeprefix(ROOT).encode(), older[1:])
        bucket.objects.put(_landing_key(bucket, f"{chance.randrange(10**6)}"), line)


def _landing_key(bucket: Bucket, name: str) -> str:
    (key,) = bucket.landing()[-1:]
    return f"{key.rpartition('/')[0]}/{name.rjust(16, '0')}-{'0' * 16}.jsonl"


def test_a_landed_line_has_the_fields_of_the_record(bucket: Bucket) -> None:
    bucket.write(files(record("deployment")))
    (key,) = bucket.landing()[-1:]
    fields = json.loads(bucket.objects.contents[key])
    path = fields.pop("path")
    assert bucket.objects.contents[f"{ROOT}{path}"] == to_line(fields)
