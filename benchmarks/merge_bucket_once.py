"""Merge a bucket into a new database, in a process of its own, and print requests, CPU seconds and memory.

`python -m benchmarks.merge_bucket_once RECORDS landing|listing FOLDER`: that many old records, which were merged before, and the
new ones of the folder. The peak of memory is that above what the process has before.
"""

import json
import resource
import sys
import time
from pathlib import Path

from benchmarks.landed_bucket import LandedBucket
from core.stores.bucket import BucketStore
from warehouse.database import open_database
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source

if __name__ == "__main__":
    records, way, folder = sys.argv[1:]
    bucket = LandedBucket(int(records), has_landing=way == "landing")
    store = BucketStore(bucket)
    cursor = json.dumps([bucket.hour, []])
    if way == "landing":
        cursor = store.changes(json.dumps({"landing": bucket.hour, "seen": []}))[1]
    with open_database(":memory:") as connection:
        source = Source(store, "bucket", readers=16, has_landing=True)
        merge(connection, source._replace(store=BucketStore(LandedBucket(0, has_landing=False))))  # load everything
        connection.execute("UPDATE sources SET cursor = ?", [cursor])
        bucket.add(Path(folder))
        bucket.requests.clear()
        memory, cpu = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        merged = merge(connection, source)
        cpu = time.process_time() - cpu
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    sys.stdout.write(json.dumps({"added": merged.added, "cpu": cpu, "memory": memory * 1024, **bucket.requests}))
