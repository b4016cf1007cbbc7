"""What lands in a bucket of any cloud, and how it is listed: the requests of core/stores/bucket_changes.py."""

import json
import time
from collections.abc import Callable

import pytest

from core.record_file import to_line
from core.stores.bucket import BucketStore
from core.stores.bucket_objects import Objects
from core.stores.landing import folder_of_hour, parse_key, parse_lines
from runtimes.aws.s3_store import S3Objects
from runtimes.gcp.gcs_store import GcsObjects
from tests.contract.storage_iam import Grant
from tests.contract.test_store import CONDITION, OBJECTS, a_bucket, a_bucket_of_google, granted
from tests.memory_bucket import MemoryBucket

ROOT = "data/"
HOUR = 3_600


@pytest.fixture(params=["memory", pytest.param("s3", marks=pytest.mark.emulator), "gcs", "gcs-conditional"])
def objects(request: pytest.FixtureRequest) -> Objects:
    buckets: dict[str, Callable[[], Objects]] = {
        "memory": lambda: MemoryBucket(lambda: time.time_ns() // 1_000_000),
        "s3": lambda: S3Objects(*a_bucket(request.getfixturevalue("emulator"))),
        "gcs": lambda: GcsObjects(*a_bucket_of_google(request.getfixturevalue("gcs"))),
        "gcs-conditional": lambda: GcsObjects(*granted(request.getfixturevalue("gcs"), Grant(OBJECTS, CONDITION))),
    }
    return buckets[request.param]()


def batch(number: int) -> dict[str, bytes]:
    """Return the files of a batch of one record, with the character that JSON and URLs treat differently."""
    record = {"id": f"o/r/m/{number}", "metric_signature": "m", "output": {"name": "ü+ %/\u2028"}}
    line = to_line({"records": [record["id"]]})
    return {
        f"{ROOT}o/r/m/{number}%2B.json": to_line(record),
        f"{ROOT}_system/receipts/2026-12-01/{number:032x}.jsonl": line,
    }


def test_the_landing_is_read_from_any_hour_on(objects: Objects) -> None:
    hour = int(time.time()) // HOUR * HOUR
    for back in (5, 2, 1, 0):
        BucketStore(objects, ROOT, lambda back=back: (hour - back * HOUR) * 1000).write(batch(back), "")  # type: ignore[misc]
    everything = [version.key for version in objects.versions(f"{ROOT}landing/")]
    recent = [version.key for version in objects.versions(f"{ROOT}landing/", folder_of_hour(ROOT, hour - 2 * HOUR))]
    assert (everything, recent) == (sorted(everything), everything[1:])
    assert [file.hour for key in everything if (file := parse_key(key, ROOT))] == [
        hour - back * HOUR for back in (5, 2, 1, 0)
    ]
    assert list(objects.versions(f"{ROOT}landing/", f"{ROOT}landing/day=9")) == []
    store = BucketStore(objects, ROOT)
    paths, cursor = store.changes(json.dumps({"landing": hour, "seen": []}))
    assert list(paths) == recent
    assert store.changes(cursor) == ((), cursor)


def test_a_landed_line_is_the_record_as_it_is_stored(objects: Objects) -> None:
    store = BucketStore(objects, ROOT)
    assert (store.write(batch(1), ""), store.write(batch(1), "again")) == (True, False)
    (key,) = store.list(f"{ROOT}landing/")
    (line,) = parse_lines(store.read(key) or b"")
    assert store.read(f"{ROOT}{line.path}") == line.content


def test_records_and_receipts_are_not_listed_with_the_landing(objects: Objects) -> None:
    store = BucketStore(objects, ROOT)
    store.write(batch(1), "")
    assert store.changes(None)[0] == tuple(sorted(batch(1)))
    assert list(store.list(f"{ROOT}o/")) == [min(batch(1), key=lambda path: "_system" in path)]
