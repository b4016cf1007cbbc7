"""Concurrent writers; and what lands of a write, in which order, and after a kill at any request."""

import hashlib
import json
import random
from collections.abc import Iterator, Mapping

import pytest

from core.errors import Conflict, Unavailable
from core.record_file import is_record_path, to_line
from core.stores.bucket import BucketStore
from core.stores.bucket_objects import Version
from core.stores.landing import parse_key, parse_lines, receipt_of
from tests.memory_bucket import MemoryBucket

NOW = 1_796_126_400_000
RECEIPT = "_system/receipts/2026-12-01/" + "0123456789abcdef" * 2 + ".jsonl"


class Objects:
    """Implements core.stores.bucket_objects.Objects on a dict; remembers what was listed."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        self.listed: list[str] = []

    def get(self, key: str) -> tuple[bytes, str] | None:
        return (b"{}", "1") if key in self.keys else None

    def put_over(self, key: str, content: bytes, tag: str | None) -> None:
        raise AssertionError((key, content, tag))

    def versions(self, prefix: str, start: str = "") -> Iterator[Version]:  # noqa: ARG002 (the port's own)
        self.listed.append(prefix)
        return (Version(key, "1", 1_795_500_000) for key in self.keys if key.startswith(prefix))


class Contended(Objects):
    """Holds one object, which another writer changes before each of the first writes over it."""

    def __init__(self, *contents: bytes) -> None:
        super().__init__()
        self.contents, self.written = list(contents), list[tuple[bytes, str | None]]()

    def get(self, key: str) -> tuple[bytes, str] | None:  # noqa: ARG002 (the port's own)
        return (self.contents[0], str(len(self.contents))) if self.contents else None

    def put_over(self, key: str, content: bytes, tag: str | None) -> None:  # noqa: ARG002 (the port's own)
        if len(self.contents) > 1 or tag is None:
            self.contents = self.contents[1:] if tag else self.contents
            raise Conflict("another writer changed it first")
        self.written.append((content, tag))


def job(**known: object) -> bytes:
    return to_line(
        {"id": "o/r/m/1", "metric_signature": "m", "output": {"a": None, "b": None, **known}, "anomalies": []}
    )


def test_what_a_faster_writer_knows_is_kept_too() -> None:
    objects = Contended(job(), job(a=1))
    assert BucketStore(objects).write({"o/r/m/1.json": job(b=2)}, "x") is True
    assert objects.written == [(job(a=1, b=2), "1")]


def test_a_writer_that_is_always_slower_gives_up_with_a_conflict() -> None:
    with pytest.raises(Conflict, match="other writers"):
        BucketStore(Contended(*[job(a=n) for n in range(99)])).write({"o/r/m/1.json": job(b=2)}, "x")


class Deleted(Objects):
    """Has an object at the first write, which is deleted before the next one."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str | None] = []

    def get(self, key: str) -> tuple[bytes, str] | None:  # noqa: ARG002 (the port's own)
        return (job(a=1), "1") if len(self.tags) == 1 else None

    def put_over(self, key: str, content: bytes, tag: str | None) -> None:  # noqa: ARG002 (the port's own)
        if key.startswith("landing/"):
            return
        self.tags.append(tag)
        if len(self.tags) < 3:
            raise Conflict("another writer changed it first")


def test_an_object_that_was_deleted_meanwhile_is_created() -> None:
    objects = Deleted()
    assert BucketStore(objects).write({"o/r/m/1.json": job(b=2)}, "x") is True
    assert objects.tags == [None, "1", None]


def workflow_job(number: int, **known: object) -> dict[str, bytes]:
    """Return the file of a record of one fact, with what is known of it."""
    output = {"id": number, "run_event": None, "workflow_path": None, "steps": None, **known}
    fields = {"metric_signature": "workflow-job", "created_at": NOW, "output": output, "schema": 2, "anomalies": []}
    return {f"o/r/workflow-job/2026-12-01/{number}-1.json": to_line({"id": f"o/r/workflow-job/{number}-1", **fields})}


def landed(bucket: MemoryBucket) -> dict[str, set[bytes | None]]:
    """Return the landed contents by path."""
    contents: dict[str, set[bytes | None]] = {}
    for key, content in bucket.contents.items():
        for line in parse_lines(content) if parse_key(key, "") else ():
            contents.setdefault(str(line.path), set()).add(line.content)
    return contents


def stored(bucket: MemoryBucket) -> dict[str, bytes]:
    return {key: content for key, content in bucket.contents.items() if is_record_path(key)}


