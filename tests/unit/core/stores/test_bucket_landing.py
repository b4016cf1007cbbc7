"""What lands of a write, in which order, and after a kill at any request."""

import hashlib
import json
import random
from collections.abc import Mapping

import pytest

from core.errors import Conflict, Unavailable
from core.record_file import is_record_path, to_line
from core.stores.bucket import BucketStore
from core.stores.landing import parse_key, parse_lines, receipt_of
from tests.memory_bucket import MemoryBucket

NOW = 1_796_126_400_000
RECEIPT = "_system/receipts/2026-12-01/" + "0123456789abcdef" * 2 + ".jsonl"


def job(number: int, **known: object) -> dict[str, bytes]:
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
    files = {RECEIPT: b"{}\n", **job(1), **job(2)}
    assert BucketStore(bucket, now=lambda: NOW).write(files, "") is True
    assert requests == ["o", "o", "landing", "_system"]


def test_a_batch_is_one_more_request_and_a_write_without_records_none() -> None:
    bucket = MemoryBucket(lambda: NOW)
    store = BucketStore(bucket, now=lambda: NOW)
    store.write({path: content for number in range(300) for path, content in job(number).items()}, "")
    store.write({RECEIPT: b"{}\n", "_system/ledger/2026-12-01/1.json": b"{}\n"}, "")
    assert bucket.requests == {"put": 303}


def test_what_lands_is_what_is_stored_then() -> None:
    bucket = MemoryBucket(lambda: NOW)
    store = BucketStore(bucket, now=lambda: NOW)
    store.write(job(1, run_event="push"), "")
    assert store.write(job(1, workflow_path="ci.yml"), "") is True
    assert store.write(job(1), "again") is False
    (path,) = job(1)
    both = job(1, run_event="push", workflow_path="ci.yml")[path]
    assert (bucket.contents[path], landed(bucket)) == (both, {path: {job(1, run_event="push")[path], both}})


def test_the_landing_file_names_the_receipt() -> None:
    bucket = MemoryBucket(lambda: NOW)
    BucketStore(bucket, now=lambda: NOW).write({**job(1), RECEIPT: b"{}\n"}, "")
    (file,) = [file for key in bucket.contents if (file := parse_key(key, "")) is not None]
    assert (file.hour, file.receipt) == (NOW // 1000, receipt_of(RECEIPT))


@pytest.mark.parametrize("error", [Unavailable("out"), Conflict("another upload has not finished")])
def test_nothing_is_acknowledged_while_the_landing_fails(error: Exception) -> None:
    def refuse(name: str, key: str) -> None:
        if name == "put" and key.startswith("landing/"):
            raise error

    bucket = MemoryBucket(lambda: NOW, refuse)
    with pytest.raises(type(error)):
        BucketStore(bucket, now=lambda: NOW).write({**job(1), RECEIPT: b"{}\n"}, "")
    assert bucket.contents.keys() == job(1).keys()


def test_a_landing_file_that_another_retry_wrote_is_enough() -> None:
    bucket = MemoryBucket(lambda: NOW)
    for _ in range(2):
        BucketStore(bucket, now=lambda: NOW).write(job(1), "")
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
            files |= job(
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