def test_records_are_written_first_and_receipts_last() -> None:
    requests: list[str] = []
    bucket = MemoryBucket(lambda: NOW, lambda name, key: requests.append(key.split("/")[0]) if name == "put" else None)
    files = {RECEIPT: b"{}\n", **workflow_job(1), **workflow_job(2)}
    assert BucketStore(bucket, now=lambda: NOW).write(files, "") is True
    assert requests == ["o", "o", "landing", "_system"]


def test_a_batch_is_one_more_request_and_a_write_without_records_none() -> None:
    bucket = MemoryBucket(lambda: NOW)
    store = BucketStore(bucket, now=lambda: NOW)
    store.write({path: content for number in range(300) for path, content in workflow_job(number).items()}, "")
    store.write({RECEIPT: b"{}\n", "_system/ledger/2026-12-01/1.json": b"{}\n"}, "")
    assert bucket.requests == {"put": 303}


def test_what_lands_is_what_is_stored_then() -> None:
    bucket = MemoryBucket(lambda: NOW)
    store = BucketStore(bucket, now=lambda: NOW)
    store.write(workflow_job(1, run_event="push"), "")
    assert store.write(workflow_job(1, workflow_path="ci.yml"), "") is True
    assert store.write(workflow_job(1), "again") is False
    (path,) = workflow_job(1)
    both = workflow_job(1, run_event="push", workflow_path="ci.yml")[path]
    assert (bucket.contents[path], landed(bucket)) == (both, {path: {workflow_job(1, run_event="push")[path], both}})


def test_the_landing_file_names_the_receipt() -> None:
    bucket = MemoryBucket(lambda: NOW)
    BucketStore(bucket, now=lambda: NOW).write({**workflow_job(1), RECEIPT: b"{}\n"}, "")
    (file,) = [file for key in bucket.contents if (file := parse_key(key, "")) is not None]
    assert (file.hour, file.receipt) == (NOW // 1000, receipt_of(RECEIPT))


@pytest.mark.parametrize("error", [Unavailable("out"), Conflict("another upload has not finished")])
def test_nothing_is_acknowledged_while_the_landing_fails(error: Exception) -> None:
    def refuse(name: str, key: str) -> None:
        if name == "put" and key.startswith("landing/"):
            raise error

    bucket = MemoryBucket(lambda: NOW, refuse)
    with pytest.raises(type(error)):
        BucketStore(bucket, now=lambda: NOW).write({**workflow_job(1), RECEIPT: b"{}\n"}, "")
    assert bucket.contents.keys() == workflow_job(1).keys()


def test_a_landing_file_that_another_retry_wrote_is_enough() -> None:
    bucket = MemoryBucket(lambda: NOW)
    for _ in range(2):
        BucketStore(bucket, now=lambda: NOW).write(workflow_job(1), "")
    assert len(bucket.contents) == 2


class _Killed(BaseException):
    """The process ends."""


class _Power:
    """Ends the process at a request: before it, or after the bucket has done it."""

    def __init__(self, requests: int) -> None:
        self.left = requests

    def __call__(self, _name: str, _key: str) -> None:
        self.left -= 1
        if self.left < 0:
            raise _Killed


def _batches(chance: random.Random) -> list[Mapping[str, bytes]]:
    """Return batches of few facts, each with a receipt; later records know other fields than earlier ones."""
    batches = []
    for number in range(4):
        files: dict[str, bytes] = {}
        for fact in chance.sample(range(6), 3):
            files |= workflow_job(
                fact, **{name: number for name in ("run_event", "workflow_path", "steps") if chance.random() < 0.5}
            )
        digest = hashlib.sha256(json.dumps(sorted(files)).encode() + bytes([number])).hexdigest()[:32]
        batches.append({**files, f"_system/receipts/2026-12-01/{digest}.jsonl": b"{}\n"})
    return batches


@pytest.mark.parametrize("seed", range(50))
def test_a_worker_killed_anywhere_lands_all_of_its_store_in_the_end(seed: int) -> None:
    chance = random.Random(seed)
    power = _Power(0)
    bucket = MemoryBucket(lambda: NOW, power)
    hours = iter(range(1_000))
    for batch in _batches(chance):
        power.left = chance.randrange(16)
        while batch.keys() - bucket.contents.keys():  # without its receipt, the batch is delivered again
            store = BucketStore(bucket, now=lambda: NOW + next(hours) * 3_600_000)
            try:
                store.write(batch, "")
            except _Killed:
                receipts = {receipt_of(key) for key in bucket.contents} - {None}
                assert receipts <= {file.receipt for key in bucket.contents if (file := parse_key(key, ""))}
                power.left = chance.randrange(40)
    known = landed(bucket)
    assert stored(bucket).keys() == known.keys()
    assert all(content in known[path] for path, content in stored(bucket).items())
